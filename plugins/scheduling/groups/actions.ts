import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { actorsFor, cancelAppointment } from '../booking/actions.ts';
import { demandAlive } from '../booking/alive.ts';
import { announce } from '../booking/announce.ts';
import { blocks, mayFrom, type AppointmentItem, type AppointmentStatus } from '../booking/model.ts';
import { factsOf, insertAppointment, moveAppointment, releaseTime, setStatus } from '../booking/queries.ts';
import { getAppointment } from '../booking/read.ts';
import { nextFree, tryToTake } from '../booking/take.ts';
import { awaitLeave, weigh } from '../booking/wish.ts';
import type { Group, GroupMove, NewGroup, NewParticipant, WholeGroup } from './model.ts';
import * as q from './queries.ts';

export const wholeGroup = async (db: Db, id: string): Promise<WholeGroup> => {
  const group = await q.getGroup(db, id);
  return { ...group, participants: [...(await q.listParticipants(db, id))] };
};

/** The practitioner, the room and the equipment are taken once, whoever comes. @throws as bookAppointment */
export const openGroup = (db: Db, wanted: NewGroup): Promise<Group> =>
  db.transaction(async (tx) => {
    const { serviceId, startsAt, endsAt, places, note = null } = wanted;
    // Of nobody: no patient's time is asked for.
    const actors = await actorsFor(tx, { ...wanted, patientId: null }, {});
    const id = await insertAppointment(
      tx,
      {
        ...actors,
        patientId: null,
        serviceId,
        startsAt,
        endsAt,
        status: 'booked',
        reason: null,
        cancellationReason: null,
      },
      null,
    );
    await q.insertGroup(tx, id, { places, note });
    if (!(await tryToTake(tx, id))) {
      const { practitionerId, alsoTaken: also } = actors;
      throw refuse('occupancy_no_overlap', { next: await nextFree(tx, { practitionerId, serviceId, startsAt, endsAt, also, channel: 'desk' }) }); // prettier-ignore
    }
    await announce(tx, 'group-opened', id);
    return q.getGroup(tx, id);
  });

/**
 * An appointment of their own, with a seat: they arrive, stay away and cancel each for themselves. Moved alone it leaves the group.
 * @throws refusals not_found, patient_deceased, group_full with the next groups of the service, occupancy_no_overlap (the patient is elsewhere), those of weigh
 */
export const joinGroup = (db: Db, id: string, { patientId, reason = null }: NewParticipant): Promise<AppointmentItem> =>
  db.transaction(async (tx) => {
    await holdGroup(tx, id);
    const group = await q.getGroup(tx, id);
    await demandAlive(tx, patientId);
    const { serviceId, practitionerId, locationId, startsAt, endsAt } = group;
    if (group.status === 'cancelled') throw refuse('appointment_status', { status: group.status });
    // The hours once more: they may be others by now, and nobody is booked into a leave.
    await weigh(tx, { practitionerId, serviceId, locationId, startsAt, endsAt });
    const seat = { patientId, practitionerId, locationId, serviceId, alsoTaken: [], status: 'booked', startsAt, endsAt, reason, cancellationReason: null } as const; // prettier-ignore
    const booked = await insertAppointment(tx, seat, null);
    await q.insertParticipant(tx, { appointmentId: booked, groupId: id, patientId });
    if (!(await tryToTake(tx, booked))) {
      const { left } = await q.getGroup(tx, id);
      if (left <= 0) throw refuse('group_full', { groups: await q.nextGroups(tx, serviceId) });
      throw refuse('occupancy_no_overlap', { next: [] });
    }
    await announce(tx, 'booked', booked);
    return getAppointment(tx, booked);
  });

/**
 * Who is expected comes along, keeps the place and is told once; who cancelled or stayed away stays behind.
 * @throws refusals of cancelGroup, those of weigh, occupancy_no_overlap with the next free times; group_elsewhere: who of them is booked then
 */
export const moveGroup = (db: Db, id: string, version: number, move: GroupMove): Promise<WholeGroup> =>
  db.transaction(async (tx) => {
    const group = await groupAsKnown(tx, id, version);
    const { serviceId, practitionerId, startsAt } = group;
    const { alsoTaken } = await factsOf(tx, id);
    const to = { practitionerId, ...move };
    // Its own room and equipment are free for it.
    await releaseTime(tx, id);
    const actors = await actorsFor(tx, { ...to, serviceId, deviceIds: alsoTaken, patientId: null }, {});
    const moved = await moveAppointment(tx, id, version, { ...actors, startsAt: to.startsAt, endsAt: to.endsAt });
    if (moved === null) throw refuse('version_stale');
    if (!(await tryToTake(tx, id))) {
      const { alsoTaken: also } = actors;
      throw refuse('occupancy_no_overlap', { next: await nextFree(tx, { ...to, serviceId, also, channel: 'desk' }) });
    }
    const elsewhere: { id: string; familyName: string; givenName: string }[] = [];
    const previous = { previousStartsAt: startsAt, previousPractitionerId: practitionerId };
    for (const it of expectedOf(group)) {
      const { practitionerId, locationId } = actors;
      const seat = { practitionerId, locationId, alsoTaken: [], startsAt: to.startsAt, endsAt: to.endsAt };
      if ((await moveAppointment(tx, it.id, it.version, seat)) === null) throw refuse('version_stale');
      if (await tryToTake(tx, it.id)) await announce(tx, 'rescheduled', it.id, previous);
      else elsewhere.push(it.patient);
    }
    if (elsewhere.length > 0)
      throw refuse('group_elsewhere', {
        patients: elsewhere.map(({ id, familyName, givenName }) => ({ id, familyName, givenName })),
      });
    await announce(tx, 'group-moved', id, previous);
    return wholeGroup(tx, id);
  });

/** Each who is expected is called off, and told once. @throws refusals version_stale, appointment_status (also: somebody is here already), group_hidden */
export const cancelGroup = (db: Db, id: string, version: number, reason: string): Promise<WholeGroup> =>
  db.transaction(async (tx) => {
    const group = await groupAsKnown(tx, id, version);
    if ((await setStatus(tx, id, version, 'cancelled', reason)) === null) throw refuse('version_stale');
    for (const it of expectedOf(group)) await cancelAppointment(tx, it.id, it.version, reason);
    await releaseTime(tx, id);
    await announce(tx, 'group-cancelled', id, { previousStatus: group.status });
    return wholeGroup(tx, id);
  });

/** It stays as it is: nobody joins, moves it or calls it off meanwhile. After the hours, as whoever decides a leave and moves it has them first. */
const holdGroup = async (tx: Db, id: string): Promise<void> => {
  await awaitLeave(tx, (await q.getGroup(tx, id)).practitionerId);
  await q.lockGroup(tx, id);
};
/** The group in that version, with all who come; nobody joins meanwhile. */
const groupAsKnown = async (tx: Db, id: string, version: number): Promise<WholeGroup> => {
  await holdGroup(tx, id);
  const group = await wholeGroup(tx, id);
  if (group.version !== version) throw refuse('version_stale', { version: group.version });
  if (group.status !== 'booked') throw refuse('appointment_status', { status: group.status });
  // Nobody is moved or called off by somebody who may not see them.
  if ((await q.listComing(tx, [id])).some(({ hidden }) => hidden > 0)) throw refuse('group_hidden');
  const present = group.participants.find(({ status }) => !isExpected(status) && blocks(status));
  if (present) throw refuse('appointment_status', { status: present.status });
  return group;
};
const isExpected = (status: AppointmentStatus): boolean => mayFrom.cancel.some((one) => one === status);
/** In the order in which everybody locks. */
const expectedOf = ({ participants }: WholeGroup) =>
  participants.filter(({ status }) => isExpected(status)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
