import { inBulk } from '../../../core/bulk.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import type { DemoPlan } from '../../../core/plugin.ts';
import { linkVisits } from '../../scheduling/api.ts';
import { icd10cm, loinc, noKnownAllergy } from '../model.ts';
import { cases, demoAllergies } from './cases.ts';

/** A deterministic number in [0, most) for row n and a purpose. */
const pick = (n: Fragment, salt: number, most: number): Fragment =>
  sql.fragment`((hashint8extended(${n}, ${salt}) & 2147483647) % ${most})::integer`;
const v = sql.fragment`v.n`;

/** Beyond this, notes and vital signs are kept of every third visit: the rest would say nothing new. */
const manyVisits = 50_000;

/** The visits that came of appointments, with diagnosis, note, vital signs and prescriptions; before them allergies. Any size, the same for the same appointments. */
export const demoRecord = async (owner: Db, { patients, visitsPerPatient, progress }: DemoPlan): Promise<void> => {
  await allergies(owner);
  if (!(await owner.exists(sql.unsafe`select where to_regclass('scheduling.appointment') is not null`))) return;
  const many = patients * visitsPerPatient > manyVisits;
  const share = many ? 3 : 1;
  await planVisits(owner);
  const tables = [
    'ehr.encounter',
    'ehr.encounter_status',
    'ehr.condition',
    'ehr.observation',
    'ehr.composition',
    'ehr.medication_request',
    'scheduling.visit',
  ];
  await inBulk(owner, many ? tables : [], async () => {
    progress('ehr: visits and diagnoses');
    await encounters(owner);
    await conditions(owner);
    progress('ehr: vital signs, notes and prescriptions');
    await vitals(owner, share);
    await notes(owner, share);
    await prescriptions(owner);
  });
};

/** A quarter has allergies, half has none and says so, of the rest nobody has asked. Row n is the patient's place. */
const allergies = async (owner: Db): Promise<void> => {
  const n = sql.fragment`p.n`;
  await owner.query(sql.unsafe`
    create temp table demo_allergy on commit drop as
    select p.id as patient_id, s.system, s.code, s.display, s.allergy_group, a.criticality, a.reaction, p.at
    from (select id, created_at as at, row_number() over (order by id) as n from patients.patient where active) p
    cross join lateral (select distinct least(${pick(n, 31, demoAllergies.length)}, (hashint8extended(p.n, 32 + k) & 2147483647) % ${demoAllergies.length}) + 1 as place
      from generate_series(0, case when ${pick(n, 33, 10)} < 3 then 1 else 0 end) k) chosen
    join ${sql.unnest(
      demoAllergies.map((it, place) => [place + 1, ...it]),
      ['int4', 'text', 'text', 'text'],
    )} a (place, code, criticality, reaction) on a.place = chosen.place
    join ehr.substance s on s.code = a.code
    where ${pick(n, 34, 100)} < 25
  `);
  await owner.query(sql.unsafe`
    insert into ehr.allergy_intolerance (patient_id, code_system, code, display, type, criticality, reaction, recorded_at, created_at, updated_at)
    select patient_id, system, code, display, 'allergy', criticality, reaction, at, at, at from demo_allergy
    union all
    select p.id, ${noKnownAllergy.system}, ${noKnownAllergy.code}, ${noKnownAllergy.display}, 'allergy', null, null, p.at, p.at, p.at
    from (select id, created_at as at, row_number() over (order by id) as n from patients.patient where active) p
    where ${pick(n, 34, 100)} between 25 and 74
  `);
  await owner.query(sql.unsafe`analyze demo_allergy`);
};

/**
 * One row for each visit: who, where, when, and which of the cases that fit the reason. Finished where the appointment is
 * fulfilled; who is checked in waits, two are just being seen.
 */
const planVisits = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    create temp table demo_case on commit drop as
    select c.*, i.display, row_number() over (partition by c.department, c.reason order by c.k) - 1 as place, count(*) over (partition by c.department, c.reason) as places
    from ${sql.unnest(
      cases.map((it, k) => [k, it.department, it.reason, it.code, it.stays ?? false, ...it.findings, ...it.plan]),
      ['int4', 'text', 'text', 'text', 'bool', 'text', 'text', 'text', 'text'],
    )} c (k, department, reason, code, stays, finding_a, finding_b, plan_a, plan_b)
    join ehr.code_icd10cm i on i.code = c.code
  `);
  await owner.query(sql.unsafe`
    create temp table demo_drug on commit drop as
    select d.k, m.id, m.code_system, m.code, m.display, m.unit, m.ingredient_codes, d.dosage, d.quantity,
      array(select distinct s.allergy_group from ehr.substance s where s.code = any(m.ingredient_codes) and s.allergy_group is not null) as groups,
      row_number() over (partition by d.k order by d.place) - 1 as place, count(*) over (partition by d.k) as places
    from ${sql.unnest(
      cases.flatMap((it, k) =>
        (it.drugs ?? []).map(([code, dosage, quantity], place) => [k, place, code, dosage, quantity]),
      ),
      ['int4', 'int4', 'text', 'text', 'int4'],
    )} d (k, place, code, dosage, quantity)
    join ehr.medication m on m.formulary and m.code = d.code
  `);
  await owner.query(sql.unsafe`
    create temp table demo_visit on commit drop as
    with clock as materialized (select core.now() as now),
    seen as (
      select a.id as appointment_id, a.patient_id, a.practitioner_id, a.service_id, s.organization_id as department_id, d.name as department, a.reason, a.status,
        a.checked_in_at, a.starts_at, clock.now, row_number() over (order by a.starts_at, a.practitioner_id, a.id) as n
      from scheduling.appointment a
      cross join clock
      left join facility.healthcare_service s on s.id = a.service_id
      left join facility.organization d on d.id = s.organization_id
      where a.status in ('fulfilled', 'checked-in') and a.patient_id is not null
    ),
    under_way as (
      select w.appointment_id from (
        select distinct on (s.practitioner_id) s.appointment_id, s.practitioner_id, s.starts_at, s.n from seen s
        where s.status = 'checked-in' and s.starts_at < s.now - interval '2 minutes'
        order by s.practitioner_id, s.starts_at
      ) w
      left join facility.practitioner p on p.id = w.practitioner_id
      order by p.user_id is null, w.starts_at, w.n
      limit 2
    ),
    timed as (
      select s.*, u.appointment_id is not null as under_way,
        least(coalesce(s.checked_in_at, s.starts_at), s.now) as arrived_at,
        greatest(s.starts_at + make_interval(mins => ${pick(sql.fragment`s.n`, 1, 7)} - 2), coalesce(s.checked_in_at, s.starts_at) + interval '2 minutes') as started_at
      from seen s left join under_way u on u.appointment_id = s.appointment_id
    )
    select uuidv7() as id, t.appointment_id, t.patient_id, t.practitioner_id, t.service_id, t.department_id, t.department, t.reason, t.n, t.now,
      case when t.status = 'fulfilled' then 'finished' when t.under_way then 'in-progress' else 'arrived' end as status,
      t.arrived_at,
      case when t.status = 'fulfilled' or t.under_way then least(t.started_at, t.now - interval '1 minute') end as started_at,
      case when t.status = 'fulfilled' then greatest(least(t.started_at + make_interval(mins => 8 + ${pick(sql.fragment`t.n`, 2, 15)}), t.now), t.started_at) end as ended_at,
      c.k, c.code, c.display, c.stays,
      case when ${pick(sql.fragment`t.n`, 3, 2)} = 0 then c.finding_a else c.finding_b end as findings,
      case when ${pick(sql.fragment`t.n`, 4, 2)} = 0 then c.plan_a else c.plan_b end as plan
    from timed t
    left join (select department, reason, min(places) as places from demo_case group by department, reason) fitting
      on fitting.department = t.department and fitting.reason = t.reason
    left join demo_case c on c.department = fitting.department and c.reason = fitting.reason and c.place = ${pick(sql.fragment`t.n`, 5, 1000)} % fitting.places
    order by t.starts_at
  `);
  await owner.query(sql.unsafe`update demo_visit set started_at = ended_at where started_at > ended_at`);
  await owner.query(sql.unsafe`analyze demo_case`);
  await owner.query(sql.unsafe`analyze demo_drug`);
  await owner.query(sql.unsafe`analyze demo_visit`);
};

const encounters = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into ehr.encounter
      (id, patient_id, status, practitioner_id, department_id, service_id, appointment_id, reason, arrived_at, started_at, ended_at, created_at, updated_at, updated_by)
    select id, patient_id, status, practitioner_id, department_id, service_id, appointment_id, reason, arrived_at, started_at, ended_at,
      arrived_at, coalesce(ended_at, started_at, arrived_at), null
    from demo_visit
  `);
  await linkVisits(owner, sql.fragment`select appointment_id, patient_id, id, started_at from demo_visit`);
};

/** Each finished visit has its diagnosis; what stays stands once on the problem list since the first of them. */
const conditions = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into ehr.condition
      (id, patient_id, encounter_id, code_system, code, display, category, onset_on, recorded_at, recorder_id, created_at, updated_at, updated_by)
    select uuidv7(), v.patient_id, v.id, ${icd10cm}, v.code, v.display, 'encounter-diagnosis', null::date, v.ended_at, v.practitioner_id, v.ended_at, v.ended_at, null::uuid
    from demo_visit v
    where v.status = 'finished' and v.code is not null
    union all
    select uuidv7(), p.patient_id, null, ${icd10cm}, p.code, p.display, 'problem-list-item', p.at::date, p.at, p.practitioner_id, p.at, p.at, null
    from (
      select distinct on (v.patient_id, v.code) v.patient_id, v.code, v.display, v.ended_at as at, v.practitioner_id
      from demo_visit v
      where v.status = 'finished' and v.stays
      order by v.patient_id, v.code, v.ended_at
    ) p
  `);
};

/** R4's interpretation by the adult limits of one field; the same rule as vitals.ts. */
const flag = (value: Fragment, limit: string): Fragment => {
  const l = (name: string) => sql.identifier([limit, name]);
  return sql.fragment`case
    when ${value} <= ${l('critical_low')} then 'LL' when ${value} >= ${l('critical_high')} then 'HH'
    when ${value} < ${l('low')} then 'L' when ${value} > ${l('high')} then 'H' else 'N' end`;
};

/**
 * Everybody has pressures and a weight of their own, which drift over the years and move a little from visit to visit. A child
 * is weighed and, with a fever, measured; the first of a flagged pair of pressures says what the pair is.
 */
const vitals = async (owner: Db, share: number): Promise<void> => {
  await owner.query(sql.unsafe`
    create temp table demo_reading on commit drop as
    select v.id as encounter_id, v.patient_id, v.practitioner_id, v.n, v.reason,
      coalesce(v.started_at, v.now) + interval '1 minute' as at, age.years < 16 as child,
      104 + ${pick(sql.fragment`b.n`, 21, 34)} + least(age.years, 80) / 5 + ${pick(v, 22, 13)} - 6 + case when v.code in ('I10', 'I11.9') then 12 else 0 end as systolic,
      62 + ${pick(sql.fragment`b.n`, 23, 20)} + ${pick(v, 24, 9)} - 4 + case when v.code in ('I10', 'I11.9') then 7 else 0 end as diastolic,
      58 + ${pick(sql.fragment`b.n`, 25, 26)} + ${pick(v, 26, 11)} - 5 as heart_rate,
      round((case when age.years < 16 then 3.4 + age.years * 3.1 + ${pick(sql.fragment`b.n`, 27, 40)} * 0.06
        else 54 + ${pick(sql.fragment`b.n`, 27, 420)} * 0.1 + (${pick(sql.fragment`b.n`, 28, 9)} - 4) * 0.4 * (extract(epoch from v.arrived_at - v.now) / 31557600)::numeric end
        + (${pick(v, 29, 11)} - 5) * 0.1)::numeric, 1) as weight,
      round((36.4 + ${pick(v, 30, 8)} * 0.1 + case when v.reason in ('Fever since yesterday', 'Ear pain') then 1.8 else 0 end)::numeric, 1) as temperature
    from demo_visit v
    join (select id, birth_date, row_number() over (order by id) as n from patients.patient) b on b.id = v.patient_id
    cross join lateral (select coalesce(extract(year from age(v.arrived_at, b.birth_date)), 40)::integer as years) age
    where v.status in ('finished', 'in-progress') and v.n % ${share} = 0
  `);
  const row = (
    code: string,
    display: string,
    value: Fragment,
    unit: string,
    interpretation: Fragment,
    where: Fragment,
  ): Fragment => sql.fragment`
    select uuidv7(), r.patient_id, r.encounter_id, 'vital-signs', ${loinc}, ${code}, ${display}, ${value}::numeric, ${unit}, ${interpretation}, null::jsonb,
      r.at, r.at, r.practitioner_id, r.at, r.at, null::uuid
    from demo_reading r, ehr.vital_limit heart, ehr.vital_limit warm
    where heart.field = 'heartRate' and heart.from_age = 16 and warm.field = 'temperature' and warm.from_age = 0 and ${where}
  `;
  const pressures = sql.fragment`
    select uuidv7(), r.patient_id, r.encounter_id, 'vital-signs', ${loinc}, '85354-9', 'Blood pressure panel with all children optional', null::numeric, null,
      case when f.s in ('HH', 'LL') then f.s when f.d in ('HH', 'LL') then f.d when f.s <> 'N' then f.s else f.d end,
      jsonb_build_array(
        jsonb_build_object('system', ${loinc}::text, 'code', s.code, 'display', s.display, 'value', r.systolic::text, 'unit', s.unit, 'interpretation', f.s),
        jsonb_build_object('system', ${loinc}::text, 'code', d.code, 'display', d.display, 'value', r.diastolic::text, 'unit', d.unit, 'interpretation', f.d)),
      r.at, r.at, r.practitioner_id, r.at, r.at, null::uuid
    from demo_reading r
    join ehr.vital_limit s on s.field = 'systolic' and s.from_age = 16
    join ehr.vital_limit d on d.field = 'diastolic' and d.from_age = 16
    cross join lateral (select ${flag(sql.fragment`r.systolic`, 's')} as s, ${flag(sql.fragment`r.diastolic`, 'd')} as d) f
    where not r.child
  `;
  const always = sql.fragment`true`;
  const parts = [
    pressures,
    row('29463-7', 'Body weight', sql.fragment`r.weight`, 'kg', sql.fragment`null`, always),
    ...(share > 1
      ? []
      : [
          row(
            '8867-4',
            'Heart rate',
            sql.fragment`r.heart_rate`,
            '/min',
            flag(sql.fragment`r.heart_rate`, 'heart'),
            sql.fragment`not r.child`,
          ),
          row(
            '8310-5',
            'Body temperature',
            sql.fragment`r.temperature`,
            'Cel',
            flag(sql.fragment`r.temperature`, 'warm'),
            sql.fragment`(r.child or r.n % 4 = 0)`,
          ),
        ]),
  ];
  await owner.query(sql.unsafe`
    insert into ehr.observation (id, patient_id, encounter_id, category, code_system, code, display, value, unit, interpretation, components, effective_at, issued_at,
      performer_id, created_at, updated_at, updated_by)
    ${sql.join(parts, sql.fragment` union all `)}
  `);
};

/** Signed at the end of the visit; of the last day some still wait for their signature. */
const notes = (owner: Db, share: number): Promise<unknown> =>
  owner.query(sql.unsafe`
    insert into ehr.composition (id, patient_id, encounter_id, status, visit_note, title, reason, findings, plan, author_id, author_name, written_at, signed_at,
      created_at, updated_at, updated_by)
    select uuidv7(), v.patient_id, v.id, case when draft then 'preliminary' else 'final' end, true, 'Visit note',
      v.reason || (array['.', ', for some days.', ', better than last week.', ', worse since the weekend.', ', as before.'])[1 + ${pick(v, 41, 5)}],
      v.findings, v.plan, v.practitioner_id, p.display_name, v.ended_at, case when not draft then v.ended_at end, v.ended_at, v.ended_at, null
    from demo_visit v
    left join facility.practitioner p on p.id = v.practitioner_id
    cross join lateral (select v.ended_at > v.now - interval '20 hours' and ${pick(v, 42, 6)} = 0 as draft) d
    where v.status = 'finished' and v.findings is not null and v.n % ${share} = 0
  `);

/**
 * On half of the visits, never against an allergy. What is older than a day has been fetched, mostly; of today pharmacy has
 * its own story to tell.
 */
const prescriptions = (owner: Db): Promise<unknown> =>
  owner.query(sql.unsafe`
    insert into ehr.medication_request (id, patient_id, encounter_id, status, medication_id, medication_system, medication_code, medication_display, dosage_text, quantity,
      unit, dispensed_quantity, requester_id, authored_at, allergy_check, created_at, updated_at, updated_by)
    select uuidv7(), v.patient_id, v.id, case when not old then 'active' when fetched then 'completed' else 'stopped' end, d.id, d.code_system, d.code, d.display, d.dosage,
      d.quantity, d.unit, case when old and fetched then d.quantity else 0 end, v.practitioner_id, v.ended_at, 'clear', v.ended_at, v.ended_at, null
    from demo_visit v
    join demo_drug d on d.k = v.k and d.place = ${pick(v, 51, 1000)} % d.places
    cross join lateral (select v.ended_at < v.now - interval '20 hours' as old, ${pick(v, 52, 25)} > 0 as fetched) f
    where v.status = 'finished' and ${pick(v, 53, 100)} < 64
      and not exists (
        select from demo_allergy a where a.patient_id = v.patient_id and (a.code = any(d.ingredient_codes) or a.allergy_group = any(d.groups))
      )
  `);
