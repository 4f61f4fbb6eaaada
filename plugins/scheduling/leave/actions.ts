import { may } from '../../../core/access.ts';
import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { cancelAppointment, rescheduleAppointment } from '../booking/actions.ts';
import { mayOverride } from '../booking/model.ts';
import { cancelGroup, moveGroup } from '../groups/actions.ts';
import { listComing } from '../groups/queries.ts';
import type { Leave, LeaveImpact, LeaveSpan, NewLeave, Outcome } from './model.ts';
import { propose } from './proposals.ts';
import * as q from './queries.ts';

/** @throws refusals not_found, leave_ends_after_start */
const spanOf = async (db: Db, practitionerId: string, zone: string, it: LeaveSpan): Promise<q.Span> => {
  const span = await q.spanOf(db, practitionerId, zone, it);
  if (!span) throw refuse('not_found');
  if (Temporal.Instant.compare(span.startsAt, span.endsAt) >= 0) throw refuse('leave_ends_after_start');
  return span;
};

/** What would fall into the leave, and where it could go; nothing is changed. */
export const weighLeave = async (
  db: Db,
  practitionerId: string,
  zone: string,
  wanted: LeaveSpan,
): Promise<LeaveImpact> => {
  const span = await spanOf(db, practitionerId, zone, wanted);
  const shown = await q.listAffected(db, practitionerId, span);
  const all = await q.listAffectedIds(db, practitionerId, span);
  const groups = await q.listAffectedGroups(db, practitionerId, span);
  const coming = new Map((await listComing(db, groups.map(({ id }) => id))).map((it) => [it.groupId, it])); // prettier-ignore
  const seats = groups.map(({ id }) => coming.get(id)!);
  // A time for many is the hardest to find: groups choose first.
  const proposals = await propose(db, practitionerId, span, [
    ...groups.map((group, n) => ({ ...group, patients: seats[n]!.patients })),
    ...shown.map((appointment) => ({ ...appointment, patients: [appointment.patientId] })),
  ]);
  const hidden = seats.reduce((sum, seat) => sum + seat.hidden, all.length - shown.length);
  return {
    groups: groups.map((group, n) => {
      const { patients, hidden: more } = seats[n]!;
      return { group, coming: patients.length + more, proposals: proposals[n]! };
    }),
    items: shown.map((appointment, n) => ({ appointment, proposals: proposals[groups.length + n]! })),
    hidden,
    ...span,
  };
};

/**
 * All or nothing: the leave, and for each appointment and each group that falls into it what becomes of it. Who is moved or cancelled is told
 * once, by the event of it.
 * @throws refusals not_found (an appointment that does not fall into it), leave_no_overlap, leave_without_outcome with the ids and how many are hidden, permission_missing (keep), group_as_a_whole (keeping a group); those of rescheduling and cancelling
 */
export const takeLeave = async (tx: Db, practitionerId: string, zone: string, wanted: NewLeave): Promise<Leave> => {
  const span = await spanOf(tx, practitionerId, zone, wanted);
  await q.lockHours(tx, practitionerId);
  if (await q.touchesLeave(tx, practitionerId, span)) throw refuse('leave_no_overlap');
  const { outcomes = [] } = wanted;
  const groups = (await q.listAffectedGroups(tx, practitionerId, span)).map(({ id }) => id);
  const affected = [...groups, ...(await q.listAffectedIds(tx, practitionerId, span))];
  if (outcomes.some(({ appointmentId }) => !affected.includes(appointmentId))) throw refuse('not_found');
  const settled = new Set(outcomes.map(({ appointmentId }) => appointmentId));
  const open = affected.filter((id) => !settled.has(id));
  if (open.length > 0) {
    const shown = (await q.listAffected(tx, practitionerId, span)).map(({ id }) => id);
    const named = open.filter((id) => shown.includes(id));
    const whole = open.filter((id) => groups.includes(id));
    throw refuse('leave_without_outcome', {
      count: open.length,
      appointments: named,
      groups: whole,
      hidden: open.length - named.length - whole.length,
    });
  }
  const id = await q.insertLeave(tx, practitionerId, span, wanted);
  for (const outcome of outcomes)
    await (groups.includes(outcome.appointmentId) ? settleGroup(tx, outcome) : settle(tx, outcome));
  // A move within the leave is refused as outside of the hours; this one is of somebody who is asked for besides.
  const left = [
    ...(await q.listAffectedGroups(tx, practitionerId, span)).map(({ id }) => id),
    ...(await q.listAffectedIds(tx, practitionerId, span)),
  ];
  const kept = new Set(outcomes.filter((it) => it.outcome === 'keep').map((it) => it.appointmentId));
  const stuck = left.filter((appointment) => !kept.has(appointment));
  if (stuck.length > 0)
    throw refuse('leave_without_outcome', { count: stuck.length, appointments: [], groups: [], hidden: stuck.length });
  await publish(tx, 'scheduling.leave-taken', id, { practitionerId, ...span });
  return q.getLeave(tx, practitionerId, id, zone);
};

const settle = async (tx: Db, { appointmentId: id, version, outcome, to, reason = '' }: Outcome): Promise<void> => {
  if (outcome === 'move') await rescheduleAppointment(tx, id, version, to!);
  else if (outcome === 'cancel') await cancelAppointment(tx, id, version, reason);
  else {
    if (!may(tx.actor, mayOverride) || tx.actor.id === null)
      throw refuse('permission_missing', { permission: mayOverride });
    if ((await q.keepAppointment(tx, id, version, { by: tx.actor.id, reason })) === null) throw refuse('version_stale');
  }
};

/** It is not kept: without its practitioner a group does not take place. */
const settleGroup = async (
  tx: Db,
  { appointmentId: id, version, outcome, to, reason = '' }: Outcome,
): Promise<void> => {
  if (outcome === 'move') await moveGroup(tx, id, version, to!);
  else if (outcome === 'cancel') await cancelGroup(tx, id, version, reason);
  else throw refuse('group_as_a_whole');
};

/** The hours are free to be booked again; what was moved stays where it is. @throws refusal version_stale */
export const endLeave = async (
  tx: Db,
  practitionerId: string,
  id: string,
  version: number,
  zone: string,
): Promise<void> => {
  const before = await q.getLeave(tx, practitionerId, id, zone);
  if ((await q.deleteLeave(tx, id, version)) === null) throw refuse('version_stale', { version: before.version });
  await publish(tx, 'scheduling.leave-ended', id, { practitionerId });
};
