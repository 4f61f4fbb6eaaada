import type { Db } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import { Refusal, refuse } from '../../core/refuse.ts';
import { requirePatient } from '../patients/api.ts';
import {
  accountOf,
  type Charge,
  type Invoice,
  type NewInvoice,
  type NewPayment,
  type NewPrice,
  type Payment,
  type Price,
} from './model.ts';
import { payerTakesOn, type SplitInvoice } from './payer.ts';
import {
  abortCharge,
  addToPaid,
  closePrice,
  getInvoice,
  insertCharge,
  insertInvoice,
  insertPayment,
  insertPosting,
  insertPrice,
  lockBillable,
  markBilled,
  priceWaiting,
} from './queries.ts';

/** Once for each source, however often it is told. */
export const charge = async (tx: Db, it: Charge): Promise<void> => {
  const id = await insertCharge(tx, it);
  if (id !== null)
    await publish(tx, 'billing.charge-item-added', id, { patientId: it.patientId, encounterId: it.encounterId });
};

/** What was charged for this source is not owed after all, unless it is on an invoice. */
export const withdrawCharge = async (tx: Db, by: { source: string; sourceId: string }): Promise<void> => {
  const withdrawn = await abortCharge(tx, by);
  if (withdrawn !== null)
    await publish(tx, 'billing.charge-item-withdrawn', withdrawn.id, {
      patientId: withdrawn.patientId,
      encounterId: withdrawn.encounterId,
    });
};

/**
 * One invoice with everything that is billable of the patient, or of one encounter.
 * @throws refusal invoice_nothing_to_bill, charge_needs_price; 404 for a patient that is not there
 */
export const issueInvoice = async (
  tx: Db,
  wanted: NewInvoice,
  { splits, zone }: { splits: readonly SplitInvoice[]; zone: string },
): Promise<Invoice> => {
  await requirePatient(tx, wanted.patientId);
  const items = await lockBillable(tx, wanted);
  const unpriced = [...new Set(items.filter((it) => it.amountMinor === null).map((it) => it.display))];
  if (unpriced.length > 0)
    throw refuse('charge_needs_price', {
      codes: unpriced.join(', '),
      chargeItemIds: items.filter((it) => it.amountMinor === null).map((it) => it.id),
    });
  const currency = items[0]?.currency;
  if (!currency) throw refuse('invoice_nothing_to_bill');
  // A hospital that has changed its currency bills the old charges on an invoice of their own.
  const lines = items.filter((it) => it.currency === currency);
  const totalMinor = lines.reduce((sum, it) => sum + (it.amountMinor ?? 0), 0);
  const id = await insertInvoice(tx, {
    patientId: wanted.patientId,
    encounterId: wanted.encounterId ?? null,
    totalMinor,
    currency,
  });
  await markBilled(
    tx,
    id,
    lines.map((it) => it.id),
  );
  if (totalMinor > 0)
    await insertPosting(tx, {
      debit: 'receivable',
      credit: 'revenue',
      amountMinor: totalMinor,
      currency,
      source: 'invoice',
      sourceId: id,
    });
  const billed = { id, patientId: wanted.patientId, encounterId: wanted.encounterId ?? null, currency, zone, lines };
  for (const split of splits) await payerTakesOn(tx, billed, await split(tx, billed));
  await publish(tx, 'billing.invoice-issued', id, { patientId: wanted.patientId, totalMinor, currency });
  return getInvoice(tx, id);
};

/** @throws refusal payment_exceeds_open, payment_tendered_short; 404 for an invoice that is not there */
export const takePayment = async (
  tx: Db,
  wanted: NewPayment & { reference?: string },
): Promise<{ payment: Payment; invoice: Invoice }> => {
  if (wanted.tenderedMinor !== undefined && wanted.tenderedMinor < wanted.amountMinor)
    throw refuse('payment_tendered_short');
  const paid = await addToPaid(tx, wanted.invoiceId, wanted.amountMinor);
  if (paid === null) {
    const { openMinor, currency } = await getInvoice(tx, wanted.invoiceId);
    throw refuse('payment_exceeds_open', { openMinor, currency });
  }
  const payment = await insertPayment(tx, { ...wanted, ...paid });
  const { amountMinor } = wanted;
  await insertPosting(tx, {
    debit: accountOf[wanted.method],
    credit: 'receivable',
    amountMinor,
    currency: paid.currency,
    source: 'payment',
    sourceId: payment.id,
  });
  const facts = { patientId: paid.patientId, amountMinor, currency: paid.currency, method: wanted.method };
  await publish(tx, 'billing.payment-taken', wanted.invoiceId, facts);
  if (paid.status === 'balanced')
    await publish(tx, 'billing.invoice-balanced', wanted.invoiceId, { patientId: paid.patientId });
  return { payment, invoice: await getInvoice(tx, wanted.invoiceId) };
};

/**
 * What a payment provider reports, by its reference. Null when the invoice is no longer open for all of it: then nothing is
 * taken, for a part of it here and a part back would be two things to explain.
 */
export const takeOnlinePayment = async (
  tx: Db,
  it: { invoiceId: string; amountMinor: number; currency: string; reference: string },
): Promise<Payment | null> => {
  const { openMinor, currency, status } = await getInvoice(tx, it.invoiceId);
  if (status !== 'issued' || currency !== it.currency || openMinor < it.amountMinor) return null;
  return tx
    .savepoint(async (inner) => (await takePayment(inner, { ...it, method: 'online' })).payment)
    .catch((error: unknown) => {
      // Somebody at the till was quicker.
      if (error instanceof Refusal && error.refusal === 'payment_exceeds_open') return null;
      throw error;
    });
};

/** From now on; what was charged before keeps its price, what waited for one gets this. */
export const setPrice = async (tx: Db, code: string, wanted: NewPrice, hospitalCurrency: string): Promise<Price> => {
  if (wanted.currency !== hospitalCurrency) throw refuse('price_other_currency', { currency: hospitalCurrency });
  await closePrice(tx, code);
  const price = await insertPrice(tx, code, wanted);
  const priced = await priceWaiting(tx, price);
  await publish(tx, 'billing.price-set', price.id, {
    code,
    unitPrice: price.unitPrice,
    currency: price.currency,
    chargeItems: priced.length,
  });
  return price;
};
