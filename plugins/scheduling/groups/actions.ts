import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { actorsFor, cancelAppointment } from '../booking/actions.ts';
import { demandAlive } from '../booking/alive.ts';
import { announce } from '../booking/announce.ts';
import { mayFrom, type AppointmentItem } from '../booking/model.ts';
import { factsOf, insertAppointment, releaseTime, setStatus } from '../booking/queries.ts';
import { getAppointment } from '../booking/read.ts';
import { nextFree, tryToTake } from '../booking/take.ts';
import { weigh } from '../booking/wish.ts';
import type { Group, NewGroup, NewParticipant, WholeGroup } from './model.ts';
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
    const group = await q.getGroup(tx, id);
    await demandAlive(tx, patientId);
    const { serviceId, practitionerId, locationId, startsAt, endsAt } = group;
    if (group.status === 'cancelled') throw refuse('appointment_status', { status: group.status });
    // The hours were weighed when the group was opened.
    await weigh(tx, { practitionerId: null, serviceId, locationId, startsAt, endsAt });
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

/** Each who is expected is called off, and told once. @throws refusals version_stale, appointment_status, group_hidden */
export const cancelGroup = (db: Db, id: string, version: number, reason: string): Promise<WholeGroup> =>
  db.transaction(async (tx) => {
    await q.lockGroup(tx, id);
    const group = await wholeGroup(tx, id);
    if (group.version !== version) throw refuse('version_stale', { version: group.version });
    if (group.status !== 'booked') throw refuse('appointment_status', { status: group.status });
    // Nobody is called off by somebody who may not see them.
    if ((await q.countParticipants(tx, id)) > group.participants.length) throw refuse('group_hidden');
    const { status: before } = await factsOf(tx, id);
    if ((await setStatus(tx, id, version, 'cancelled', reason)) === null) throw refuse('version_stale');
    const expected = group.participants.filter(({ status }) => mayFrom.cancel.some((one) => one === status));
    for (const it of expected.toSorted((a, b) => (a.id < b.id ? -1 : 1)))
      await cancelAppointment(tx, it.id, it.version, reason);
    await releaseTime(tx, id);
    await announce(tx, 'group-cancelled', id, { previousStatus: before });
    return wholeGroup(tx, id);
  });
