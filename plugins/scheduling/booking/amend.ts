import { hospitalNow } from '../../../core/clock.ts';
import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { findServiceByCode, type Code } from '../fhir/service-type.ts';
import { withoutVisit } from '../visits/actions.ts';
import { demandAlive } from './alive.ts';
import { announce } from './announce.ts';
import { blocks, type AppointmentStatus } from './model.ts';
import * as q from './queries.ts';
import { pickFor, take } from './take.ts';
import { weigh } from './wish.ts';

/** An appointment as other systems say it: any status, any of R4's actors. */
export interface WholeAppointment extends q.AppointmentColumns {
  /** Of a participant that is only named by a role. */
  practitionerRoleId: string | null;
  /** Codes of the service, where no service is named. */
  serviceCodes: readonly Code[];
  /** Of `alsoTaken` the equipment. */
  deviceIds: readonly string[];
  /** Who will not take part. */
  declined: readonly string[];
}

/**
 * Books, or keeps what elsewhere was booked, cancelled or came to pass. History (origin `import`) needs no availability and may
 * lie in the past, overlaps included; only what is still to come takes people and places, and is refused when they are taken.
 * @throws as bookAppointment
 */
export const recordAppointment = async (tx: Db, wanted: WholeAppointment, id: string): Promise<void> => {
  const it = await checked(tx, wanted, null);
  await q.insertAppointment(tx, it, id);
  await q.setPartStatus(tx, id, it.partStatus ?? {});
  if (await takesTime(tx, it)) await take(tx, id);
  const event = events[it.status];
  if (event) await announce(tx, event === 'reinstated' ? 'booked' : event, id);
};

/** What changed decides what is heard: a new time is a move, a new status its verb. @throws as bookAppointment, version_stale, appointment_of_another, group_as_a_whole */
export const amendAppointment = async (
  tx: Db,
  id: string,
  version: number,
  wanted: WholeAppointment,
): Promise<void> => {
  const before = await q.factsOf(tx, id);
  // Whoever was booked for somebody else books anew: series, seats, tickets and messages are of this patient.
  if (before.patientId !== null && wanted.patientId !== before.patientId) throw refuse('appointment_of_another');
  const it = await checked(tx, wanted, before);
  if ((await q.replaceAppointment(tx, id, version, it)) === null) throw refuse('version_stale');
  await q.setPartStatus(tx, id, it.partStatus ?? {});
  const moved = !sameTime(before, it) || !sameActors(before, it);
  if ((moved || it.status !== before.status) && (await q.isGroup(tx, id))) throw refuse('group_as_a_whole');
  if (!blocks(it.status)) await q.releaseTime(tx, id);
  else if ((moved || !blocks(before.status)) && (await takesTime(tx, it))) await take(tx, id);
  if (present.includes(before.status) && !present.includes(it.status)) await withoutVisit(tx, id);
  const more = {
    previousStatus: before.status,
    previousStartsAt: before.startsAt,
    previousPractitionerId: before.practitionerId,
  };
  if (moved && blocks(it.status) && blocks(before.status)) await announce(tx, 'rescheduled', id, more);
  const event = events[it.status];
  if (it.status !== before.status && event)
    await announce(
      tx,
      event === 'reinstated' && ![...settled, ...present].includes(before.status) ? 'booked' : event,
      id,
      more,
    );
};

/** Somebody is there, or was. */
const present: readonly AppointmentStatus[] = ['checked-in', 'fulfilled'];
const settled: readonly AppointmentStatus[] = ['cancelled', 'noshow'];
const events: Partial<Record<AppointmentStatus, string>> = {
  booked: 'reinstated',
  cancelled: 'cancelled',
  noshow: 'noshow',
  'checked-in': 'checked-in',
  fulfilled: 'fulfilled',
};

type Timed = Pick<q.AppointmentColumns, 'startsAt' | 'endsAt'>;
const sameInstant = (a: string | null, b: string | null) =>
  a === null || b === null ? a === b : Temporal.Instant.compare(a, b) === 0;
const sameTime = (a: Timed, b: Timed) => sameInstant(a.startsAt, b.startsAt) && sameInstant(a.endsAt, b.endsAt);
type Taken = Pick<q.AppointmentColumns, 'patientId' | 'practitionerId' | 'locationId' | 'alsoTaken'>;
const actorsOf = (it: Taken) =>
  [it.patientId, it.practitionerId, it.locationId, ...it.alsoTaken].filter((actor) => actor !== null).sort();
const sameActors = (a: Taken, b: Taken) => actorsOf(a).join() === actorsOf(b).join();

/** The wish with its practitioner and place; what is booked here, or moved, keeps the rules of booking. */
const checked = async (
  tx: Db,
  { practitionerRoleId, serviceCodes, deviceIds, declined, ...wanted }: WholeAppointment,
  before: q.Facts | null,
): Promise<q.AppointmentColumns> => {
  const practitionerId =
    wanted.practitionerId ??
    (practitionerRoleId === null ? null : await q.findPractitionerOfRole(tx, practitionerRoleId));
  const serviceId = wanted.serviceId ?? (await findServiceByCode(tx, serviceCodes));
  const it = withRefusers({ ...wanted, practitionerId, serviceId }, declined, before);
  const { startsAt, endsAt } = it;
  if (startsAt === null || endsAt === null) {
    if (blocks(it.status) || startsAt !== endsAt) throw refuse('appointment_has_time');
    return it;
  }
  if (Temporal.Instant.compare(startsAt, endsAt) >= 0) throw refuse('appointment_ends_after_start');
  const stays =
    before !== null && blocks(before.status) && sameTime(before, it) && before.practitionerId === practitionerId;
  const isBooking =
    blocks(it.status) &&
    it.status !== 'fulfilled' &&
    !stays &&
    !(before && settled.includes(before.status) && sameTime(before, it));
  // Where the practitioner was looked up, nobody named a room, and nobody leaves it by naming none.
  if (tx.origin === 'import' || !isBooking)
    return stays && tx.origin !== 'import' ? { ...it, locationId: it.locationId ?? before.locationId } : it;
  if (it.patientId !== null) await demandAlive(tx, it.patientId);
  const { locationId, picks } = await weigh(tx, {
    practitionerId: it.practitionerId,
    serviceId,
    startsAt,
    endsAt,
    locationId: it.locationId,
    deviceIds,
    channel: 'fhir',
    written: [startsAt, endsAt],
  });
  // A room or a device alone may be taken for a service; where nobody and nothing is named, somebody is picked as at the other doors.
  const isOpen = it.practitionerId === null && it.locationId === null && it.alsoTaken.length === 0;
  if (serviceId === null || !(picks || isOpen)) return { ...it, locationId };
  return { ...it, ...(await pickFor(tx, { ...it, serviceId, startsAt, endsAt, locationId, channel: 'fhir' })) };
};

/** Who answered that they will not come, and is sent back as such, is still who the appointment is with. */
const withRefusers = <It extends Taken>(it: It, declined: readonly string[], before: q.Facts | null): It => {
  const refused = (id: string | null): string | null =>
    id !== null && before?.partStatus[id] === 'declined' && declined.includes(id) ? id : null;
  return {
    ...it,
    practitionerId: it.practitionerId ?? refused(before?.practitionerId ?? null),
    locationId: it.locationId ?? refused(before?.locationId ?? null),
    alsoTaken: [...it.alsoTaken, ...(before?.alsoTaken ?? []).filter((id) => refused(id) !== null)],
  };
};

/** What is over takes nobody's time any more; nothing new can be booked there. */
const takesTime = async (tx: Db, it: q.AppointmentColumns): Promise<boolean> =>
  blocks(it.status) && it.endsAt !== null && Temporal.Instant.compare(it.endsAt, await hospitalNow(tx)) > 0;
