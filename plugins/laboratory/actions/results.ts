import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { recordLaboratoryResults, withholdLaboratoryResult, type LaboratoryObservation } from '../../ehr/api.ts';
import { loinc } from '../loinc.ts';
import type { Entry, LabResult, NewCorrection } from '../model/results.ts';
import type { Specimen } from '../model/specimens.ts';
import { raisedBy } from '../queries/critical.ts';
import * as q from '../queries/results.ts';
import { getSpecimen } from '../queries/specimens.ts';

/**
 * All or nothing, each result in the version that was read. What cannot have been measured is refused with its limits.
 * @throws 404, version_stale; refusal result_implausible, specimen_not_received, result_not_open
 */
export const enterResults = async (
  tx: Db,
  specimenId: string,
  entries: readonly Entry[],
  explain: (it: { display: string; lowest: string; highest: string; unit: string }) => string,
): Promise<Specimen> => {
  await receivedSpecimen(tx, specimenId);
  await performedHere(tx, entries);
  const wrong = await q.implausible(tx, entries);
  if (wrong.length > 0)
    throw refuse('result_implausible', {
      tests: wrong.map(({ display }) => display).join(', '),
      errors: wrong.map((it) => ({ path: it.id, code: 'implausible', message: explain(it) })),
    });
  const done = await q.enter(tx, specimenId, entries);
  if (done.length < entries.length) await notTaken(tx, specimenId, entries);
  await publish(tx, 'laboratory.results-entered', specimenId, { results: done });
  return getSpecimen(tx, { id: specimenId });
};

/** The second step: into the chart, to the owner of what is critical, and to whoever charges. @throws as above */
export const verifyResults = async (
  tx: Db,
  specimenId: string,
  results: readonly { id: string; version: number }[],
): Promise<Specimen> => {
  await receivedSpecimen(tx, specimenId);
  await performedHere(tx, results);
  const verified = await q.verify(tx, specimenId, results);
  if (verified.length < results.length) await notTaken(tx, specimenId, results);
  await tellChart(tx, verified, 'verified');
  return getSpecimen(tx, { id: specimenId });
};

/** Keeps what was said before, and says that it was. @throws 404, version_stale; refusal result_not_verified, result_implausible */
export const correctResult = async (tx: Db, id: string, version: number, it: NewCorrection): Promise<LabResult> => {
  const corrected = await q.correct(tx, id, version, it);
  if (corrected === null) return notInVersion(tx, id, version);
  await tellChart(tx, [corrected], 'corrected');
  return q.getResult(tx, id);
};

/** @throws 404, version_stale; refusal result_not_verified */
export const releaseResult = async (tx: Db, id: string, version: number): Promise<LabResult> => {
  const released = await q.release(tx, id, version);
  if (released === null) return notInVersion(tx, id, version);
  await withholdLaboratoryResult(tx, released.observationId, null);
  await publish(tx, 'laboratory.result-released', id, {});
  return q.getResult(tx, id);
};

/** @throws 404, version_stale; refusal result_not_verified */
export const withholdResult = async (tx: Db, id: string, version: number, reason: string): Promise<LabResult> => {
  const withheld = await q.withhold(tx, id, version, reason);
  if (withheld === null) return notInVersion(tx, id, version);
  await withholdLaboratoryResult(tx, withheld.observationId, 'infinity');
  await publish(tx, 'laboratory.result-withheld', id, {});
  return q.getResult(tx, id);
};

const receivedSpecimen = async (tx: Db, id: string): Promise<void> => {
  const { step } = await getSpecimen(tx, { id });
  if (step !== 'received') throw refuse('specimen_not_received', { step });
};

/** What another laboratory performs, that laboratory says. */
const performedHere = async (tx: Db, results: readonly { id: string }[]): Promise<void> => {
  if (
    await q.anySentOut(
      tx,
      results.map(({ id }) => id),
    )
  )
    throw refuse('result_sent_out');
};

/** Which of the results stood in the way. */
const notTaken = async (
  tx: Db,
  specimenId: string,
  asked: readonly { id: string; version: number }[],
): Promise<never> => {
  const there = new Map((await q.listVersions(tx, specimenId)).map((it) => [it.id, it]));
  if (asked.some(({ id }) => !there.has(id))) throw refuse('not_found');
  const stale = asked.filter(({ id, version }) => there.get(id)?.version !== version);
  throw stale.length > 0 ? refuse('version_stale', { results: stale.map(({ id }) => id) }) : refuse('result_not_open');
};

const notInVersion = async (tx: Db, id: string, version: number): Promise<never> => {
  const now = await q.getResult(tx, id);
  throw now.version === version ? refuse('result_not_verified') : refuse('version_stale', { version: now.version });
};

const observationOf = (it: q.Verified): LaboratoryObservation => ({
  id: it.observationId,
  status: it.status === 'withdrawn' ? 'entered-in-error' : it.corrections > 0 ? 'corrected' : 'final',
  patientId: it.patientId,
  encounterId: it.encounterId,
  code: it.code,
  display: it.display,
  value: it.value,
  unit: it.unit,
  valueText: it.valueText,
  // Answers that are LOINC's carry its code; the others are words.
  valueSystem: it.valueCode?.startsWith('LA') ? loinc : null,
  valueCode: it.valueCode?.startsWith('LA') ? it.valueCode : null,
  interpretation: it.interpretation,
  effectiveAt: it.effectiveAt,
  withheldUntil: it.withheldUntil,
});

/** Chart, events, and what the verification made complete or critical. */
export const tellChart = async (
  tx: Db,
  results: readonly q.Verified[],
  what: 'verified' | 'corrected',
): Promise<void> => {
  await recordLaboratoryResults(tx, results.map(observationOf));
  for (const it of results)
    await publish(tx, `laboratory.result-${what}`, it.id, {
      patientId: it.patientId,
      encounterId: it.encounterId,
      serviceRequestId: it.requestId,
      observationId: it.observationId,
      code: it.code,
      interpretation: it.interpretation,
      withdrawn: it.status === 'withdrawn',
    });
  for (const it of await raisedBy(
    tx,
    results.map(({ id }) => id),
  ))
    await publish(tx, 'laboratory.critical-raised', it.id, {
      patientId: it.patientId,
      ownerId: it.ownerId,
      resultId: it.resultId,
      interpretation: it.interpretation,
    });
  for (const it of await q.finishedReports(tx, [...new Set(results.map(({ requestId }) => requestId))]))
    await publish(tx, 'laboratory.report-issued', it.requestId, {
      patientId: it.patientId,
      encounterId: it.encounterId,
      reportId: it.reportId,
      status: it.status,
      code: it.code,
      chargeCode: it.chargeCode,
    });
};
