import { sql, type Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { moveToPatient, type SplitInvoice } from '../../billing/api.ts';
import type { Claim, ClaimChange, Workflow } from '../model.ts';
import { endLines, insertDecision, linesOf } from '../queries/answers.ts';
import * as q from '../queries/claims.ts';
import { factsOf, listRules, replaceFindings } from '../queries/rules.ts';
import { changeShare, holdCoverageInForce, insertShares } from '../queries/shares.ts';
import { broken } from '../rules.ts';

const unsent: readonly Workflow[] = ['draft', 'ready', 'rejected'];

/** What billing asks while it issues an invoice. Without a coverage in force the patient owes it all. */
export const splitInvoice: SplitInvoice = async (tx, invoice) => {
  const coverage = await holdCoverageInForce(tx, invoice.patientId, invoice.zone);
  if (!coverage || coverage.currency !== invoice.currency) return 0;
  return insertShares(tx, invoice, coverage);
};

/** Safe to repeat: what a claim asks for already, no second one asks for. Null when nothing is left to ask for. */
export const buildClaim = async (tx: Db, invoiceId: string): Promise<Claim | null> => {
  const id = await q.insertClaim(tx, invoiceId);
  if (id === null) return null;
  await q.insertClaimLines(tx, id);
  const claim = await checkClaim(tx, id);
  await publish(tx, 'insurance.claim-built', id, { patientId: claim.patient.id });
  return claim;
};

/** Takes what the record says by now and asks every rule again. Draft while one is broken, else ready. */
export const checkClaim = async (tx: Db, id: string): Promise<Claim> => {
  const { workflow } = await q.holdClaim(tx, id);
  if (!unsent.includes(workflow)) throw refuse('claim_is_sent');
  if (await q.hasClinicalRecord(tx)) await q.takeDiagnoses(tx, id);
  const findings = broken(await listRules(tx), await factsOf(tx, id));
  await replaceFindings(tx, id, findings);
  const next = findings.some(({ severity }) => severity === 'error') ? 'draft' : 'ready';
  if (next !== workflow) await q.setWorkflow(tx, id, next);
  return q.getClaim(tx, id);
};

/** The claim held, at the version that the caller has read. @throws not_found, version_stale */
export const holdAt = async (tx: Db, id: string, version: number): Promise<Workflow> => {
  const held = await q.holdClaim(tx, id);
  if (held.version !== version) throw refuse('version_stale', { currentVersion: held.version });
  return held.workflow;
};

/** @throws not_found, version_stale, claim_is_sent */
export const changeClaim = async (tx: Db, id: string, version: number, it: ClaimChange): Promise<Claim> => {
  if (!unsent.includes(await holdAt(tx, id, version))) throw refuse('claim_is_sent');
  await q.changeLines(tx, id, it.lines);
  return checkClaim(tx, id);
};

/** Leaves the house when it can no longer be taken back. @throws not_found, version_stale, claim_is_sent, claim_breaks_rules */
export const submitClaim = async (tx: Db, id: string, version: number, undoSeconds: number): Promise<Claim> => {
  if (!unsent.includes(await holdAt(tx, id, version))) throw refuse('claim_is_sent');
  const { workflow, findings } = await checkClaim(tx, id);
  if (workflow !== 'ready')
    throw refuse('claim_breaks_rules', { findings: findings.filter(({ severity }) => severity === 'error') });
  await q.setWorkflow(tx, id, 'submitted', q.submittedNow(undoSeconds));
  await publish(tx, 'insurance.claim-submitted', id, await q.outgoing(tx, id));
  return q.getClaim(tx, id);
};

/** @throws not_found, claim_is_gone */
export const recallClaim = async (tx: Db, id: string, version: number): Promise<Claim> => {
  await holdAt(tx, id, version);
  if (!(await q.canRecall(tx, id))) throw refuse('claim_is_gone');
  await q.setWorkflow(tx, id, 'ready', sql.fragment`, submitted_at = null, recall_until = null`);
  await publish(tx, 'insurance.claim-recalled', id, await q.outgoing(tx, id));
  return q.getClaim(tx, id);
};

/** The payer has it. Safe to repeat; an answer that came first stays. */
export const claimArrived = async (tx: Db, id: string): Promise<void> => {
  const { workflow } = await q.holdClaim(tx, id);
  if (workflow !== 'submitted') return;
  await q.setWorkflow(tx, id, 'accepted');
  await publish(tx, 'insurance.claim-accepted', id);
};

/**
 * No payer is asked: what it would have paid is the patient's. Only as long as none has decided.
 * @throws not_found, version_stale, claim_is_sent
 */
export const cancelClaim = async (tx: Db, id: string, version: number, reason: string): Promise<Claim> => {
  if (!unsent.includes(await holdAt(tx, id, version))) throw refuse('claim_is_sent');
  for (const line of await linesOf(tx, id)) {
    const amountMinor = line.submittedMinor - line.expectedPatientMinor;
    const decision = await insertDecision(tx, line.id, 'bill-patient', reason);
    if (decision === null) continue;
    const moved = await moveToPatient(tx, { invoiceId: line.invoiceId, amountMinor, sourceId: decision });
    await changeShare(tx, line.chargeItemId, moved);
  }
  await endLines(tx, id);
  await q.setWorkflow(tx, id, 'cancelled');
  await publish(tx, 'insurance.claim-cancelled', id);
  return q.getClaim(tx, id);
};
