import { inBulk } from '../../core/bulk.ts';
import { sql, type Db } from '../../core/database.ts';
import type { DemoPlan } from '../../core/plugin.ts';

/** A deterministic number in [0, most) for row n and a purpose. */
const pick = (salt: number, most: number) =>
  sql.fragment`((hashint8extended(n, ${salt}) & 2147483647) % ${most})::integer`;

/** Asked once for a statement, not for every row. */
const now = sql.fragment`(select core.now())`;
const tables = ['pharmacy.lot', 'pharmacy.stock_movement', 'pharmacy.medication_dispense', 'pharmacy.request_total'];

/** A shelf as pharmacies have it, and everything that was handed out in the past: first in, first out of a lot per quarter. */
export const demoPharmacy = async (owner: Db, plan: DemoPlan): Promise<void> => {
  await chooseFills(owner);
  plan.progress('pharmacy: stock and dispenses');
  await inBulk(owner, tables, async () => {
    await stockPast(owner, plan);
    await stockNow(owner, plan);
    await handOut(owner);
  });
};

/**
 * What was handed out of which prescription, and when: what the record says; where it says nothing, all of the last weeks
 * and most before, shortly after the visit. Of today the earlier half: the others wait.
 */
const chooseFills = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    create temp table demo_fill on commit drop as
    select uuidv7() as id, f.*, date_trunc('quarter', f.at) as quarter
    from (
      select r.id as request_id, r.patient_id, r.encounter_id, r.medication_id, r.quantity as prescribed, m.display, m.unit,
        case when r.dispensed_quantity > 0 then r.dispensed_quantity else r.quantity end as quantity, r.dispensed_quantity as told,
        coalesce(e.ended_at, r.authored_at) + make_interval(mins => 8 + (hashtextextended(r.authored_at::text || m.display, 1) & 31)::integer) as at,
        (hashtextextended(r.authored_at::text || m.display, 2) & 1023)::integer as chance
      from ehr.medication_request r
      join ehr.medication m on m.id = r.medication_id and m.formulary
      left join ehr.encounter e on e.id = r.encounter_id
      where r.status in ('active', 'completed') and r.quantity is not null and coalesce(e.status, 'finished') = 'finished'
    ) f
    where f.at < ${now} and (
      f.told > 0
      or f.at < ${now} - interval '16 hours' and (f.at > ${now} - interval '40 days' or f.chance < 960)
      or f.at >= ${now} - interval '16 hours' and f.at < ${now} - interval '1 hour' and f.chance < 512
    )
    order by f.at
  `);
  await owner.query(sql.unsafe`analyze demo_fill`);
  // A prescription of the demo that nobody has counted yet; no new version, for nothing has happened to it.
  if (!(await owner.exists(sql.unsafe`select from demo_fill where told = 0`))) return;
  await owner.query(sql.unsafe`alter table ehr.medication_request disable trigger keep_version`);
  await owner.query(sql.unsafe`
    update ehr.medication_request r set dispensed_quantity = f.quantity, status = 'completed' from demo_fill f where r.id = f.request_id and f.told = 0
  `);
  await owner.query(sql.unsafe`alter table ehr.medication_request enable trigger keep_version`);
};

/** Small things are cheap and many, bottles and inhalers dear and few. Row n is the medication's place in the catalogue. */
const isSmall = sql.fragment`unit in ('tablet', 'capsule')`;
const unitCost = sql.fragment`case when ${isSmall} then 0.02 + ${pick(1, 60)} * 0.01 else 1.5 + ${pick(1, 120)} * 0.1 end`;
const catalogue = sql.fragment`(
  select id as medication_id, unit, row_number() over (order by display, id) as n from ehr.medication where formulary
) catalogue`;

/** A lot for each medication and quarter: what came was handed out to the last unit. */
const stockPast = async (owner: Db, plan: DemoPlan): Promise<void> => {
  await owner.query(sql.unsafe`
    create temp table demo_past on commit drop as
    select uuidv7() as lot_id, quarter, medication_id, n, unit, 'P' || to_char(quarter, 'YYQ') || '-' || lpad(n::text, 3, '0') as lot_number,
      (quarter + interval '30 months')::date as expires_on, quarter - interval '5 days' as received_at, f.quantity
    from (select medication_id, quarter, sum(quantity)::integer as quantity from demo_fill group by medication_id, quarter) f
    join ${catalogue} using (medication_id)
    order by quarter, n
  `);
  await receive(owner, 'demo_past', plan);
};

/**
 * What stands there today: of nearly everything a good lot, of every third one that expires within weeks, of every eighth
 * one that has expired and still stands there. Every ninth is low; every seventeenth has run out, unless somebody waits for it.
 */
const stockNow = async (owner: Db, plan: DemoPlan): Promise<void> => {
  await owner.query(sql.unsafe`
    create temp table demo_now on commit drop as
    with kind (letter, days, spread) as (values ('G', 270, 330), ('S', 6, 75), ('X', -40, 35)),
    wanted as (
      select medication_id, unit, n, k.letter, (${now} at time zone ${plan.zone})::date + k.days + ${pick(2, 1000)} % k.spread as expires_on,
        case
          when k.letter = 'G' and n % 9 = 4 then 4 + ${pick(3, 9)}
          when k.letter = 'G' then 300 + ${pick(3, 900)}
          when k.letter = 'S' then 40 + ${pick(4, 90)}
          else 10 + ${pick(5, 50)}
        end as pieces
      from ${catalogue}
      cross join kind k
      cross join lateral (
        select n % 17 = 3 and not exists (
          select from ehr.medication_request r
          where r.medication_id = catalogue.medication_id and r.status = 'active' and r.authored_at > ${now} - interval '2 days'
        ) as gone
      ) run_out
      where case k.letter when 'G' then not gone when 'S' then n % 3 = 0 and not gone else n % 8 = 2 end
    )
    select uuidv7() as lot_id, w.medication_id, w.unit, w.n, w.letter || to_char(w.expires_on, 'YYMM') || '-' || lpad(w.n::text, 3, '0') as lot_number, w.expires_on,
      ${now} - make_interval(days => 45 + ${pick(6, 100)}) as received_at,
      case when ${isSmall} then w.pieces when w.unit = 'ml' then w.pieces * 5 else greatest(3, w.pieces / 8) end as quantity
    from wanted w
    order by received_at, n
  `);
  await receive(owner, 'demo_now', plan);
};

const receive = async (owner: Db, table: string, { zone, currency }: DemoPlan): Promise<void> => {
  const lots = sql.identifier([table]);
  await owner.query(sql.unsafe`
    insert into pharmacy.lot (id, medication_id, lot_number, expires_on, usable_until, location_id, unit_cost, currency, created_at, updated_at)
    select lot_id, medication_id, lot_number, expires_on, (expires_on + 1)::timestamp at time zone ${zone},
      (select id from facility.location where kind = 'site' order by id limit 1), ${unitCost}, ${currency}, received_at, received_at
    from ${lots}
  `);
  await owner.query(sql.unsafe`
    insert into pharmacy.stock_movement (lot_id, type, quantity, at) select lot_id, 'receipt', quantity, received_at from ${lots}
  `);
};

const handOut = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into pharmacy.medication_dispense
      (id, patient_id, encounter_id, medication_request_id, medication_id, medication_display, quantity, unit, dispensed_at, dispensed_by, created_at, updated_at)
    select id, patient_id, encounter_id, request_id, medication_id, display, quantity, unit, at, pharmacist, at, at
    from demo_fill, (select (select u.id from auth."user" u where u.username = 'pharmacist') as pharmacist) by
  `);
  await owner.query(sql.unsafe`
    insert into pharmacy.stock_movement (lot_id, type, quantity, dispense_id, at)
    select l.lot_id, 'dispense', -f.quantity, f.id, f.at
    from demo_fill f join demo_past l on l.medication_id = f.medication_id and l.quarter = f.quarter
  `);
  await owner.query(sql.unsafe`
    insert into pharmacy.request_total (medication_request_id, prescribed, dispensed) select request_id, prescribed, quantity from demo_fill
  `);
};
