import type { Db } from '../../core/database.ts';
import type { Event } from '../../core/plugin.ts';
import { getPractitioner } from '../facility/api.ts';
import { getAppointment } from '../scheduling/api.ts';
import { arrive, eraseArrival } from './actions/encounters.ts';
import { addDispensed, insertFill } from './queries/medications.ts';

interface CheckedIn {
  patientId: string | null;
  practitionerId: string | null;
  serviceId: string | null;
}

/** Whoever checks in has a visit that waits. The appointment has one visit, however often this is heard; imported history makes none. */
export const visitOfAppointment = async (tx: Db, event: Event<CheckedIn>): Promise<void> => {
  const { patientId, practitionerId, serviceId } = event.facts;
  if (event.origin === 'import' || !patientId) return;
  const practitioner = practitionerId ? await getPractitioner(tx, practitionerId) : null;
  const { reason, status } = await getAppointment(tx, event.subjectId);
  if (status === 'booked' || status === 'pending') return; // taken back before this was heard
  await arrive(tx, {
    patientId,
    practitionerId,
    departmentId: practitioner?.departmentId ?? null,
    serviceId,
    appointmentId: event.subjectId,
    reason,
  });
};

/** An appointment that is no longer checked in has no visit that waits. */
export const eraseVisitOfAppointment = async (
  tx: Db,
  event: Event<{ previousStatus?: string | null }>,
): Promise<void> => {
  if (event.facts.previousStatus === 'checked-in') await eraseArrival(tx, event.subjectId);
};

interface Dispensed {
  medicationRequestId: string | null;
  quantity: number;
}

/** Counts what was handed out (or, below zero, came back) on the prescription, each event once. */
export const countDispense = async (tx: Db, event: Event<Dispensed>): Promise<void> => {
  const { medicationRequestId, quantity } = event.facts;
  if (event.origin === 'import' || !medicationRequestId || quantity === 0) return;
  const isNew = await insertFill(tx, { eventId: event.id, medicationRequestId, quantity, at: event.occurredAt });
  if (isNew) await addDispensed(tx, medicationRequestId, quantity);
};
