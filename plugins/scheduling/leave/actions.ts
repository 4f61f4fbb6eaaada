import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { cancelAppointment, rescheduleAppointment } from '../booking/actions.ts';
import { mayOverride } from '../booking/model.ts';
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
  const [shown, all] = [
    await q.listAffected(db, practitionerId, span),
    await q.listAffectedIds(db, practitionerId, span),
  ];
  const items = await propose(db, practitionerId, span, shown);
  return { items, hidden: all.length - shown.length, ...span };
};

/**
 * All or nothing: the leave, and for each appointment that falls into it what becomes of it. Who is moved or cancelled is told once, by the
 * event of it.
 * @throws refusals not_found (an appointment that does not fall into it), leave_no_overlap, leave_without_outcome with the ids and how many are hidden, permission_missing (keep); those of rescheduling and cancelling
 */
export const takeLeave = async (tx: Db, practitionerId: string, zone: string, wanted: NewLeave): Promise<Leave> => {
  const span = await spanOf(tx, practitionerId, zone, wanted);
  await q.lockHours(tx, practitionerId);
  if (await q.touchesLeave(tx, practitionerId, span)) throw refuse('leave_no_overlap');
  const { outcomes = [] } = wanted;
  const affected = await q.listAffectedIds(tx, practitionerId, span);
  if (outcomes.some(({ appointmentId }) => !affected.includes(appointmentId))) throw refuse('not_found');
  const settled = new Set(outcomes.map(({ appointmentId }) => appointmentId));
  const open = affected.filter((id) => !settled.has(id));
  if (open.length > 0) {
    const shown = (await q.listAffected(tx, practitionerId, span)).map(({ id }) => id);
    const named = open.filter((id) => shown.includes(id));
    throw refuse('leave_without_outcome', {
      count: open.length,
      appointments: named,
      hidden: open.length - named.length,
    });
  }
  const id = await q.insertLeave(tx, practitionerId, span, wanted);
  for (const outcome of outcomes) await settle(tx, outcome);
  // A move within the leave is refused as outside of the hours; this one is of somebody who is asked for besides.
  const left = await q.listAffectedIds(tx, practitionerId, span);
  const kept = new Set(outcomes.filter((it) => it.outcome === 'keep').map((it) => it.appointmentId));
  const stuck = left.filter((appointment) => !kept.has(appointment));
  if (stuck.length > 0)
    throw refuse('leave_without_outcome', { count: stuck.length, appointments: [], hidden: stuck.length });
  await publish(tx, 'scheduling.leave-taken', id, { practitionerId, ...span });
  return q.getLeave(tx, practitionerId, id, zone);
};

const settle = async (tx: Db, { appointmentId: id, version, outcome, to, reason = '' }: Outcome): Promise<void> => {
  if (outcome === 'move') await rescheduleAppointment(tx, id, version, to!);
  else if (outcome === 'cancel') await cancelAppointment(tx, id, version, reason);
  else {
    if (!tx.actor.permissions.has(mayOverride) || tx.actor.id === null)
      throw refuse('permission_missing', { permission: mayOverride });
    if ((await q.keepAppointment(tx, id, version, { by: tx.actor.id, reason })) === null) throw refuse('version_stale');
  }
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
