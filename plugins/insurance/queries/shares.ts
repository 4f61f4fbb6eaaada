import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import type { Billed } from '../../billing/api.ts';
import { Shares } from '../model.ts';

const InForce = z.strictObject({ id: z.uuid(), planId: z.uuid(), currency: z.string(), on: z.string() });

/** The first of the patient's coverages that is in force today, locked, so that two invoices cannot use one deductible twice. */
export const holdCoverageInForce = (tx: Db, patientId: string, zone: string): Promise<z.infer<typeof InForce> | null> =>
  tx.maybeOne(sql.type(InForce)`
    select c.id, c.plan_id, plan.currency, today.on
    from (select (core.now() at time zone ${zone})::date as on) today
    join insurance.coverage c on c.starts_on <= today.on and (c.ends_on is null or c.ends_on >= today.on)
    join insurance.plan plan on plan.id = c.plan_id
    where c.patient_id = ${patientId} and c.status = 'active' and not c.elsewhere and ${maySee(tx, 'c.patient_id')}
    order by c.priority, c.starts_on desc
    limit 1
    for update of c
  `);

/** One row for each line; gives the payer's part of all. Computed by insurance.split alone. */
export const insertShares = (
  tx: Db,
  invoice: Billed,
  coverage: { id: string; planId: string; on: string },
): Promise<number> =>
  tx.oneFirst(sql.type(z.strictObject({ minor: z.int() }))`
    with lines as (
      select row_number() over (order by c.occurred_at, c.id) as n, c.id, c.amount_minor, c.code,
        (c.occurred_at at time zone ${invoice.zone})::date as serviced_on
      from billing.charge_item c
      where c.invoice_id = ${invoice.id} and ${maySee(tx, 'c.patient_id')}
    ), year_so_far as (
      select coalesce(sum(s.deductible_minor), 0)::bigint as deductible_minor
      from insurance.share s
      where s.coverage_id = ${coverage.id} and date_part('year', s.serviced_on) = date_part('year', ${coverage.on}::date)
    ), parts as (
      select part.*
      from insurance.plan plan, year_so_far y, insurance.split(
        (select array_agg(l.amount_minor order by l.n) from lines l),
        (select array_agg(exists (
          select from insurance.plan_code k where k.plan_id = plan.id and k.code = l.code and k.rule = 'excluded'
        ) order by l.n) from lines l),
        greatest(0, plan.deductible_minor - y.deductible_minor), plan.copay_minor, plan.coinsurance_rate
      ) part
      where plan.id = ${coverage.planId}
    ), made as (
      insert into insurance.share (charge_item_id, invoice_id, patient_id, coverage_id, amount_minor, excluded_minor, deductible_minor, copay_minor,
        coinsurance_minor, patient_minor, payer_minor, serviced_on)
      select l.id, ${invoice.id}, ${invoice.patientId}, ${coverage.id}, l.amount_minor, p.excluded_minor, p.deductible_minor, p.copay_minor,
        p.coinsurance_minor, l.amount_minor - p.payer_minor, p.payer_minor, l.serviced_on
      from lines l
      join parts p on p.line = l.n
      returning payer_minor
    )
    select coalesce(sum(payer_minor), 0)::bigint as minor from made
  `);

/** Of one line of an invoice this much more (or, below zero, less) is the patient's. */
export const changeShare = (tx: Db, chargeItemId: string, toPatientMinor: number): Promise<unknown> =>
  tx.query(sql.unsafe`
    update insurance.share set patient_minor = patient_minor + ${toPatientMinor}, payer_minor = payer_minor - ${toPatientMinor}
    where charge_item_id = ${chargeItemId} and ${maySee(tx, 'patient_id')}
  `);

/** How an invoice is shared; without a coverage nothing is, and the lines are empty. */
export const getShares = (db: Db, invoiceId: string): Promise<Shares> =>
  db.oneFirst(sql.type(z.strictObject({ shares: Shares }))`
    select json_build_object(
      'invoiceId', i.id, 'patientId', i.patient_id, 'patientMinor', i.total_minor - i.payer_minor, 'payerMinor', i.payer_minor,
      'coverage', (
        select json_build_object('id', c.id, 'payerName', payer.name, 'planName', plan.name, 'subscriberId', c.subscriber_id)
        from insurance.share s
        join insurance.coverage c on c.id = s.coverage_id
        join insurance.plan plan on plan.id = c.plan_id
        join insurance.payer payer on payer.id = plan.payer_id
        where s.invoice_id = i.id
        limit 1
      ),
      'claims', (
        select coalesce(json_agg(json_build_object('id', c.id, 'number', c.number, 'workflow', c.workflow) order by c.created_at, c.id), '[]')
        from insurance.claim c where c.invoice_id = i.id
      ),
      'lines', (
        select coalesce(json_agg(json_build_object(
          'chargeItemId', s.charge_item_id, 'amountMinor', s.amount_minor, 'excludedMinor', s.excluded_minor, 'deductibleMinor', s.deductible_minor,
          'copayMinor', s.copay_minor, 'coinsuranceMinor', s.coinsurance_minor, 'patientMinor', s.patient_minor, 'payerMinor', s.payer_minor
        ) order by s.charge_item_id), '[]')
        from insurance.share s where s.invoice_id = i.id
      )
    ) as shares
    from billing.invoice i
    where i.id = ${invoiceId} and not i.elsewhere and ${maySee(db, 'i.patient_id')}
  `);
