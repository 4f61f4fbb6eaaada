import { z } from 'zod';
import { sql, type Db, type Fragment } from '../../core/database.ts';
import { LotAtRisk, VisitsOfDay } from './model.ts';
import type { Period } from './period.ts';

// Sums over the rollups: days and departments, never a row of a patient, so permission alone decides.

export interface Asked extends Period {
  departmentId?: string;
  currency: string;
}

/** Both periods of a rollup `r`, of one department or all. */
const within = (it: Asked): Fragment =>
  sql.and([
    sql.fragment`r.day >= ${it.before}::date and r.day <= ${it.to}::date`,
    it.departmentId !== undefined && sql.fragment`r.department_id = ${it.departmentId}`,
  ]) as Fragment;
const isCurrent = (it: Asked): Fragment => sql.fragment`r.day >= ${it.from}::date`;

/** Patients who came, by day and department, both periods. */
export const visitsByDay = (
  db: Db,
  it: Asked,
): Promise<readonly (z.infer<typeof VisitsOfDay> & { current: boolean })[]> =>
  db.any(sql.type(VisitsOfDay.extend({ current: z.boolean() }))`
    select r.day as date, ${isCurrent(it)} as current, r.department_id, o.name as department_name, r.visits as count
    from reports.day_visits r
    left join facility.organization o on o.id = r.department_id
    where ${within(it)}
    order by r.day, o.name, r.department_id
  `);

const Waiting = z.strictObject({ medianMinutes: z.number().nullable(), previousMinutes: z.number().nullable() });

/** From arrival until somebody had time, in minutes: the one in the middle, or halfway between the two. */
export const waiting = (db: Db, it: Asked): Promise<z.infer<typeof Waiting>> =>
  db.one(sql.type(Waiting)`
    with lasted as (
      select ${isCurrent(it)} as current, r.minutes, sum(r.visits) as visits from reports.day_waits r where ${within(it)} group by 1, 2
    ),
    ranked as (
      select current, minutes, sum(visits) over (partition by current order by minutes) as upto, sum(visits) over (partition by current) as total from lasted
    ),
    median as (
      select current, (min(minutes) filter (where upto >= total / 2) + min(minutes) filter (where upto > total / 2))::float8 / 2 as minutes
      from ranked group by current
    )
    select (select minutes from median where current) as median_minutes, (select minutes from median where not current) as previous_minutes
  `);

const NoShows = z.strictObject({ count: z.int(), due: z.int(), previousCount: z.int(), previousDue: z.int() });

export const noShows = (db: Db, it: Asked): Promise<z.infer<typeof NoShows>> =>
  db.one(sql.type(NoShows)`
    select
      coalesce(sum(r.missed) filter (where ${isCurrent(it)}), 0)::integer as count, coalesce(sum(r.due) filter (where ${isCurrent(it)}), 0)::integer as due,
      coalesce(sum(r.missed) filter (where not ${isCurrent(it)}), 0)::integer as previous_count,
      coalesce(sum(r.due) filter (where not ${isCurrent(it)}), 0)::integer as previous_due
    from reports.day_appointments r
    where ${within(it)}
  `);

const Revenue = z.strictObject({ minor: z.int(), previousMinor: z.int(), openMinor: z.int() });

/** What was invoiced in each period, and what is open of all invoices now. A department's part are the lines of its visits. */
export const revenue = (db: Db, it: Asked): Promise<z.infer<typeof Revenue>> => {
  const ofDepartment =
    it.departmentId === undefined
      ? sql.fragment`true`
      : sql.fragment`exists (
          select from billing.charge_item c
          join ehr.encounter e on e.id = c.encounter_id and e.department_id = ${it.departmentId}
          where c.invoice_id = i.id
        )`;
  return db.one(sql.type(Revenue)`
    -- shows no patient
    select coalesce(sum(r.minor) filter (where ${isCurrent(it)}), 0)::bigint as minor,
      coalesce(sum(r.minor) filter (where not ${isCurrent(it)}), 0)::bigint as previous_minor,
      (
        select coalesce(sum(i.open_minor + i.payer_open_minor), 0)::bigint
        from billing.invoice i
        where i.status = 'issued' and not i.elsewhere and i.currency = ${it.currency} and ${ofDepartment}
      ) as open_minor
    from reports.day_invoiced r
    where r.currency = ${it.currency} and ${within(it)}
  `);
};

const AtRisk = z.strictObject({ lots: z.int(), valueMinor: z.int(), items: z.array(LotAtRisk) });

/** What is on the shelf and has expired, or will until that day: how many lots, worth what, the first twenty of them. */
export const stockAtRisk = (
  db: Db,
  it: { until: string; currency: string; digits: number },
): Promise<z.infer<typeof AtRisk>> =>
  db.one(sql.type(AtRisk)`
    with risky as (
      select s.lot_id, s.medication_id, m.display, s.lot_number, s.expires_on, s.on_hand,
        case when s.currency = ${it.currency} then s.on_hand * s.unit_cost end as value
      from pharmacy.stock s
      join ehr.medication m on m.id = s.medication_id
      where s.on_hand > 0 and s.expires_on <= ${it.until}::date
    )
    select count(*)::integer as lots, round(coalesce(sum(value), 0) * 10 ^ ${it.digits}::integer)::bigint as value_minor, (
      select coalesce(json_agg(json_build_object(
        'medicationId', first.medication_id, 'display', first.display, 'lotNumber', first.lot_number, 'expiresOn', first.expires_on, 'onHand', first.on_hand
      ) order by first.expires_on, first.display, first.lot_id), '[]')
      from (select medication_id, display, lot_number, expires_on, on_hand, lot_id from risky order by expires_on, display, lot_id limit 20) first
    ) as items
    from risky
  `);
