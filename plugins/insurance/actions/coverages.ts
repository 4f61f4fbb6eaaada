import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { requirePatient } from '../../patients/api.ts';
import type {
  Coverage, CoverageChange, Eligibility, EligibilityAnswer, NewCoverage, NewPayer, NewPlan, Payer,
} from '../model.ts'; // prettier-ignore
import * as q from '../queries/coverages.ts';

export const addPayer = async (tx: Db, it: NewPayer): Promise<Payer> => {
  const id = await q.insertPayer(tx, it);
  await publish(tx, 'insurance.payer-changed', id);
  return q.getPayer(tx, id);
};

/** @throws not_found, version_stale */
export const changePayer = async (tx: Db, id: string, version: number, it: NewPayer): Promise<Payer> => {
  const before = await q.getPayer(tx, id);
  if ((await q.updatePayer(tx, id, version, it)) === null)
    throw refuse('version_stale', { currentVersion: before.version });
  await publish(tx, 'insurance.payer-changed', id);
  return q.getPayer(tx, id);
};

export const addPlan = async (tx: Db, it: NewPlan, currency: string): Promise<Payer> => {
  await q.getPayer(tx, it.payerId);
  const id = await q.insertPlan(tx, it, currency);
  await q.replacePlanCodes(tx, id, it.codes ?? []);
  await publish(tx, 'insurance.payer-changed', it.payerId);
  return q.getPayer(tx, it.payerId);
};

/** What invoices were split by stays as it was. @throws not_found, version_stale */
export const changePlan = async (tx: Db, id: string, version: number, it: NewPlan): Promise<Payer> => {
  const payer = await q.getPayer(tx, it.payerId);
  const before = payer.plans.find((plan) => plan.id === id);
  if (!before) throw refuse('not_found');
  if ((await q.updatePlan(tx, id, version, it)) === null)
    throw refuse('version_stale', { currentVersion: before.version });
  if (it.codes) await q.replacePlanCodes(tx, id, it.codes);
  await publish(tx, 'insurance.payer-changed', it.payerId);
  return q.getPayer(tx, it.payerId);
};

/** @throws coverage_one_in_force, not_found */
export const addCoverage = async (tx: Db, it: NewCoverage): Promise<Coverage> => {
  await requirePatient(tx, it.patientId);
  const id = await q.insertCoverage(tx, it);
  if (id === null) throw refuse('coverage_one_in_force');
  await publish(tx, 'insurance.coverage-changed', id, { patientId: it.patientId });
  return q.getCoverage(tx, id);
};

/** @throws not_found, version_stale, coverage_one_in_force */
export const changeCoverage = async (tx: Db, id: string, version: number, it: CoverageChange): Promise<Coverage> => {
  const before = await q.getCoverage(tx, id);
  if ((await q.updateCoverage(tx, id, version, it)) === null)
    throw refuse('version_stale', { currentVersion: before.version });
  await publish(tx, 'insurance.coverage-changed', id, { patientId: before.patientId });
  return q.getCoverage(tx, id);
};

/** @throws not_found, version_stale */
export const cancelCoverage = async (tx: Db, id: string, version: number): Promise<Coverage> => {
  const before = await q.getCoverage(tx, id);
  if ((await q.endCoverage(tx, id, version)) === null)
    throw refuse('version_stale', { currentVersion: before.version });
  await publish(tx, 'insurance.coverage-changed', id, { patientId: before.patientId });
  return q.getCoverage(tx, id);
};

/** Written down and told; whoever speaks to the payer answers. @throws not_found */
export const askEligibility = async (tx: Db, coverageId: string, zone: string): Promise<Eligibility> => {
  const coverage = await q.getCoverage(tx, coverageId);
  const id = await q.insertEligibilityRequest(tx, coverage, zone);
  const facts = { patientId: coverage.patientId, coverageId, payerId: coverage.payer.id };
  await publish(tx, 'insurance.eligibility-asked', id, facts);
  return q.getEligibility(tx, id);
};

/** Safe to repeat: the first answer holds. */
export const recordEligibility = async (tx: Db, requestId: string, it: EligibilityAnswer): Promise<Eligibility> => {
  if ((await q.insertEligibilityResponse(tx, requestId, it)) !== null)
    await publish(tx, 'insurance.eligibility-answered', requestId, { outcome: it.outcome, inForce: it.inForce });
  return q.getEligibility(tx, requestId);
};
