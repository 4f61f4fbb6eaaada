import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { bookHeld, holdTime, joinWaitlist, type Written } from '../../scheduling/api.ts';
import type { NewHold, NewWish } from '../model.ts';
import * as q from '../queries/visits.ts';
import type { Self } from '../self.ts';
import { getRules, weigh } from './visits.ts';

/** How many times somebody may keep at once while they make up their mind. */
const fewHolds = 3;

/** For the patient of the session. @throws as weigh and bookAppointment; portal_bookings_limited */
export const hold = async (tx: Db, self: Self, wanted: NewHold, written: Written): Promise<{ id: string }> => {
  await weigh(tx, await getRules(tx), wanted);
  await q.lockBookings(tx, self.patientId);
  if ((await q.countHolds(tx, self.patientId)) >= fewHolds)
    throw refuse('portal_bookings_limited', { count: fewHolds });
  return holdTime(tx, { ...wanted, patientId: self.patientId }, { channel: 'portal', written });
};

/** The kept time becomes a visit. @throws refusals hold_expired, portal_bookings_limited */
export const bookKept = async (tx: Db, self: Self, id: string, reason: string | null): Promise<void> => {
  const rules = await getRules(tx);
  await q.lockBookings(tx, self.patientId);
  if ((await q.countOpenBookings(tx, self.patientId)) >= rules.openBookings)
    throw refuse('portal_bookings_limited', { count: rules.openBookings });
  await bookHeld(tx, id, { patientId: self.patientId, reason }, (serviceId) =>
    rules.approval.includes(serviceId) ? 'pending' : 'booked',
  );
  await q.insertBooking(tx, { appointmentId: id, patientId: self.patientId, userId: self.userId });
};

/** For the patient of the session; how urgent it is, the hospital says. @throws refusal portal_service; as joinWaitlist */
export const join = async (tx: Db, self: Self, wanted: NewWish): Promise<{ id: string }> => {
  const rules = await getRules(tx);
  const offered = await q.listServices(tx, rules);
  if (!offered.some(({ id }) => id === wanted.serviceId)) throw refuse('portal_service');
  return joinWaitlist(tx, {
    ...wanted,
    patientId: self.patientId,
    locationId: null,
    noticeMinutes: Math.max(60, rules.leadHours * 60),
    priority: 'routine',
    reason: null,
  });
};
