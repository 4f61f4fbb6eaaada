import { inBulk } from '../../core/bulk.ts';
import { sql, type Db, type Fragment } from '../../core/database.ts';
import type { DemoPlan } from '../../core/plugin.ts';

/** A number in [0, 1000) for a visit and a purpose; by its time, for ids differ from one demo hospital to the next. */
const chance = (at: Fragment, salt: number) =>
  sql.fragment`((hashtextextended((${at})::text, ${salt}) & 2147483647) % 1000)::integer`;
const issued = sql.fragment`issued_at`;

/** Asked once for a statement, not for every row. */
const now = sql.fragment`(select core.now())`;

/** Prices, and for every finished visit its charges, its invoice and mostly its payment. Of today some still owe. */
export const demoBilling = async (owner: Db, plan: DemoPlan): Promise<void> => {
  await prices(owner, plan);
  if (!(await owner.exists(sql.unsafe`select where to_regclass('ehr.encounter') is not null`))) return;
  const pharmacy = await owner.exists(sql.unsafe`select where to_regclass('pharmacy.medication_dispense') is not null`);
  const laboratory = await owner.exists(sql.unsafe`select where to_regclass('laboratory.service_request') is not null`);
  if (laboratory) await laboratoryPrices(owner, plan);
  const inpatient = await owner.exists(sql.unsafe`select where to_regclass('inpatient.bed_day') is not null`);
  if (inpatient) await bedDayPrices(owner, plan);
  await charges(owner, { pharmacy, laboratory, inpatient });
  plan.progress('billing: invoices and payments');
  await invoices(owner, plan);
  await inBulk(owner, ['billing.invoice', 'billing.charge_item', 'billing.payment', 'billing.posting'], () =>
    book(owner),
  );
};

const visits = [
  ['VISIT-AMB', 'Outpatient visit', '38.00'],
  ['VISIT-EMER', 'Emergency visit', '120.00'],
  ['VISIT-IMP', 'Inpatient day', '310.00'],
  ['VISIT-HH', 'Home visit', '75.00'],
  ['VISIT-VR', 'Video visit', '29.00'],
];

const prices = async (owner: Db, { currency }: DemoPlan): Promise<void> => {
  const since = sql.fragment`tstzrange(${now} - interval '3 years', null)`;
  await owner.query(sql.unsafe`
    insert into billing.price (code, display, unit_price, currency, valid)
    select code, display, price::numeric, ${currency}, ${since} from ${sql.unnest(visits, ['text', 'text', 'text'])} v (code, display, price)
    union all
    select distinct on (charge_code) charge_code, name,
      case when duration_minutes >= 30 then 85 when duration_minutes >= 20 then 42.5 else 24 end + (hashtext(charge_code) & 7) * 1.5, ${currency}, ${since}
    from facility.healthcare_service
    where charge_code is not null
  `);
  if (!(await owner.exists(sql.unsafe`select where to_regclass('ehr.medication') is not null`))) return;
  await owner.query(sql.unsafe`
    insert into billing.price (code, display, unit_price, currency, valid)
    select distinct on (code) code, display,
      case when unit in ('tablet', 'capsule') then 0.08 + (hashtext(code) & 127) * 0.01 when unit = 'ml' then 0.05 + (hashtext(code) & 31) * 0.01
        else 4 + (hashtext(code) & 127) * 0.25 end,
      ${currency}, ${since}
    from ehr.medication
    where formulary and code is not null
    order by code, id
  `);
};

/** Panels cost less than their tests one by one. */
const laboratoryPrices = (owner: Db, { currency }: DemoPlan): Promise<unknown> =>
  owner.query(sql.unsafe`
    insert into billing.price (code, display, unit_price, currency, valid)
    select charge_code, display, 3.2 + (hashtext(charge_code) & 31) * 0.35, ${currency}, tstzrange(${now} - interval '3 years', null)
    from laboratory.test
    where charge_code is not null
    union all
    select p.charge_code, p.display, 4.5 + 1.4 * (select count(*) from laboratory.panel_test m where m.panel_id = p.id), ${currency}, tstzrange(${now} - interval '3 years', null)
    from laboratory.panel p
    where p.charge_code is not null
  `);

const bedDays = [
  ['BED-MED', 'Bed-day, medical ward', '285.00'],
  ['BED-CARD', 'Bed-day, cardiology ward', '320.00'],
  ['BED-ICU', 'Bed-day, intensive care', '1150.00'],
];
const bedDayPrices = (owner: Db, { currency }: DemoPlan): Promise<unknown> =>
  owner.query(sql.unsafe`
    insert into billing.price (code, display, unit_price, currency, valid)
    select code, display, price::numeric, ${currency}, tstzrange(${now} - interval '3 years', null) from ${sql.unnest(bedDays, ['text', 'text', 'text'])} v (code, display, price)
  `);

const charges = async (
  owner: Db,
  on: { pharmacy: boolean; laboratory: boolean; inpatient: boolean },
): Promise<void> => {
  const lain = sql.fragment`
    union all
    select d.patient_id, s.encounter_id, p.code, p.display, 1, p.unit_price, p.currency, d.counted_at, 'inpatient.bed-day-due', d.id
    from inpatient.bed_day d
    join inpatient.stay s on s.id = d.stay_id
    join billing.price p on p.code = d.charge_code
    where d.reversed_at is null
  `;
  const reported = sql.fragment`
    union all
    select q.patient_id, q.encounter_id, p.code, p.display, 1, p.unit_price, p.currency, d.issued_at, 'laboratory.report-issued', q.id
    from laboratory.diagnostic_report d
    join laboratory.service_request q on q.id = d.service_request_id
    left join laboratory.test t on t.id = q.test_id
    left join laboratory.panel l on l.id = q.panel_id
    join billing.price p on p.code = coalesce(t.charge_code, l.charge_code)
    where d.ours and d.status in ('final', 'corrected') and q.encounter_id is not null
  `;
  const dispensed = sql.fragment`
    union all
    select d.patient_id, d.encounter_id, p.code, p.display, d.quantity::integer, p.unit_price, p.currency, d.dispensed_at, 'pharmacy.medication-dispensed', d.id
    from pharmacy.medication_dispense d
    join ehr.medication m on m.id = d.medication_id
    join billing.price p on p.code = m.code
    where d.status = 'completed' and d.encounter_id is not null
  `;
  await owner.query(sql.unsafe`
    create temp table demo_charge on commit drop as
    select e.patient_id, e.id as encounter_id, p.code, p.display, 1 as quantity, p.unit_price, p.currency, e.ended_at as occurred_at,
      'ehr.encounter-finished' as source, e.id as source_id
    from ehr.encounter e
    left join facility.healthcare_service s on s.id = e.service_id
    join billing.price p on p.code = coalesce(s.charge_code, 'VISIT-' || e.class)
    where e.status = 'finished' and e.ended_at is not null
    ${on.inpatient ? sql.fragment`and not exists (select from inpatient.stay s where s.encounter_id = e.id)` : sql.fragment``}
    ${on.inpatient ? lain : sql.fragment``}
    ${on.pharmacy ? dispensed : sql.fragment``}
    ${on.laboratory ? reported : sql.fragment``}
  `);
  await owner.query(sql.unsafe`analyze demo_charge`);
};

/**
 * One for each visit. Of today's visits four in ten are not invoiced yet and two in ten not paid; of the last weeks three
 * in a hundred are open, of those before one in a thousand.
 */
const invoices = async (owner: Db, { zone }: DemoPlan): Promise<void> => {
  await owner.query(sql.unsafe`
    create temp table demo_invoice on commit drop as
    select uuidv7() as id, i.*, row_number() over (order by i.issued_at, i.encounter_id) as n,
      case
        when i.is_today and i.chance < 600 then 0
        when i.issued_at > ${now} - interval '30 days' and i.chance < 20 then 0
        when i.issued_at > ${now} - interval '30 days' and i.chance < 30 then i.total_minor / 2
        when i.chance < 1 then 0
        else i.total_minor
      end as paid_minor
    from (
      select encounter_id, patient_id, currency, max(occurred_at) + interval '2 minutes' as issued_at,
        sum(billing.to_minor(unit_price * quantity, currency))::bigint as total_minor, ${chance(sql.fragment`max(occurred_at)`, 1)} as chance,
        max(occurred_at) >= (select date_trunc('day', core.now() at time zone ${zone}) at time zone ${zone}) as is_today
      from demo_charge
      where not exists (select from ehr.encounter e where e.id = demo_charge.encounter_id and e.class = 'IMP' and e.status = 'in-progress') -- billed when they leave
      group by encounter_id, patient_id, currency
    ) i
    where i.issued_at < ${now} and not (i.is_today and i.chance < 400)
    order by i.issued_at, i.encounter_id
  `);
  await owner.query(sql.unsafe`analyze demo_invoice`);
  await owner.query(sql.unsafe`
    create temp table demo_payment on commit drop as
    select uuidv7() as id, p.*, row_number() over (order by p.paid_at, p.invoice_id) as n
    from (
      select id as invoice_id, patient_id, currency, paid_minor,
        case when ${chance(issued, 2)} < 500 then 'card' when ${chance(issued, 2)} < 850 or issued_at > ${now} - interval '15 days' then 'cash' else 'transfer' end as method,
        least(${now}, issued_at + case when ${chance(issued, 2)} < 850 or issued_at > ${now} - interval '15 days'
          then make_interval(mins => 1 + ${chance(issued, 3)} % 15) else make_interval(hours => 20 + ${chance(issued, 3)} % 310) end) as paid_at
      from demo_invoice
      where paid_minor > 0
    ) p
    order by p.paid_at, p.invoice_id
  `);
};

const book = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into billing.invoice (id, number, status, patient_id, encounter_id, issued_at, total_minor, paid_minor, currency, created_at, updated_at)
    select id, 'INV-' || lpad(n::text, greatest(6, length(n::text)), '0'), case when paid_minor = total_minor then 'balanced' else 'issued' end,
      patient_id, encounter_id, issued_at, total_minor, paid_minor, currency, issued_at, issued_at
    from demo_invoice
  `);
  await owner.query(sql.unsafe`
    insert into billing.charge_item
      (status, patient_id, encounter_id, code, display, quantity, unit_price, amount_minor, currency, occurred_at, source, source_id, invoice_id, created_at, updated_at)
    select case when i.id is null then 'billable' else 'billed' end, c.patient_id, c.encounter_id, c.code, c.display, c.quantity, c.unit_price,
      billing.to_minor(c.unit_price * c.quantity, c.currency), c.currency, c.occurred_at, c.source, c.source_id, i.id, c.occurred_at, coalesce(i.issued_at, c.occurred_at)
    from demo_charge c
    left join demo_invoice i on i.encounter_id = c.encounter_id
  `);
  await owner.query(sql.unsafe`
    insert into billing.payment (id, receipt_number, invoice_id, patient_id, method, amount_minor, currency, tendered_minor, paid_at, taken_by)
    select id, 'RC-' || lpad(n::text, greatest(6, length(n::text)), '0'), invoice_id, patient_id, method, paid_minor, currency,
      case when method = 'cash' then (paid_minor + 999) / 1000 * 1000 end, paid_at, cashier
    from demo_payment, (select (select u.id from auth."user" u where u.username = 'cashier') as cashier) taken
  `);
  await owner.query(sql.unsafe`
    insert into billing.posting (at, debit, credit, amount_minor, currency, source, source_id)
    select issued_at, 'receivable', 'revenue', total_minor, currency, 'invoice', id from demo_invoice where total_minor > 0
    union all
    select paid_at, case method when 'transfer' then 'bank' else method end, 'receivable', paid_minor, currency, 'payment', id from demo_payment
  `);
  await owner.query(sql.unsafe`
    update billing.number_series set next = 1 + case name when 'invoice' then (select count(*) from demo_invoice) else (select count(*) from demo_payment) end
  `);
};
