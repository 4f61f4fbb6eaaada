import { sql, type Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import * as q from './queries.ts';

/** The visit that an appointment became: `encounterId` of lists and calendar. */
export const linkVisit = (
  tx: Db,
  it: { appointmentId: string; patientId: string; encounterId: string },
): Promise<unknown> =>
  q.linkVisits(
    tx,
    sql.fragment`values (${it.appointmentId}::uuid, ${it.patientId}::uuid, ${it.encounterId}::uuid, null::timestamptz)`,
  );

/** False when the patient is no longer checked in: somebody took that back meanwhile. */
export const startVisit = async (tx: Db, appointmentId: string): Promise<boolean> => {
  const status = await q.lockAppointment(tx, appointmentId);
  if (status === 'booked' || status === 'pending') return false;
  await q.startVisit(tx, appointmentId);
  await publish(tx, 'scheduling.visit-started', appointmentId, {});
  return true;
};

/** An appointment that is no longer checked in has no visit. @throws visit_started */
export const withoutVisit = async (tx: Db, id: string): Promise<void> => {
  if (!(await q.unlinkVisit(tx, id))) throw refuse('visit_started');
};
