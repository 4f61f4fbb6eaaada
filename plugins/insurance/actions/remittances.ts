import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { keepCredit, takePayerPayment } from '../../billing/api.ts';
import type { NewRemittance, Remittance } from '../model.ts';
import { getPayer } from '../queries/coverages.ts';
import {
  applyToLine,
  findPromised,
  getRemittance,
  insertRemittance,
  insertRemittanceLine,
  listPromised,
} from '../queries/remittances.ts';
import { closeIfDone } from './answers.ts';

/**
 * A payer's money, line by line, into the ledger: onto the invoices where a claim promised it, the rest as credit that
 * somebody looks into. @throws remittance_posted_once, remittance_is_its_lines
 */
export const postRemittance = async (tx: Db, it: NewRemittance): Promise<Remittance> => {
  const sum = it.lines.reduce((minor, line) => minor + line.amountMinor, 0);
  if (it.amountMinor !== undefined && it.amountMinor !== sum)
    throw refuse('remittance_is_its_lines', { amountMinor: it.amountMinor, linesMinor: sum });
  await getPayer(tx, it.payerId);
  const id = await insertRemittance(tx, it);
  if (id === null) throw refuse('remittance_posted_once', { reference: it.reference });
  let sequence = 0;
  for (const line of it.lines)
    for (const part of await partsOf(tx, { ...it, ...line })) await postLine(tx, id, ++sequence, { ...it, ...part });
  await publish(tx, 'insurance.remittance-posted', id, { payerId: it.payerId });
  return getRemittance(tx, id);
};

type Line = NewRemittance['lines'][number];
type Part = Line & { sequence: number };

/** An amount for a whole claim fills its lines in their order; what is too much stays with the last of them. */
const partsOf = async (tx: Db, it: NewRemittance & Line): Promise<Part[]> => {
  const { claimReference, amountMinor } = it;
  if (it.sequence !== undefined) return [{ claimReference, amountMinor, sequence: it.sequence }];
  const open = (await listPromised(tx, it)).filter(({ leftMinor }) => leftMinor > 0);
  const parts: Part[] = [];
  let rest = amountMinor;
  for (const { sequence, leftMinor } of open) {
    const taken = Math.min(rest, leftMinor);
    if (taken > 0) parts.push({ claimReference, sequence, amountMinor: taken });
    rest -= taken;
  }
  const last = parts.at(-1);
  if (!last) return [{ claimReference, sequence: 1, amountMinor }];
  last.amountMinor += rest;
  return parts;
};

const postLine = async (tx: Db, remittanceId: string, sequence: number, it: NewRemittance & Part): Promise<void> => {
  const { claimReference, amountMinor, currency, reference } = it;
  const promised = await findPromised(tx, it);
  const lineId = await insertRemittanceLine(tx, {
    remittanceId,
    sequence,
    claimReference,
    amountMinor,
    patientId: promised?.patientId ?? null,
    claimLineId: promised?.lineId ?? null,
  });
  const wanted = Math.min(amountMinor, promised?.leftMinor ?? 0);
  if (!promised || wanted === 0) return keepCredit(tx, { amountMinor, currency, sourceId: lineId });
  const { invoiceId, claimId } = promised;
  const taken = await takePayerPayment(tx, { invoiceId, amountMinor: wanted, reference });
  await keepCredit(tx, { amountMinor: amountMinor - taken, currency, sourceId: lineId });
  await applyToLine(tx, {
    remittanceLineId: lineId,
    claimLineId: promised.lineId,
    matchedMinor: wanted,
    appliedMinor: taken,
  });
  await closeIfDone(tx, claimId);
};
