import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { date, defineResource, token, type fhir } from '../../../fhir/resource.ts';
import { fmStatus, outcomes } from '../model.ts';
import { dayOf, instantOf, money, onlyElsewhere, payerRef, refTo } from './parts.ts';

const id = z.uuid();
const text = z.string().nullable();
export const remittanceSystem = 'urn:openward:remittance';

const Row = z.strictObject({
  id, status: z.enum(fmStatus), outcome: z.enum(outcomes).nullable(), reference: text, paidOn: text, amount: z.string(), currency: z.string(),
  elsewhere: z.boolean(), createdAt: z.string(), payerCode: text, payerName: text,
  lines: z.array(z.object({ claimId: id.nullable(), amount: z.string() })).nullable(),
}); // prettier-ignore
type Row = z.infer<typeof Row>;

const toFhir = (it: Row): fhir.PaymentReconciliation => {
  const head = {
    resourceType: 'PaymentReconciliation' as const,
    id: it.id,
    status: it.status,
    created: it.createdAt,
    outcome: it.outcome ?? undefined,
    paymentDate: it.paidOn ?? '',
    paymentAmount: money(it.amount, it.currency)!,
  };
  if (it.elsewhere) return head;
  return {
    ...head,
    paymentIssuer: payerRef({ code: it.payerCode ?? '', name: it.payerName ?? '' }),
    paymentIdentifier: { system: remittanceSystem, value: it.reference ?? '' },
    detail: it.lines?.map((line) => ({
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/payment-type', code: 'payment' }] },
      request: refTo('Claim', line.claimId),
      amount: money(line.amount, it.currency),
    })),
  };
};

type Input = Pick<Row, 'status' | 'outcome' | 'paidOn' | 'currency'> & { createdAt: string | null; amount: number };
const fromFhir = (it: fhir.PaymentReconciliation): Input => ({
  status: it.status,
  outcome: it.outcome ?? null,
  paidOn: dayOf(it.paymentDate),
  createdAt: instantOf(it.created),
  amount: Math.max(0, it.paymentAmount.value ?? 0),
  currency: it.paymentAmount.currency ?? 'XXX', // ISO 4217 for "no currency"
});

export const paymentReconciliation = defineResource({
  type: 'PaymentReconciliation',
  table: 'insurance.remittance',
  patient: null,
  permission: { read: 'claim:read', write: 'claim:work' },
  row: Row,
  columns: (_rows, see) => sql.fragment`
    it.id, it.status, it.outcome, it.reference, it.paid_on, billing.to_major(it.amount_minor, it.currency) as amount, it.currency, it.elsewhere, it.created_at,
    (select y.code from insurance.payer y where y.id = it.payer_id) as payer_code, (select y.name from insurance.payer y where y.id = it.payer_id) as payer_name,
    (
      select json_agg(json_build_object('claimId', line.claim_id, 'amount', billing.to_major(l.amount_minor, it.currency)::text) order by l.sequence)
      from insurance.remittance_line l
      left join insurance.claim_line line on line.id = l.claim_line_id
      where l.remittance_id = it.id and ${see('l.patient_id')}
    ) as lines
  `,
  search: {
    status: token('status', { system: 'http://hl7.org/fhir/fm-status' }),
    outcome: token('outcome', { system: 'http://hl7.org/fhir/remittance-outcome' }),
    created: date('created_at'),
  },
  toFhir,
  fromFhir,
  create: (tx: Db, it: Input, { id: remittanceId }) =>
    tx.query(sql.unsafe`
      insert into insurance.remittance (id, status, outcome, paid_on, amount_minor, currency, created_at, elsewhere)
      values (${remittanceId}, ${it.status}, ${it.outcome}, ${it.paidOn}, billing.to_minor(${it.amount}::numeric, ${it.currency}), ${it.currency},
        coalesce(${it.createdAt}::timestamptz, core.now()), true)
    `),
  update: (tx: Db, remittanceId, version, it: Input) =>
    onlyElsewhere(
      tx.maybeOneFirst(sql.unsafe`
        update insurance.remittance
        set status = ${it.status}, outcome = ${it.outcome}, paid_on = ${it.paidOn}, currency = ${it.currency},
          amount_minor = billing.to_minor(${it.amount}::numeric, ${it.currency}), created_at = coalesce(${it.createdAt}::timestamptz, created_at)
        where id = ${remittanceId} and version = ${version} and elsewhere
        returning id
      `),
    ),
  instead: 'cancelled',
});
