import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { findPractitionerOfUser, getPractitioner } from '../../facility/api.ts';
import { requirePatient } from '../../patients/api.ts';
import { fulfilAppointment, linkVisit, startVisit } from '../../scheduling/api.ts';
import type { Encounter, NewEncounter } from '../model.ts';
import * as q from '../queries/encounters.ts';
import type { EncounterRow } from '../queries/encounters.ts';

const tell = async (
  tx: Db,
  what: 'arrived' | 'started' | 'finished' | 'cancelled' | 'erased',
  id: string,
): Promise<void> => publish(tx, `ehr.encounter-${what}`, id, await q.encounterFacts(tx, id));

/** Null when the appointment has its visit already. */
export const arrive = async (tx: Db, it: EncounterRow): Promise<string | null> => {
  const id = await q.insertArrival(tx, it);
  if (id === null) return null;
  if (it.appointmentId)
    await linkVisit(tx, { appointmentId: it.appointmentId, patientId: it.patientId, encounterId: id });
  await tell(tx, 'arrived', id);
  return id;
};

/** Somebody was checked in by mistake. */
export const eraseArrival = async (tx: Db, appointmentId: string): Promise<void> => {
  const id = await q.eraseArrival(tx, appointmentId);
  if (id !== null) await tell(tx, 'erased', id);
};

/** Somebody who came without an appointment. */
export const walkIn = async (tx: Db, wanted: NewEncounter): Promise<string> => {
  await requirePatient(tx, wanted.patientId);
  const practitioner = await getPractitioner(tx, wanted.practitionerId);
  const id = await arrive(tx, {
    patientId: wanted.patientId,
    practitionerId: practitioner.id,
    departmentId: practitioner.departmentId,
    serviceId: null,
    appointmentId: null,
    reason: wanted.reason ?? null,
  });
  return id!;
};

/** 404, then 412, then 409. */
const expect = async (
  tx: Db,
  id: string,
  version: number,
  statuses: readonly Encounter['status'][],
  refusal: string,
): Promise<Encounter> => {
  const before = await q.getEncounter(tx, id);
  if (before.version !== version) throw refuse('version_stale', { version: before.version });
  if (!statuses.includes(before.status)) throw refuse(refusal, { status: before.status });
  return before;
};
const stale = (updated: string | null): void => {
  if (updated === null) throw refuse('version_stale');
};

/** A visit without a practitioner becomes that of whoever starts it. @throws version_stale, encounter_not_waiting */
export const start = async (tx: Db, id: string, version: number): Promise<void> => {
  const before = await expect(tx, id, version, ['planned', 'arrived', 'triaged', 'onleave'], 'encounter_not_waiting');
  const mine = before.practitionerId === null ? await findPractitionerOfUser(tx, tx.actor.id) : null;
  if (before.appointmentId && !(await startVisit(tx, before.appointmentId))) throw refuse('encounter_not_waiting');
  stale(await q.startEncounter(tx, id, version, mine?.id ?? null));
  await tell(tx, 'started', id);
};

/** @throws version_stale, encounter_not_under_way */
export const finish = async (tx: Db, id: string, version: number): Promise<void> => {
  const before = await expect(tx, id, version, ['in-progress'], 'encounter_not_under_way');
  stale(await q.finishEncounter(tx, id, version));
  if (before.appointmentId) await fulfilAppointment(tx, before.appointmentId);
  await tell(tx, 'finished', id);
};

/** The patient left before being seen. @throws version_stale, encounter_not_waiting */
export const cancel = async (tx: Db, id: string, version: number, reason: string | null): Promise<void> => {
  await expect(tx, id, version, ['planned', 'arrived', 'triaged'], 'encounter_not_waiting');
  stale(await q.cancelEncounter(tx, id, version, reason));
  await tell(tx, 'cancelled', id);
};

/**
 * Whatever is written belongs to a patient that this person may see, and to a visit of the same patient.
 * @throws not_found, encounter_of_other_patient
 */
export const mayWriteFor = async (
  tx: Db,
  { patientId, encounterId }: { patientId: string; encounterId?: string | undefined },
): Promise<void> => {
  await requirePatient(tx, patientId);
  if (encounterId === undefined) return;
  const owner = await q.patientOfEncounter(tx, encounterId);
  if (owner === null) throw refuse('not_found');
  if (owner !== patientId) throw refuse('encounter_of_other_patient');
};
