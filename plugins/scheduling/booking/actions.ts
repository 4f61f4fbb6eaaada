import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { patientExists } from '../../patients/api.ts';
import { withoutVisit } from '../visits/actions.ts';
import { announce } from './announce.ts';
import {
  blocks,
  mayFrom,
  type AppointmentItem,
  type AppointmentStatus,
  type Move,
  type NewAppointment,
} from './model.ts';
import * as q from './queries.ts';
import { getAppointment } from './read.ts';
import { take } from './take.ts';
import { weigh } from './wish.ts';

/** `pending` takes the time too, and waits for somebody to confirm it. @throws refusals not_found (patient), practitioner_unknown, service_unknown, place_unknown, device_unknown, appointment_in_past, appointment_outside_availability, occupancy_no_overlap with the next three free slots */
export const bookAppointment = async (
  db: Db,
  wanted: NewAppointment,
  id: string | null = null,
  status: 'booked' | 'pending' = 'booked',
): Promise<AppointmentItem> =>
  // Runs again after a serialization failure: nothing in here may reach outside the database.
  db.transaction(async (tx) => {
    if (!(await patientExists(tx, wanted.patientId))) throw refuse('not_found');
    const alsoTaken = wanted.deviceIds ?? [];
    const locationId = await weigh(tx, { ...wanted, locationId: wanted.locationId ?? null, deviceIds: alsoTaken });
    const appointment = {
      ...wanted,
      locationId,
      alsoTaken,
      status,
      reason: wanted.reason ?? null,
      cancellationReason: null,
    };
    const booked = await q.insertAppointment(tx, appointment, id);
    await take(tx, booked);
    await announce(tx, status === 'pending' ? 'requested' : 'booked', booked);
    return getAppointment(tx, booked);
  });

/** Keeps id, reason and history. @throws as booking; version_stale, appointment_status */
export const rescheduleAppointment = (db: Db, id: string, version: number, move: Move): Promise<AppointmentItem> =>
  db.transaction(async (tx) => {
    const before = await expect(tx, id, version, mayFrom.reschedule);
    const practitionerId = move.practitionerId ?? before.practitionerId;
    if (!practitionerId) throw refuse('practitioner_unknown');
    // Without a wish the room is the one where the practitioner is then.
    const where = await weigh(tx, {
      serviceId: null,
      startsAt: move.startsAt,
      endsAt: move.endsAt,
      practitionerId,
      locationId: move.locationId ?? null,
      deviceIds: move.deviceIds ?? [],
    });
    const locationId = where ?? (practitionerId === before.practitionerId ? before.locationId : null);
    const moved = await q.moveAppointment(tx, id, version, {
      practitionerId,
      locationId,
      startsAt: move.startsAt,
      endsAt: move.endsAt,
      alsoTaken: [
        ...before.alsoTaken.filter(({ kind }) => !move.deviceIds || kind !== 'device').map((it) => it.id),
        ...(move.deviceIds ?? []),
      ],
    });
    if (moved === null) throw refuse('version_stale');
    await take(tx, id);
    await announce(tx, 'rescheduled', id, {
      previousStartsAt: before.startsAt,
      previousPractitionerId: before.practitionerId,
    });
    return getAppointment(tx, id);
  });

export const cancelAppointment = (db: Db, id: string, version: number, reason: string): Promise<AppointmentItem> =>
  settle(db, id, version, { from: mayFrom.cancel, to: 'cancelled', event: 'cancelled', reason });

/** A request becomes an appointment: the patient is told now. */
export const confirmAppointment = (db: Db, id: string, version: number): Promise<AppointmentItem> =>
  settle(db, id, version, { from: mayFrom.confirm, to: 'booked', event: 'booked' });

export const markNoShow = (db: Db, id: string, version: number): Promise<AppointmentItem> =>
  settle(db, id, version, { from: mayFrom.noShow, to: 'noshow', event: 'noshow' });

export const checkIn = (db: Db, id: string, version: number): Promise<AppointmentItem> =>
  settle(db, id, version, { from: mayFrom.checkIn, to: 'checked-in', event: 'checked-in' });

/**
 * Takes the time again, also when it has begun: a patient who comes late is still seen. A check-in by mistake is taken back
 * as long as the visit has not started. @throws occupancy_no_overlap, visit_started
 */
export const reinstateAppointment = (db: Db, id: string, version: number): Promise<AppointmentItem> =>
  settle(db, id, version, { from: mayFrom.reinstate, to: 'booked', event: 'reinstated' });

/** For the plugin that ends visits: nothing happens unless the appointment was still open. */
export const fulfilAppointment = (db: Db, id: string): Promise<void> =>
  db.transaction(async (tx) => {
    const before = await getAppointment(tx, id);
    if (!mayFrom.fulfil.some((status) => status === before.status)) return;
    if ((await q.setStatus(tx, id, before.version, 'fulfilled')) !== null) await announce(tx, 'fulfilled', id);
  });

interface Settling {
  from: readonly AppointmentStatus[];
  to: AppointmentStatus;
  event: string;
  reason?: string;
}
const settle = (db: Db, id: string, version: number, { from, to, event, reason }: Settling): Promise<AppointmentItem> =>
  db.transaction(async (tx) => {
    const before = await expect(tx, id, version, from);
    if ((await q.setStatus(tx, id, version, to, reason ?? null)) === null) throw refuse('version_stale');
    if (blocks(to) && !blocks(before.status)) await take(tx, id);
    if (!blocks(to) && blocks(before.status)) await q.releaseTime(tx, id);
    if (before.status === 'checked-in') await withoutVisit(tx, id);
    await announce(tx, event, id, { previousStatus: before.status });
    return getAppointment(tx, id);
  });

/** 404, then 412, then 422. */
const expect = async (
  tx: Db,
  id: string,
  version: number,
  statuses: readonly AppointmentStatus[],
): Promise<AppointmentItem> => {
  const before = await getAppointment(tx, id);
  if (before.version !== version) throw refuse('version_stale', { version: before.version });
  if (!statuses.includes(before.status)) throw refuse('appointment_status', { status: before.status });
  return before;
};
