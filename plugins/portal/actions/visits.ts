import { hospitalNow } from '../../../core/clock.ts';
import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { getSetting } from '../../../core/settings.ts';
import { bookAppointment, cancelAppointment, rescheduleAppointment, type Written } from '../../scheduling/api.ts';
import { Rules, type NewBooking, type Rebooking, type Visit } from '../model.ts';
import * as q from '../queries/visits.ts';
import type { Self } from '../self.ts';

export const getRules = async (db: Db): Promise<Rules> => (await getSetting(db, 'portal.rules', Rules)).value;

/** @throws refusal portal_rules_service, which names the field that holds what is no service of the hospital */
export const knowServices = async (tx: Db, { services, approval }: Rules): Promise<void> => {
  for (const [field, ids] of Object.entries({ services: services ?? [], approval }))
    if (!(await q.areServices(tx, ids))) throw refuse('portal_rules_service', { field });
};

/** When the first and the last time to be booked may begin. */
export const bounds = async (
  db: Db,
  { leadHours, horizonDays }: Rules,
): Promise<{ earliest: string; latest: string }> => {
  const now = Temporal.Instant.from(await hospitalNow(db));
  return {
    earliest: now.add({ hours: leadHours }).toString(),
    latest: now.add({ hours: horizonDays * 24 }).toString(),
  };
};

/** @throws refusals portal_service, portal_too_soon, portal_too_far */
export const weigh = async (
  tx: Db,
  rules: Rules,
  { serviceId, startsAt, endsAt }: { serviceId: string; startsAt: string; endsAt: string },
): Promise<void> => {
  const offered = await q.listServices(tx, rules);
  if (!offered.some(({ id }) => id === serviceId)) throw refuse('portal_service');
  const { minutes, leadMinutes, aheadDays } = await q.spanOf(tx, serviceId, startsAt);
  // Nobody books half a day: the service says how long it takes.
  if (Temporal.Instant.from(startsAt).until(endsAt).total('minutes') !== minutes) throw refuse('portal_service');
  if (leadMinutes < rules.leadHours * 60) throw refuse('portal_too_soon', { hours: rules.leadHours });
  if (aheadDays > rules.horizonDays) throw refuse('portal_too_far', { days: rules.horizonDays });
};

/** For the patient of the session. @throws as weigh and bookAppointment; portal_bookings_limited */
export const book = async (tx: Db, self: Self, wanted: NewBooking, written: Written): Promise<{ id: string }> => {
  const rules = await getRules(tx);
  await weigh(tx, rules, wanted);
  await q.lockBookings(tx, self.patientId);
  if ((await q.countOpenBookings(tx, self.patientId)) >= rules.openBookings)
    throw refuse('portal_bookings_limited', { count: rules.openBookings });
  const { serviceId, practitionerId, startsAt, endsAt, reason = null } = wanted;
  const booked = await bookAppointment(
    tx,
    { patientId: self.patientId, serviceId, practitionerId, startsAt, endsAt, reason },
    null,
    rules.approval.includes(serviceId) ? 'pending' : 'booked',
    { channel: 'portal', written },
  );
  await q.insertBooking(tx, { appointmentId: booked.id, patientId: self.patientId, userId: self.userId });
  return booked;
};

/** `visit` was read as the patient. @throws refusal portal_too_late; as rescheduleAppointment */
export const move = async (tx: Db, visit: Visit, version: number, to: Rebooking, written: Written): Promise<void> => {
  const rules = await getRules(tx);
  if (!visit.mayChange || visit.serviceId === null) throw refuse('portal_too_late', { hours: rules.cancelHours });
  await weigh(tx, rules, { serviceId: visit.serviceId, startsAt: to.startsAt, endsAt: to.endsAt });
  await rescheduleAppointment(tx, visit.id, version, to, { channel: 'portal', written });
};

/** `visit` was read as the patient. @throws refusal portal_too_late; as cancelAppointment */
export const cancel = async (tx: Db, visit: Visit, version: number, reason: string): Promise<void> => {
  if (!visit.mayChange) throw refuse('portal_too_late', { hours: (await getRules(tx)).cancelHours });
  await cancelAppointment(tx, visit.id, version, reason);
};
