import { z } from 'zod';
import { sql, type Db, type Fragment } from '../../core/database.ts';
import type { House } from './dashboard.ts';

// Counts of days and departments, and never a row of a patient; visits and appointments of records under protection are not counted, for
// then the count would say that they are there. Money is: it must add up. A day is counted again as a whole, so it does not matter how
// often or in which order events arrive.

/** For whoever heard that something changed at that time. */
export const markStale = (tx: Db, at: Fragment): Promise<unknown> =>
  tx.query(
    sql.unsafe`insert into reports.stale (at) select t.at from (${at}) t where t.at is not null and isfinite(t.at)`,
  );

type Place = Pick<House, 'has' | 'zone'>;

/** Counts what is stale, and everything when nothing was counted yet or days were cut in another zone. */
export const catchUp = async (db: Db, place: Place): Promise<void> => {
  if (await isUpToDate(db, place)) return;
  await db.transaction(async (tx) => {
    await tx.query(sql.unsafe`select pg_advisory_xact_lock(20260104)`);
    // Statements after this one see every change whose mark this one takes away.
    const stale = await staleDays(tx, place);
    const counted = await tx.exists(sql.unsafe`select from reports.counted where zone = ${place.zone}`);
    const days = counted ? stale : await everyDay(tx, place);
    for (const rollup of rollups) if (place.has(rollup.of)) await count(tx, rollup, days, place);
    if (!counted)
      await tx.query(
        sql.unsafe`insert into reports.counted (zone) values (${place.zone}) on conflict (one) do update set zone = excluded.zone`,
      );
  });
};

/** After rows that no event told of: the next reader counts everything. */
export const forget = async (db: Db): Promise<void> => void (await db.query(sql.unsafe`delete from reports.counted`));

const isUpToDate = (db: Db, { zone }: Place): Promise<boolean> =>
  db.exists(sql.unsafe`select from reports.counted where zone = ${zone} and not exists (select from reports.stale)`);

const Day = z.strictObject({ day: z.string() });

const staleDays = (tx: Db, { zone }: Place): Promise<readonly string[]> =>
  tx.anyFirst(sql.type(Day)`
    with taken as (delete from reports.stale returning at)
    select distinct (at at time zone ${zone})::date as day from taken
  `);

/** Every day on which something can have happened. */
const everyDay = async (tx: Db, { has, zone }: Place): Promise<readonly string[]> => {
  const times = rollups
    .filter(({ of }) => has(of))
    .map(
      ({ times }) =>
        sql.fragment`select distinct (t.at at time zone ${zone})::date as day from (${times}) t where isfinite(t.at)`,
    );
  return times.length === 0 ? [] : tx.anyFirst(sql.type(Day)`${sql.join(times, sql.fragment` union `)}`);
};

interface Rollup {
  /** The plugin whose rows are counted. */
  of: string;
  table: readonly [string, string];
  times: Fragment;
  /** The columns of the table for the days of `d` (day, begins, ends). */
  rows: (has: House['has']) => Fragment;
}

const open = (alias: string): Fragment =>
  sql.fragment`not exists (select from core.subject_label l where l.subject_id = ${sql.identifier([alias, 'patient_id'])})`;

const rollups: readonly Rollup[] = [
  {
    of: 'ehr',
    table: ['reports', 'day_visits'],
    times: sql.fragment`select e.begins_at as at from ehr.encounter e`,
    rows: () => sql.fragment`
      select d.day, e.department_id, count(*)
      from d join ehr.encounter e on e.begins_at >= d.begins and e.begins_at < d.ends
      where e.status in ('arrived', 'triaged', 'in-progress', 'onleave', 'finished') and ${open('e')} -- shows no patient
      group by 1, 2
    `,
  },
  {
    of: 'ehr',
    table: ['reports', 'day_waits'],
    times: sql.fragment`select e.begins_at as at from ehr.encounter e`,
    rows: () => sql.fragment`
      select d.day, e.department_id, round(extract(epoch from e.started_at - e.arrived_at) / 60)::integer, count(*)
      from d join ehr.encounter e on e.begins_at >= d.begins and e.begins_at < d.ends
      where e.started_at >= e.arrived_at and e.status in ('in-progress', 'onleave', 'finished') and ${open('e')} -- shows no patient
      group by 1, 2, 3
    `,
  },
  {
    of: 'scheduling',
    table: ['reports', 'day_appointments'],
    times: sql.fragment`select a.starts_at as at from scheduling.appointment a`,
    rows: () => sql.fragment`
      select d.day, card.department_id, count(*), count(*) filter (where a.status = 'noshow')
      from d join scheduling.appointment a on a.starts_at >= d.begins and a.starts_at < d.ends
      left join facility.practitioner_card card on card.id = a.practitioner_id
      where a.status in ('noshow', 'arrived', 'checked-in', 'fulfilled') and ${open('a')} -- shows no patient
      group by 1, 2
    `,
  },
  {
    of: 'billing',
    table: ['reports', 'day_invoiced'],
    times: sql.fragment`select i.issued_at as at from billing.invoice i`,
    rows: (has) => sql.fragment`
      select d.day, ${has('ehr') ? sql.fragment`e.department_id` : sql.fragment`null::uuid`}, i.currency, sum(c.amount_minor)::bigint
      from d join billing.invoice i on i.issued_at >= d.begins and i.issued_at < d.ends
      join billing.charge_item c on c.invoice_id = i.id
      ${has('ehr') ? sql.fragment`left join ehr.encounter e on e.id = c.encounter_id` : sql.fragment``}
      where i.status in ('issued', 'balanced') and not i.elsewhere -- shows no patient
      group by 1, 2, 3
    `,
  },
];

const count = async (tx: Db, { table, rows }: Rollup, days: readonly string[], { has, zone }: Place): Promise<void> => {
  const name = sql.identifier([...table]);
  const these = sql.array([...days], 'date');
  await tx.query(sql.unsafe`delete from ${name} where day = any(${these})`);
  await tx.query(sql.unsafe`
    with d as materialized (
      select day, day::timestamp at time zone ${zone} as begins, (day + 1)::timestamp at time zone ${zone} as ends from unnest(${these}) day
    )
    insert into ${name} ${rows(has)}
  `);
};
