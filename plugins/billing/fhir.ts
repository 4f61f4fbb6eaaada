import { z } from 'zod';
import { sql, type Db } from '../../core/database.ts';
import { refuse } from '../../core/refuse.ts';
import { date, decimal, defineResource, number, reference, token, type fhir, type Refs } from '../../fhir/resource.ts';
import { chargeItemStatus, invoiceStatus } from './model.ts';

// What is billed here is made by visits, dispenses and the till, and can be read. What another system has billed is written
// down as it was sent: nothing is owed for it here, and it is not in the ledger.

const id = z.uuid();
const text = z.string().nullable();

/** The number that people read on the paper. */
export const invoiceNumberSystem = 'urn:openward:invoice-number';

const refTo = (type: string, target: string | null): fhir.Reference | undefined =>
  target === null ? undefined : { reference: `${type}/${target}` };
const money = (value: string | null, currency: string | null): fhir.Money | undefined =>
  value === null ? undefined : { value: decimal(value), currency: (currency ?? undefined) as fhir.Money['currency'] };

/** A date may be a year only; the column takes its beginning, and what was sent is kept beside it. */
const instantOf = (written: string | undefined): string | null =>
  written === undefined
    ? null
    : written.includes('T')
      ? written
      : `${written}${'-01-01'.slice(written.length - 4)}T00:00:00Z`;

// -- ChargeItem ---------------------------------------------------------------------------------------------------------

const Charged = z.strictObject({
  id, status: z.enum(chargeItemStatus), patientId: id, encounterId: id.nullable(), code: z.string(), display: z.string(), quantity: z.int(),
  amount: text, currency: text, occurredAt: z.string(), source: z.string(), sourceId: id,
}); // prettier-ignore
type Charged = z.infer<typeof Charged>;

const chargeToFhir = (it: Charged): fhir.ChargeItem => {
  const head = {
    resourceType: 'ChargeItem' as const,
    id: it.id,
    status: it.status,
    code: { coding: [{ code: it.code, display: it.display }], text: it.display },
    subject: { reference: `Patient/${it.patientId}` },
    context: refTo('Encounter', it.encounterId),
  };
  if (it.source === 'elsewhere') return head;
  return {
    ...head,
    occurrenceDateTime: it.occurredAt,
    quantity: { value: it.quantity },
    priceOverride: money(it.amount, it.currency),
    service:
      it.source === 'pharmacy.medication-dispensed' ? [{ reference: `MedicationDispense/${it.sourceId}` }] : undefined,
  };
};

type ChargedInput = Pick<Charged, 'status' | 'patientId' | 'encounterId' | 'code' | 'display'> & {
  occurredAt: string | null;
};

const chargeFromFhir = (it: fhir.ChargeItem, refs: Refs): ChargedInput => {
  const coding = it.code.coding?.find(({ code }) => code !== undefined);
  return {
    status: it.status,
    patientId: refs.id(it.subject, 'Patient', 'subject'),
    encounterId: refs.find(it.context, 'Encounter'),
    code: (coding?.code ?? 'other').slice(0, 80),
    display: coding?.display ?? it.code.text ?? coding?.code ?? '',
    occurredAt: instantOf(it.occurrenceDateTime ?? it.occurrencePeriod?.start ?? it.enteredDate),
  };
};

export const chargeItem = defineResource({
  type: 'ChargeItem',
  table: 'billing.charge_item',
  patient: 'patient_id',
  permission: { read: 'charge:read', write: 'invoice:write' },
  row: Charged,
  columns: sql.fragment`
    it.id, it.status, it.patient_id, it.encounter_id, it.code, it.display, it.quantity, billing.to_major(it.amount_minor, it.currency) as amount,
    it.currency, it.occurred_at, it.source, it.source_id
  `,
  search: {
    patient: reference('patient_id', ['Patient']),
    subject: reference('patient_id', ['Patient']),
    context: reference('encounter_id', ['Encounter']),
    code: token('code', { text: 'display' }),
    occurrence: date('occurred_at'),
    'price-override': number(sql.fragment`billing.to_major(it.amount_minor, it.currency)`, { unit: 'currency' }),
    quantity: number('quantity'),
  },
  toFhir: chargeToFhir,
  fromFhir: chargeFromFhir,
  create: (tx: Db, it: ChargedInput, { id: chargeItemId }) =>
    tx.query(sql.unsafe`
      insert into billing.charge_item (id, status, patient_id, encounter_id, code, display, occurred_at, source, source_id)
      values (${chargeItemId}, ${it.status}, ${it.patientId}, ${it.encounterId}, ${it.code}, ${it.display}, coalesce(${it.occurredAt}::timestamptz, core.now()),
        'elsewhere', ${chargeItemId})
    `),
  update: (tx: Db, chargeItemId, version, it: ChargedInput) =>
    onlyElsewhere(
      tx.maybeOneFirst(sql.unsafe`
      -- held by its parent
      update billing.charge_item
      set status = ${it.status}, patient_id = ${it.patientId}, encounter_id = ${it.encounterId}, code = ${it.code}, display = ${it.display},
        occurred_at = coalesce(${it.occurredAt}::timestamptz, occurred_at)
      where id = ${chargeItemId} and version = ${version} and source = 'elsewhere'
      returning id
    `),
    ),
  instead: 'entered-in-error',
});

// -- Invoice ------------------------------------------------------------------------------------------------------------

const Billed = z.strictObject({
  id, number: text, status: z.enum(invoiceStatus), patientId: id, issuedAt: z.string(), total: z.string(), currency: z.string(), elsewhere: z.boolean(),
  lines: z.array(z.strictObject({ id, amount: text })).nullable(),
}); // prettier-ignore
type Billed = z.infer<typeof Billed>;

const invoiceToFhir = (it: Billed): fhir.Invoice => {
  const head = {
    resourceType: 'Invoice' as const,
    id: it.id,
    status: it.status,
    subject: { reference: `Patient/${it.patientId}` },
  };
  if (it.elsewhere) return head;
  return {
    ...head,
    identifier: it.number === null ? undefined : [{ system: invoiceNumberSystem, value: it.number }],
    date: it.issuedAt,
    lineItem: it.lines?.map((line, n) => ({
      sequence: n + 1,
      chargeItemReference: { reference: `ChargeItem/${line.id}` },
      priceComponent: [{ type: 'base', amount: money(line.amount, it.currency) }],
    })),
    totalGross: money(it.total, it.currency),
  };
};

type BilledInput = Pick<Billed, 'status' | 'patientId'> & { issuedAt: string | null; total: number; currency: string };

const invoiceFromFhir = (it: fhir.Invoice, refs: Refs): BilledInput => ({
  status: it.status,
  patientId: refs.id(it.subject, 'Patient', 'subject'),
  issuedAt: instantOf(it.date),
  total: Math.max(0, it.totalGross?.value ?? it.totalNet?.value ?? 0),
  currency: it.totalGross?.currency ?? it.totalNet?.currency ?? 'XXX', // ISO 4217 for "no currency"
});

export const invoice = defineResource({
  type: 'Invoice',
  table: 'billing.invoice',
  patient: 'patient_id',
  permission: { read: 'invoice:read', write: 'invoice:write' },
  row: Billed,
  columns: sql.fragment`
    it.id, it.number, it.status, it.patient_id, it.issued_at, billing.to_major(it.total_minor, it.currency) as total, it.currency, it.elsewhere, (
      select json_agg(json_build_object('id', line.id, 'amount', billing.to_major(line.amount_minor, line.currency)::text) order by line.occurred_at, line.id)
      from billing.charge_item line where line.invoice_id = it.id
    ) as lines
  `,
  search: {
    patient: reference('patient_id', ['Patient']),
    subject: reference('patient_id', ['Patient']),
    status: token('status', { system: 'http://hl7.org/fhir/invoice-status' }),
    date: date('issued_at'),
    identifier: token('number', { system: invoiceNumberSystem }),
    totalgross: number(sql.fragment`billing.to_major(it.total_minor, it.currency)`, { unit: 'currency' }),
  },
  toFhir: invoiceToFhir,
  fromFhir: invoiceFromFhir,
  create: (tx: Db, it: BilledInput, { id: invoiceId }) =>
    tx.query(sql.unsafe`
      insert into billing.invoice (id, status, patient_id, issued_at, total_minor, currency, elsewhere)
      values (${invoiceId}, ${it.status}, ${it.patientId}, coalesce(${it.issuedAt}::timestamptz, core.now()), billing.to_minor(${it.total}::numeric, ${it.currency}),
        ${it.currency}, true)
    `),
  update: (tx: Db, invoiceId, version, it: BilledInput) =>
    onlyElsewhere(
      tx.maybeOneFirst(sql.unsafe`
      -- held by its parent
      update billing.invoice
      set status = ${it.status}, patient_id = ${it.patientId}, issued_at = coalesce(${it.issuedAt}::timestamptz, issued_at),
        total_minor = billing.to_minor(${it.total}::numeric, ${it.currency}), currency = ${it.currency}
      where id = ${invoiceId} and version = ${version} and elsewhere
      returning id
    `),
    ),
  instead: 'entered-in-error',
});

/** What was billed here changes at the till and nowhere else. @throws billed_here */
const onlyElsewhere = async (updated: Promise<unknown>): Promise<void> => {
  if ((await updated) === null) throw refuse('billed_here');
};
