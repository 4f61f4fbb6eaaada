import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { moveToPatient, moveToPayer, writeOffPayerPart } from '../../billing/api.ts';
import type { Claim, ClaimAnswer, Decide, LineAnswer, Workflow } from '../model.ts';
import {
  adjudicateLines, insertDecision, insertExplanation, insertReplacement, insertReplacementLines, insertResponse, isDone, linesOf, setLineState,
  type Adjudicated, type HeldLine,
} from '../queries/answers.ts'; // prettier-ignore
import { answeredNow, getClaim, holdClaim, setWorkflow } from '../queries/claims.ts';
import { changeShare } from '../queries/shares.ts';
import { checkClaim, holdAt } from './claims.ts';

const underWay: readonly Workflow[] = ['submitted', 'accepted', 'pended'];

/**
 * What the payer says of a claim. Safe to repeat: an adjudicated claim stays as it was adjudicated first.
 * @throws claim_not_under_way, claim_answer_unreadable
 */
export const recordAnswer = async (tx: Db, id: string, it: ClaimAnswer): Promise<Claim> => {
  const { workflow } = await holdClaim(tx, id);
  if (['adjudicated', 'closed'].includes(workflow)) return getClaim(tx, id);
  if (!underWay.includes(workflow)) throw refuse('claim_not_under_way');
  if (it.outcome === 'queued') {
    if (workflow !== 'pended') await insertResponse(tx, id, it);
    await setWorkflow(tx, id, 'pended', answeredNow(it));
  } else if (it.outcome === 'error') {
    await insertResponse(tx, id, it);
    await setWorkflow(tx, id, 'rejected', answeredNow(it));
  } else {
    await adjudicate(tx, id, it);
  }
  await publish(tx, 'insurance.claim-answered', id, { outcome: it.outcome });
  return getClaim(tx, id);
};

/** Every line answered, each part of it adding up, or nothing is taken: a payer's slip is not turned into money. */
const readable = (lines: readonly HeldLine[], answers: readonly LineAnswer[] | undefined): Adjudicated[] => {
  const given = new Map(answers?.map((answer) => [answer.sequence, answer]));
  if (given.size !== lines.length) throw refuse('claim_answer_unreadable', { expected: lines.length });
  return lines.map((line) => {
    const it = given.get(line.sequence);
    const whole = it && it.benefitMinor + it.copayMinor + it.deductibleMinor + it.coinsuranceMinor + it.deniedMinor;
    if (!it || whole !== line.submittedMinor) throw refuse('claim_answer_unreadable', { line: line.sequence });
    return { ...it, state: it.deniedMinor > 0 ? 'denied' : 'settled' };
  });
};

const adjudicate = async (tx: Db, id: string, it: ClaimAnswer): Promise<void> => {
  const lines = await linesOf(tx, id);
  const answers = readable(lines, it.lines);
  const response = await insertResponse(tx, id, it);
  if (response === null) return;
  await adjudicateLines(tx, response, answers);
  await insertExplanation(tx, response);
  for (const [index, line] of lines.entries()) await followPayer(tx, line, answers[index]!);
  await setWorkflow(tx, id, 'adjudicated', answeredNow(it));
  await closeIfDone(tx, id);
};

/** Where the payer sees the patient's part differently from our own split, the payer's word moves the difference. */
const followPayer = async (tx: Db, line: HeldLine, it: LineAnswer): Promise<void> => {
  const more = it.copayMinor + it.deductibleMinor + it.coinsuranceMinor - line.expectedPatientMinor;
  const part = { invoiceId: line.invoiceId, amountMinor: Math.abs(more), sourceId: line.id };
  if (more > 0) await changeShare(tx, line.chargeItemId, await moveToPatient(tx, part));
  if (more < 0) await changeShare(tx, line.chargeItemId, -(await moveToPayer(tx, part)));
};

/** @throws line_not_denied, not_found, version_stale */
export const decideLine = async (
  tx: Db,
  { id, version, sequence }: { id: string; version: number; sequence: number },
  { action, reason }: Decide,
): Promise<Claim> => {
  await holdAt(tx, id, version);
  const line = (await linesOf(tx, id)).find((each) => each.sequence === sequence);
  if (!line) throw refuse('not_found');
  if (line.state !== 'denied' && !(line.state === 'appealed' && action !== 'appeal')) throw refuse('line_not_denied');
  const decision = await insertDecision(tx, line.id, action, reason ?? null);
  if (decision === null) throw refuse('line_not_denied');
  const part = { invoiceId: line.invoiceId, amountMinor: line.deniedMinor ?? 0, sourceId: decision };
  if (action === 'bill-patient') await changeShare(tx, line.chargeItemId, await moveToPatient(tx, part));
  if (action === 'write-off') await writeOffPayerPart(tx, part);
  await setLineState(tx, line.id, action === 'appeal' ? 'appealed' : 'resolved');
  await publish(tx, 'insurance.line-decided', id, { sequence, action });
  await closeIfDone(tx, id);
  return getClaim(tx, id);
};

/**
 * The denied lines on a new claim that names the payer's number of this one; mended there and submitted like any other.
 * @throws line_not_denied, claim_without_payer_reference, not_found, version_stale
 */
export const resubmitClaim = async (tx: Db, id: string, version: number): Promise<Claim> => {
  await holdAt(tx, id, version);
  const denied = (await linesOf(tx, id)).filter(({ state }) => state === 'denied' || state === 'appealed');
  if (denied.length === 0) throw refuse('line_not_denied');
  if ((await getClaim(tx, id)).payerReference === null) throw refuse('claim_without_payer_reference');
  const replacement = await insertReplacement(tx, id);
  for (const line of denied) {
    await insertDecision(tx, line.id, 'resubmit', null);
    await setLineState(tx, line.id, 'resubmitted');
  }
  await insertReplacementLines(
    tx,
    replacement,
    denied.map((line) => line.id),
  );
  await closeIfDone(tx, id);
  await publish(tx, 'insurance.claim-built', replacement, { replaces: id });
  return checkClaim(tx, replacement);
};

export const closeIfDone = async (tx: Db, id: string): Promise<void> => {
  if (!(await isDone(tx, id))) return;
  await setWorkflow(tx, id, 'closed');
  await publish(tx, 'insurance.claim-closed', id);
};
