import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { findPractitionerOfUser } from '../../facility/api.ts';
import {
  icd10cm,
  noKnownAllergy,
  type Allergy,
  type Condition,
  type NewAllergy,
  type NewCondition,
  type NewVitals,
  type Observation,
} from '../model.ts';
import * as a from '../queries/allergies.ts';
import { findIcd10, findSubstance } from '../queries/codes.ts';
import * as c from '../queries/conditions.ts';
import * as o from '../queries/observations.ts';
import { implausible, measured } from '../vitals.ts';
import { mayWriteFor } from './encounters.ts';

const practitionerOf = async (tx: Db): Promise<string | null> =>
  (await findPractitionerOfUser(tx, tx.actor.id))?.id ?? null;

/** A diagnosis of a visit, or a problem that stays. @throws not_found, code_unknown, condition_once_per_visit */
export const recordCondition = async (tx: Db, wanted: NewCondition): Promise<Condition> => {
  await mayWriteFor(tx, wanted);
  const found = await findIcd10(tx, wanted.code);
  if (!found) throw refuse('code_unknown', { code: wanted.code });
  const category = wanted.category ?? (wanted.encounterId ? 'encounter-diagnosis' : 'problem-list-item');
  const id = await c.insertCondition(tx, {
    patientId: wanted.patientId,
    encounterId: wanted.encounterId ?? null,
    code: found.code,
    display: found.display,
    category,
    recorderId: await practitionerOf(tx),
  });
  if (id === null) throw refuse('condition_once_per_visit');
  await publish(tx, 'ehr.condition-recorded', id, {
    patientId: wanted.patientId,
    encounterId: wanted.encounterId ?? null,
    system: icd10cm,
    code: found.code,
    category,
  });
  return c.getCondition(tx, id);
};

/** @throws not_found, version_stale */
export const retractCondition = async (tx: Db, id: string, version: number): Promise<Condition> => {
  const before = await c.getCondition(tx, id);
  if ((await c.retractCondition(tx, id, version)) === null) throw refuse('version_stale', { version: before.version });
  await publish(tx, 'ehr.condition-retracted', id, { patientId: before.patientId, code: before.code });
  return c.getCondition(tx, id);
};

/** One reading: a row for each thing measured, both pressures in one. @throws not_found, effective_in_future, vital_implausible with the fields */
export const recordVitals = async (
  tx: Db,
  { patientId, encounterId, effectiveAt, ...values }: NewVitals,
  explain: (field: string, limit: o.VitalLimit) => string,
): Promise<readonly Observation[]> => {
  await mayWriteFor(tx, { patientId, encounterId });
  if (effectiveAt !== undefined && (await o.isInFuture(tx, effectiveAt))) throw refuse('effective_in_future');
  const limits = await o.vitalLimits(tx, patientId, effectiveAt ?? null);
  const wrong = implausible(values, limits);
  if (wrong.length > 0)
    throw refuse('vital_implausible', {
      field: wrong[0]!.field,
      errors: wrong.map(({ field, limit }) => ({
        path: field,
        code: 'implausible',
        message: explain(field, limit),
        lowest: limit.lowest,
        highest: limit.highest,
        unit: limit.unit,
      })),
    });
  const ids = await o.insertVitals(
    tx,
    { patientId, encounterId: encounterId ?? null, at: effectiveAt ?? null, performerId: await practitionerOf(tx) },
    measured(values, limits),
  );
  const rows = await o.getObservations(tx, ids);
  for (const row of rows) {
    if (row.interpretation !== 'HH' && row.interpretation !== 'LL') continue;
    await publish(tx, 'ehr.vital-critical', row.id, {
      patientId,
      encounterId: encounterId ?? null,
      code: row.code,
      interpretation: row.interpretation,
    });
  }
  return rows;
};

/** @throws not_found, allergy_once_per_substance, allergies_recorded (no known allergy although one is recorded) */
export const recordAllergy = async (tx: Db, wanted: NewAllergy): Promise<Allergy> => {
  const { patientId } = wanted;
  await mayWriteFor(tx, { patientId });
  await a.lockAllergies(tx, patientId);
  const recorderId = await practitionerOf(tx);
  let row: a.AllergyRow;
  if (wanted.noKnownAllergies) {
    if (await a.hasAllergies(tx, patientId)) throw refuse('allergies_recorded');
    row = { patientId, ...noKnownAllergy, criticality: null, reaction: null, recorderId };
  } else {
    const { code, system, display, criticality, reaction } = wanted;
    // A name that we know gets its code, so that the same substance is the same however it was entered.
    const known =
      code === undefined
        ? await findSubstance(tx, { name: display })
        : system === undefined
          ? await findSubstance(tx, { code })
          : null;
    row = {
      patientId,
      system: system ?? known?.system ?? null,
      code: code ?? known?.code ?? null,
      display: known?.display ?? display,
      criticality: criticality ?? null,
      reaction: reaction ?? null,
      recorderId,
    };
    await a.endNoneKnown(tx, patientId);
  }
  const id = await a.insertAllergy(tx, row);
  if (id === null) throw refuse('allergy_once_per_substance');
  await publish(tx, 'ehr.allergy-recorded', id, {
    patientId,
    system: row.system,
    code: row.code,
    criticality: row.criticality,
    noneKnown: wanted.noKnownAllergies === true,
  });
  return a.getAllergy(tx, id);
};

/** @throws not_found, version_stale */
export const retractAllergy = async (tx: Db, id: string, version: number): Promise<Allergy> => {
  const before = await a.getAllergy(tx, id);
  if ((await a.retractAllergy(tx, id, version)) === null) throw refuse('version_stale', { version: before.version });
  await publish(tx, 'ehr.allergy-retracted', id, { patientId: before.patientId, code: before.code });
  return a.getAllergy(tx, id);
};
