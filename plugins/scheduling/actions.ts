import { sql, type Db } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import { refuse } from '../../core/refuse.ts';
import { findDeceased } from '../patients/api.ts';
import {
  blocks,
  mayFrom,
  type AppointmentItem,
  type AppointmentStatus,
  type Availability,
  type Move,
  type NewAppointment,
  type NewAvailability,
  type Slot,
} from './model.ts';
import * as q from './queries.ts';

/** `pending` takes the time too, and waits for somebody to confirm it. @throws refusals not_found (patient), patient_deceased, practitioner_unknown, service_unknown, place_unknown, device_unknown, appointment_in_past, appointment_outside_availability, occupancy_no_overlap with the next three free slots */
export const bookAppointment = async (
  db: Db,
  wanted: NewAppointment,
  id: string | null = null,
  status: 'booked' | 'pending' = 'booked',
): Promise<AppointmentItem> =>
  // Runs again after a serialization failure: nothing in here may reach outside the database.
  db.transaction(async (tx) => {
    await demandAlive(tx, wanted.patientId);
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
    return q.getAppointment(tx, booked);
  });

/** @throws refusals not_found, patient_deceased */
export const demandAlive = async (tx: Db, patientId: string): Promise<void> => {
  const deceased = await findDeceased(tx, patientId);
  if (deceased === null) throw refuse('not_found');
  if (deceased) throw refuse('patient_deceased');
};

/** Keeps id, reason and history. @throws as booking; version_stale, appointment_status */
export const rescheduleAppointment = (db: Db, id: string, version: number, move: Move): Promise<AppointmentItem> =>
  db.transaction(async (tx) => {
    const before = await expect(tx, id, version, mayFrom.reschedule);
    await demandAlive(tx, before.patientId);
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
    return q.getAppointment(tx, id);
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
    const before = await q.getAppointment(tx, id);
    if (!mayFrom.fulfil.some((status) => status === before.status)) return;
    if ((await q.setStatus(tx, id, before.version, 'fulfilled')) !== null) await announce(tx, 'fulfilled', id);
  });

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
    return q.getAppointment(tx, id);
  });

/** 404, then 412, then 422. */
const expect = async (
  tx: Db,
  id: string,
  version: number,
  statuses: readonly AppointmentStatus[],
): Promise<AppointmentItem> => {
  const before = await q.getAppointment(tx, id);
  if (before.version !== version) throw refuse('version_stale', { version: before.version });
  if (!statuses.includes(before.status)) throw refuse('appointment_status', { status: before.status });
  return before;
};

interface Wished {
  /** Null: nobody's working hours apply, as for a room or a device alone. */
  practitionerId: string | null;
  serviceId: string | null;
  startsAt: string;
  endsAt: string;
  locationId: string | null;
  /** Equipment of the house that is asked for by name. */
  deviceIds?: readonly string[];
}
/** The place of a wish that may be booked. */
export const weigh = async (tx: Db, wish: Wished): Promise<string | null> => {
  if (Temporal.Instant.compare(wish.startsAt, wish.endsAt) >= 0) throw refuse('appointment_ends_after_start');
  const { past, practitionerKnown, serviceKnown, placeKnown, devicesKnown, available, locationId } = await q.weighWish(
    tx,
    { deviceIds: [], ...wish },
  );
  if (past) throw refuse('appointment_in_past');
  if (wish.practitionerId !== null && !practitionerKnown) throw refuse('practitioner_unknown');
  if (!serviceKnown) throw refuse('service_unknown');
  if (!placeKnown) throw refuse('place_unknown');
  if (!devicesKnown) throw refuse('device_unknown');
  if (wish.practitionerId !== null && !available) throw refuse('appointment_outside_availability');
  return locationId;
};

/** People and places of an appointment take its time, or it is refused with the next free times. */
export const take = async (tx: Db, id: string): Promise<void> => {
  const { patientId, practitionerId, locationId, serviceId, startsAt, endsAt, alsoTaken } = await q.factsOf(tx, id);
  if (!startsAt || !endsAt) throw refuse('appointment_has_time');
  const actors = [patientId, practitionerId, locationId, ...alsoTaken];
  if (await q.takeTime(tx, { id, patientId, actors, startsAt, endsAt })) return;
  if (!practitionerId) throw refuse('occupancy_no_overlap', { next: [] });
  const room = locationId && !(await q.isUsualRoom(tx, { practitionerId, locationId })) ? locationId : null;
  const also = [patientId, room, ...alsoTaken].filter((actor) => actor !== null);
  throw refuse('occupancy_no_overlap', {
    next: await nextFree(tx, { practitionerId, serviceId, startsAt, endsAt, also }),
  });
};

/** Three free times of the same length with the same practitioner, the first ones after the wished start. */
const nextFree = async (
  tx: Db,
  wish: { practitionerId: string; serviceId: string | null; startsAt: string; endsAt: string; also: string[] },
): Promise<readonly Slot[]> => {
  const from = Temporal.Instant.from(wish.startsAt);
  return q.listSlots(tx, {
    practitionerId: wish.practitionerId,
    serviceId: wish.serviceId ?? undefined,
    length: Math.max(1, Math.round(from.until(wish.endsAt).total('minutes'))),
    from: wish.startsAt,
    to: from.add({ hours: 180 * 24 }).toString(),
    limit: 3,
    also: wish.also,
  });
};

export const announce = async (
  tx: Db,
  what: string,
  id: string,
  more: Record<string, string | null> = {},
): Promise<void> => {
  const { alsoTaken: _, status: _status, ...facts } = await q.factsOf(tx, id);
  await publish(tx, `scheduling.appointment-${what}`, id, { ...facts, ...more });
};

/** @throws refusal not_found, zone_unknown, availability_no_overlap */
export const setAvailability = async (
  tx: Db,
  practitionerId: string,
  defaultZone: string,
  wanted: NewAvailability,
): Promise<Availability> => {
  const before = await q.findAvailability(tx, practitionerId, defaultZone);
  if (!before) throw refuse('not_found');
  const zone = wanted.zone ?? before.zone;
  if (!isZone(zone)) throw refuse('zone_unknown');
  if (wanted.windows.some((it) => it.endTime <= it.startTime)) throw refuse('availability_ends_after_start');
  await q.replaceAvailability(tx, practitionerId, zone, wanted.windows);
  await publish(tx, 'scheduling.availability-changed', practitionerId, {});
  return (await q.findAvailability(tx, practitionerId, zone))!;
};

const isZone = (zone: string): boolean => {
  try {
    return /^[A-Z]/.test(zone) && Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
};
