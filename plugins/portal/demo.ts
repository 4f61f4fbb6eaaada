import { z } from 'zod';
import { sql, type Db, type Fragment } from '../../core/database.ts';
import type { DemoPlan } from '../../core/plugin.ts';
import { demoPassword, hashPassword } from '../auth/api.ts';

const Id = z.strictObject({ id: z.uuid() });

/** What makes a record worth looking at: a point for each, where its plugin is part of the hospital. */
const points: readonly (readonly [string, Fragment])[] = [
  [
    'scheduling.appointment',
    sql.fragment`4 * exists (
      select from scheduling.appointment a
      where a.patient_id = p.id and a.status = 'booked' and a.service_id is not null and a.starts_at > core.now() + interval '2 days'
    )::integer`,
  ],
  [
    'laboratory.result',
    sql.fragment`(
      select least(3, count(*)) + 4 * coalesce(bool_or(r.released_at > core.now() - interval '10 days'), false)::integer
      from laboratory.result r
      where r.patient_id = p.id and r.status = 'verified' and r.released_at <= core.now()
    )`,
  ],
  [
    'billing.invoice',
    sql.fragment`4 * exists (select from billing.invoice i where i.patient_id = p.id and i.status = 'issued' and i.open_minor > 0 and not i.elsewhere)::integer`,
  ],
  [
    'ehr.medication_request',
    sql.fragment`2 * exists (select from ehr.medication_request m where m.patient_id = p.id and m.status = 'active')::integer`,
  ],
];

/** The user `patient`: somebody with much to see, who also looks after a child. */
export const demoPortal = async (owner: Db, plan: DemoPlan): Promise<void> => {
  const there = await owner.anyFirst(sql.type(z.strictObject({ name: z.string() }))`
    select name from unnest(${sql.array(
      points.map(([table]) => table),
      'text',
    )}) name where to_regclass(name) is not null
  `);
  // A bare 0 would be a column's position in `order by`.
  const score = sql.join(
    [sql.fragment`0::integer`, ...points.filter(([table]) => there.includes(table)).map(([, point]) => point)],
    sql.fragment` + `,
  );
  const adult = await owner.maybeOneFirst(sql.type(Id)`
    select p.id from patients.patient p
    where p.active and p.deceased_at is null and p.birth_date < core.now() - interval '25 years'
    order by ${score} desc, p.id
    limit 1
  `);
  if (adult === null) return;
  await owner.query(sql.unsafe`
    with parent as (
      select id, family_name, given_name || ' ' || family_name as name from patients.patient where id = ${adult}
    ),
    child as (
      select p.id from patients.patient p, parent
      where p.active and p.deceased_at is null and p.birth_date > core.now() - interval '12 years'
      order by p.family_name = parent.family_name desc, ${score} desc, p.id
      limit 1
    ),
    account as (
      insert into auth."user" (username, display_name, password_hash, patient_only)
      select 'patient', name, ${await hashPassword(demoPassword, plan)}, true from parent
      on conflict (username) do update set display_name = excluded.display_name, patient_only = true
      returning id
    ),
    role as (
      insert into auth.user_role (user_id, role) select id, 'patient' from account on conflict do nothing
    )
    insert into portal.access (user_id, patient_id, role)
    select account.id, seen.patient_id, seen.role
    from account
    cross join lateral (
      select id as patient_id, 'self' as role from parent union all select id, 'parent' from child
    ) seen
  `);
};
