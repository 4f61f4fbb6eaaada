import { may } from '../../../core/access.ts';
import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { withoutVisit } from '../visits/actions.ts';
import { demandAlive } from './alive.ts';
import { announce } from './announce.ts';
import {
  blocks,
  mayFrom,
  mayOverride,
  type AppointmentItem,
  type AppointmentStatus,
  type Arrival,
  type Channel,
  type Move,
  type NewAppointment,
} from './model.ts';
import * as q from './queries.ts';
import { getAppointment } from './read.ts';
import { pick, pickFor, take } from './take.ts';
import { demandNoLeave, weigh } from './wish.ts';
import type { Written } from './written.ts';

/** What a door adds to the wish of whoever stands before it. */
export interface Door {
  channel?: Channel;
  /** A hold: `pending`, and over by itself then. */
  heldUntil?: string | null;
  written?: Written | undefined;
}

/**
 * `pending` takes the time too, and waits for somebody to confirm it. Without a practitioner one of the service's department is picked,
 * and so are the room and the device that the service needs: all of them or nothing.
 * @throws refusals not_found (patient), patient_deceased, permission_missing (override), those of weigh, occupancy_no_overlap with the next three free slots
 */
export const bookAppointment = async (
  db: Db,
  wanted: NewAppointment,
  id: string | null = null,
  status: 'booked' | 'pending' = 'booked',
  { channel = 'desk', heldUntil = null, written }: Door = {},
): Promise<AppointmentItem> =>
  // Runs again after a serialization failure: nothing in here may reach outside the database.
  db.transaction(async (tx) => {
    await demandAlive(tx, wanted.patientId);
    const override = overrideOf(tx, wanted.overrideReason);
    const actors = await actorsFor(tx, wanted, { channel, written });
    const booked = await q.insertAppointment(
      tx,
      {
        ...wanted,
        ...actors,
        status,
        reason: wanted.reason ?? null,
        cancellationReason: null,
        heldUntil,
        override,
      },
      id,
    );
    await take(tx, booked, { override, channel });
    await announce(tx, heldUntil !== null ? 'held' : status === 'pending' ? 'requested' : 'booked', booked);
    return getAppointment(tx, booked);
  });

export type Actors = Pick<q.AppointmentColumns, 'practitionerId' | 'locationId' | 'alsoTaken'>;

/** Null: of a group, to which many come. */
type Unpatiented = Omit<NewAppointment, 'patientId'> & { patientId: string | null };

/** Whom and what a booking would take: the wish is weighed, and what it leaves open is picked. Writes nothing. @throws as bookAppointment */
export const actorsFor = async (
  tx: Db,
  wanted: Unpatiented,
  { channel = 'desk', written }: Pick<Door, 'channel' | 'written'>,
): Promise<Actors> => {
  const deviceIds = wanted.deviceIds ?? [];
  const wish = {
    ...wanted,
    practitionerId: wanted.practitionerId ?? null,
    locationId: wanted.locationId ?? null,
    deviceIds,
  };
  const { locationId, picks } = await weigh(tx, { ...wish, channel, written });
  return picks || wish.practitionerId === null
    ? pickFor(tx, { ...wish, locationId, alsoTaken: deviceIds, channel })
    : { practitionerId: wish.practitionerId, locationId, alsoTaken: deviceIds };
};

/** @throws refusal permission_missing */
const overrideOf = (tx: Db, reason: string | undefined): q.Override | null => {
  if (reason === undefined) return null;
  if (!may(tx.actor, mayOverride) || tx.actor.id === null)
    throw refuse('permission_missing', { permission: mayOverride });
  return { by: tx.actor.id, reason };
};

/** Keeps id, reason and history. @throws as booking; version_stale, appointment_status */
export const rescheduleAppointment = (
  db: Db,
  id: string,
  version: number,
  move: Move,
  { channel = 'desk', written }: Door = {},
): Promise<AppointmentItem> =>
  db.transaction(async (tx) => {
    const before = await expect(tx, id, version, mayFrom.reschedule);
    await demandAlive(tx, before.patientId);
    const override = overrideOf(tx, move.overrideReason);
    const actors = await actorsOfMove(tx, before, move, { channel, written });
    const moved = await q.moveAppointment(tx, id, version, {
      ...actors,
      startsAt: move.startsAt,
      endsAt: move.endsAt,
      override,
    });
    if (moved === null) throw refuse('version_stale');
    await take(tx, id, { override, channel });
    await announce(tx, 'rescheduled', id, {
      previousStartsAt: before.startsAt,
      previousPractitionerId: before.practitionerId,
    });
    return getAppointment(tx, id);
  });

/** Whom and what an appointment would take at its new time. Writes nothing. @throws as weigh */
export const actorsOfMove = async (
  tx: Db,
  before: AppointmentItem,
  move: Move,
  { channel = 'desk', written }: Pick<Door, 'channel' | 'written'>,
): Promise<Actors> => {
  const practitionerId = move.practitionerId ?? before.practitionerId;
  if (!practitionerId) throw refuse('practitioner_unknown');
  const { startsAt, endsAt } = move;
  const wish = { serviceId: before.serviceId, startsAt, endsAt, practitionerId };
  // Without a wish the room is the one where the practitioner is then.
  const where = await weigh(tx, {
    ...wish,
    locationId: move.locationId ?? null,
    deviceIds: move.deviceIds ?? [],
    channel,
    written,
  });
  const alsoTaken = [
    ...before.alsoTaken.filter(({ kind }) => !move.deviceIds || kind !== 'device').map((it) => it.id),
    ...(move.deviceIds ?? []),
  ];
  // What is picked is picked anew; what the appointment has itself does not look free, and is tried when nothing else is.
  const picked =
    where.picks && before.serviceId !== null
      ? await pick(tx, { ...wish, serviceId: before.serviceId, locationId: where.locationId, deviceIds: alsoTaken })
      : null;
  const locationId =
    where.locationId ??
    picked?.locationId ??
    (practitionerId === before.practitionerId || picked ? before.locationId : null);
  return {
    practitionerId,
    locationId,
    alsoTaken: picked?.deviceId ? [...alsoTaken, picked.deviceId] : alsoTaken,
  };
};

export const cancelAppointment = (db: Db, id: string, version: number, reason: string): Promise<AppointmentItem> =>
  settle(db, id, version, { from: mayFrom.cancel, to: 'cancelled', event: 'cancelled', reason });

/** A request becomes an appointment: the patient is told now. */
export const confirmAppointment = (db: Db, id: string, version: number): Promise<AppointmentItem> =>
  settle(db, id, version, { from: mayFrom.confirm, to: 'booked', event: 'booked' });

export const markNoShow = (db: Db, id: string, version: number): Promise<AppointmentItem> =>
  settle(db, id, version, { from: mayFrom.noShow, to: 'noshow', event: 'noshow' });

/** With somebody else than was booked, when the desk says so: who is there decides, not their hours. @throws occupancy_no_overlap, practitioner_unknown */
export const checkIn = (
  db: Db,
  id: string,
  version: number,
  { practitionerId }: Arrival = {},
): Promise<AppointmentItem> =>
  practitionerId === undefined
    ? settle(db, id, version, { from: mayFrom.checkIn, to: 'checked-in', event: 'checked-in' })
    : db.transaction(async (tx) => {
        const before = await expect(tx, id, version, mayFrom.checkIn);
        if (!(await q.isPractitioner(tx, practitionerId))) throw refuse('practitioner_unknown');
        const locationId = before.startsAt === null ? null : await q.findRoomOf(tx, practitionerId, before.startsAt);
        if ((await q.arriveWith(tx, id, version, { practitionerId, locationId })) === null)
          throw refuse('version_stale');
        await take(tx, id);
        await announce(tx, 'checked-in', id, {
          previousStatus: before.status,
          previousPractitionerId: before.practitionerId,
        });
        return getAppointment(tx, id);
      });

/**
 * Takes the time again, also when it has begun: a patient who comes late is still seen. A check-in by mistake is taken back
 * as long as the visit has not started. @throws occupancy_no_overlap, appointment_outside_availability (leave), visit_started, patient_deceased
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
    if (to === 'booked') await demandAlive(tx, before.patientId);
    if ((await q.setStatus(tx, id, version, to, reason ?? null)) === null) throw refuse('version_stale');
    if (blocks(to) && !blocks(before.status)) {
      if (before.overrideReason === null) await demandNoLeave(tx, before);
      await take(tx, id);
    }
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
