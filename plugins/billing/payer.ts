import type { Db } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import {
  addToPayerPaid,
  addToWrittenOff,
  handBack,
  insertPayment,
  insertPosting,
  takeOn,
  type Billable,
} from './queries.ts';

/** The place where a plugin says what of a new invoice somebody else than the patient pays. */
export const splitInvoicePlace = 'billing.split-invoice';

export interface Billed {
  id: string;
  patientId: string;
  encounterId: string | null;
  currency: string;
  /** The hospital's, for what happens on a day. */
  zone: string;
  lines: readonly Billable[];
}
/** In the invoice's transaction: gives the payer's part of it, in minor units; at most the total. */
export type SplitInvoice = (tx: Db, invoice: Billed) => Promise<number>;

/** What an act of a payer's is posted for: its id makes it happen once. */
interface Part {
  invoiceId: string;
  amountMinor: number;
  sourceId: string;
}

export const payerTakesOn = async (tx: Db, { id, currency }: Billed, amountMinor: number): Promise<void> => {
  if (amountMinor <= 0) return;
  const { changedMinor } = await takeOn(tx, id, amountMinor);
  await insertPosting(tx, {
    debit: 'payer-receivable',
    credit: 'receivable',
    amountMinor: changedMinor,
    currency,
    source: 'payer-share',
    sourceId: id,
  });
};

/** Of what the payer owes, this much becomes the patient's. Gives how much it was: no more than the payer still owed. */
export const moveToPatient = async (tx: Db, { invoiceId, amountMinor, sourceId }: Part): Promise<number> => {
  const { changedMinor, currency, patientId } = await handBack(tx, invoiceId, amountMinor);
  if (changedMinor === 0) return 0;
  const posting = { amountMinor: changedMinor, currency, sourceId } as const;
  await insertPosting(tx, { debit: 'receivable', credit: 'payer-receivable', source: 'payer-to-patient', ...posting });
  await publish(tx, 'billing.payer-part-changed', invoiceId, { patientId, amountMinor: -changedMinor });
  return changedMinor;
};

/** Of what the patient owes, this much becomes the payer's. Gives how much it was: what is paid already stays paid. */
export const moveToPayer = async (tx: Db, { invoiceId, amountMinor, sourceId }: Part): Promise<number> => {
  const { changedMinor, currency, patientId } = await takeOn(tx, invoiceId, amountMinor);
  if (changedMinor === 0) return 0;
  const posting = { amountMinor: changedMinor, currency, sourceId } as const;
  await insertPosting(tx, { debit: 'payer-receivable', credit: 'receivable', source: 'patient-to-payer', ...posting });
  await publish(tx, 'billing.payer-part-changed', invoiceId, { patientId, amountMinor: changedMinor });
  return changedMinor;
};

/** Nobody will pay this much of the payer's part. Gives how much it was. */
export const writeOffPayerPart = async (tx: Db, { invoiceId, amountMinor, sourceId }: Part): Promise<number> => {
  const { changedMinor, currency, patientId, status } = await addToWrittenOff(tx, invoiceId, amountMinor);
  if (changedMinor === 0) return 0;
  const posting = { amountMinor: changedMinor, currency, sourceId } as const;
  await insertPosting(tx, { debit: 'write-off', credit: 'payer-receivable', source: 'write-off', ...posting });
  if (status === 'balanced') await publish(tx, 'billing.invoice-balanced', invoiceId, { patientId });
  return changedMinor;
};

/** A payer's money for one invoice. Gives what the invoice took: no more than the payer still owed. */
export const takePayerPayment = async (
  tx: Db,
  { invoiceId, amountMinor, reference }: { invoiceId: string; amountMinor: number; reference: string },
): Promise<number> => {
  const { changedMinor, currency, patientId, status } = await addToPayerPaid(tx, invoiceId, amountMinor);
  if (changedMinor === 0) return 0;
  const payment = await insertPayment(tx, {
    invoiceId,
    method: 'transfer',
    issuer: 'payer',
    amountMinor: changedMinor,
    reference,
    patientId,
    currency,
  });
  const posting = { amountMinor: changedMinor, currency, sourceId: payment.id } as const;
  await insertPosting(tx, { debit: 'bank', credit: 'payer-receivable', source: 'payment', ...posting });
  await publish(tx, 'billing.payer-payment-taken', invoiceId, { patientId, amountMinor: changedMinor, currency });
  if (status === 'balanced') await publish(tx, 'billing.invoice-balanced', invoiceId, { patientId });
  return changedMinor;
};

/** Money of a payer's that belongs to no invoice here yet. */
export const keepCredit = async (
  tx: Db,
  it: { amountMinor: number; currency: string; sourceId: string },
): Promise<void> => {
  if (it.amountMinor > 0) await insertPosting(tx, { debit: 'bank', credit: 'credit', source: 'unapplied', ...it });
};
