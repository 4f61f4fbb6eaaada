import { sql, type Db, type Fragment } from '../../../core/database.ts';
import type { DemoPlan } from '../../../core/plugin.ts';
import { faces } from './faces.ts';

/** A deterministic number in [0, most) for a patient and a purpose. */
const pick = (salt: number, most: number): Fragment =>
  sql.fragment`((hashint8extended(p.n, ${salt}) & 2147483647) % ${most})::integer`;
/** In the order they were made, so that each is told by a number that is the same in each demo. */
const numbered = sql.fragment`(
  select it.*, row_number() over (order by it.record_number)::bigint as n, it.birth_date > core.now() - interval '18 years' as child
  from patients.patient it
) p`;

/** Numbers, people, answers and languages of many; one whom nobody knows, and twins without names. */
export const demoPeople = async (owner: Db, plan: DemoPlan): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into patients.identifier (patient_id, code, system, value, starts_on)
    select p.id, t.code, t.system, t.prefix || lpad((p.n * 7919 + t.step)::text, 8, '0'), case t.code when 'PPN' then p.birth_date + 6000 end
    from ${numbered} join (values
      ('NI', 'urn:openward:national-number', '', 11, 2), ('PPN', 'urn:openward:passport', 'C', 12, 5), ('SS', 'urn:openward:social-security', '', 13, 3)
    ) t (code, system, prefix, step, share) on (hashint8extended(p.n, t.step) & 2147483647) % t.share = 0
    order by p.n, t.code
  `);
  await owner.query(sql.unsafe`
    insert into patients.contact (patient_id, relationship, family_name, given_name, phone, is_emergency, may_act)
    select p.id, case when p.child then case when ${pick(21, 2)} = 0 then 'MTH' else 'FTH' end else (array['SPS', 'SIB', 'FRND', 'CHILD'])[1 + ${pick(22, 4)}] end,
      p.family_name, case when ${pick(21, 2)} = 0 then (array['Anna', 'Maria', 'Elena', 'Nadia'])[1 + ${pick(23, 4)}] else (array['Jonas', 'Omar', 'Paul', 'Marco'])[1 + ${pick(23, 4)}] end,
      '+49 30 56' || lpad(${pick(24, 1000000)}::text, 6, '0'), true, p.child
    from ${numbered} where p.child or ${pick(25, 2)} = 0
    order by p.n
  `);
  for (const [n, picture] of faces().entries())
    await owner.query(sql.unsafe`
      insert into patients.photo (patient_id, media_type, content, taken_at)
      select p.id, 'image/png', ${sql.binary(picture)}, p.created_at from ${numbered} where ${pick(29, 24)} = ${n} and p.n <= 2000
    `);
  await owner.query(sql.unsafe`
    insert into patients.consent (patient_id, kind, decision, decided_at, paper, created_at, updated_at)
    select p.id, k.kind, case when ${pick(26, 10)} = 0 and k.kind <> 'treatment' then 'refused' else 'given' end,
      p.created_at, case k.kind when 'treatment' then 'Form T1' end, p.created_at, p.created_at
    from ${numbered} cross join (values ('treatment', 1), ('data-sharing', 2), ('research', 4)) k (kind, share)
    where ${pick(27, 12)} % k.share = 0
    order by p.n, k.kind
  `);
  await owner.query(sql.unsafe`
    update patients.patient it set other_languages = case when p.language = 'de' then '{en}' else '{de}' end::text[], interpreter_needed = p.language = 'ar'
    from ${numbered} where it.id = p.id and ${pick(28, 4)} = 0
  `);
  // Of the smallest hospitals, which tests count, none of these.
  if (plan.patients < 100) return;
  await owner.query(sql.unsafe`
    insert into patients.patient (family_name, given_name, name_kind, gender, birth_date, birth_precision)
    values ('Unknown', 'male, about 40', 'unknown', 'male', date_trunc('year', core.now() - interval '40 years')::date, 'year')
  `);
  await owner.query(sql.unsafe`
    with mother as (
      select p.* from ${numbered}
      where p.gender = 'female' and p.deceased_at is null and p.birth_date between core.now() - interval '38 years' and core.now() - interval '22 years'
      order by p.n limit 1
    ), twins as (
      insert into patients.patient
        (family_name, given_name, name_kind, gender, birth_date, multiple_birth, phone, address_line, postal_code, city, country, language)
      select m.family_name, c.called || ' of ' || m.given_name, 'newborn', c.gender, (core.now() at time zone ${plan.zone})::date - 1, c.place,
        m.phone, m.address_line, m.postal_code, m.city, m.country, m.language
      from mother m cross join (values ('Baby girl 1', 'female', 1), ('Baby boy 2', 'male', 2)) c (called, gender, place)
      order by c.place
      returning id
    )
    insert into patients.contact (patient_id, related_id, relationship, is_emergency, may_act)
    select twins.id, m.id, 'MTH', true, true from twins cross join mother m
  `);
};
