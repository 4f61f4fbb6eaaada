import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { findPractitionerOfUser } from '../../facility/api.ts';
import type { MedicationRequest, NewMedicationRequest } from '../model.ts';
import { allergyConflicts } from '../queries/allergies.ts';
import * as q from '../queries/medications.ts';
import { mayWriteFor } from './encounters.ts';

/**
 * A prescription. Recorded allergies are weighed here, whatever door it comes through.
 * @throws not_found, medication_unknown, allergy_conflict with the allergies, unless a reason to override is given
 */
export const prescribe = async (tx: Db, wanted: NewMedicationRequest): Promise<MedicationRequest> => {
  await mayWriteFor(tx, wanted);
  const medication = await q.findPrescribable(tx, wanted.medicationId);
  if (!medication) throw refuse('medication_unknown');
  const conflicts = await allergyConflicts(tx, wanted.patientId, medication);
  if (conflicts.length > 0 && wanted.overrideReason === undefined) throw refuse('allergy_conflict', { conflicts });
  const practitioner = await findPractitionerOfUser(tx, tx.actor.id);
  const id = await q.insertMedicationRequest(tx, {
    patientId: wanted.patientId,
    encounterId: wanted.encounterId ?? null,
    medication,
    dosageText: wanted.dosageText,
    quantity: wanted.quantity,
    requester: { id: practitioner?.id ?? null, name: tx.actor.displayName },
    overrideReason: conflicts.length > 0 ? (wanted.overrideReason ?? null) : null,
  });
  await tellRequest(tx, 'requested', id);
  return q.getMedicationRequest(tx, id);
};

/** @throws not_found, version_stale, medication_request_closed */
export const cancelRequest = async (
  tx: Db,
  id: string,
  version: number,
  reason: string,
): Promise<MedicationRequest> => {
  const before = await q.getMedicationRequest(tx, id);
  if (before.version !== version) throw refuse('version_stale', { version: before.version });
  if (!['active', 'on-hold', 'draft'].includes(before.status))
    throw refuse('medication_request_closed', { status: before.status });
  if ((await q.cancelMedicationRequest(tx, id, version, reason)) === null) throw refuse('version_stale');
  await tellRequest(tx, 'cancelled', id);
  return q.getMedicationRequest(tx, id);
};

export const tellRequest = async (tx: Db, what: 'requested' | 'cancelled', id: string): Promise<void> =>
  publish(tx, `ehr.medication-${what}`, id, await q.medicationRequestFacts(tx, id));
