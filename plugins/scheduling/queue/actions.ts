import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { requirePatient } from '../../patients/api.ts';
import { placeExists } from './places.ts';
import type { Call, NewTicket, Ticket, TicketStatus, Urgency } from './model.ts';
import { findPoint, listPriorities } from './points.ts';
import * as q from './queries.ts';

/** @throws refusals not_found (patient), point_unknown, priority_unknown, priority_needs_reason, ticket_once_per_queue saying where and since when */
export const issueTicket = (db: Db, wanted: NewTicket, zone: string): Promise<Ticket> =>
  db.transaction(async (tx) => {
    const { patientId = null, priority = null, priorityReason = null, pointId } = wanted;
    if (patientId !== null) await requirePatient(tx, patientId);
    if (!(await findPoint(tx, pointId))) throw refuse('point_unknown');
    await checkUrgency(tx, { priority, priorityReason });
    if (patientId !== null) await checkWaitsNot(tx, patientId, pointId, zone);
    const id = await q.insertTicket(tx, { pointId, patientId, appointmentId: null, priority, priorityReason }, zone);
    return announce(tx, 'created', id, zone);
  });

/** Whoever is first in turn; two who call at the same instant get two different tickets. @throws refusal queue_empty */
export const callNext = (db: Db, pointId: string, { locationId = null }: Call, zone: string): Promise<Ticket> =>
  db.transaction(async (tx) => {
    if (!(await findPoint(tx, pointId))) throw refuse('not_found');
    await checkPlace(tx, locationId);
    const id = await q.takeNext(tx, pointId, locationId);
    if (id === null) throw refuse('queue_empty');
    return announce(tx, 'called', id, zone);
  });

const open = ['created', 'in-progress'] as const;

export const callTicket = (db: Db, it: Known, { locationId = null }: Call): Promise<Ticket> =>
  act(db, it, ['created', 'in-progress'], 'called', async (tx) => {
    await checkPlace(tx, locationId);
    return sql.fragment`status = 'in-progress', called_at = core.now(), calls = t.calls + 1, skipped = false, back_at = null,
      location_id = coalesce(${locationId}, t.location_id)`;
  });

/** They did not come when called: others go first. */
export const skipTicket = (db: Db, it: Known, { minutes }: { minutes: number | null }): Promise<Ticket> =>
  act(
    db,
    it,
    open,
    'changed',
    () =>
      sql.fragment`status = 'created', skipped = true, back_at = core.now() + make_interval(mins => ${minutes}::integer)`,
  );

export const bringBack = (db: Db, it: Known): Promise<Ticket> =>
  act(db, it, open, 'changed', () => sql.fragment`status = 'created', skipped = false, back_at = null`);

/** Keeps number and arrival: whoever came first is first there too. @throws refusals point_unknown, ticket_once_per_queue */
export const transferTicket = (db: Db, it: Known, { pointId }: { pointId: string }): Promise<Ticket> =>
  act(db, it, open, 'transferred', async (tx, before) => {
    if (pointId === before.pointId || !(await findPoint(tx, pointId))) throw refuse('point_unknown');
    if (before.patientId !== null) await checkWaitsNot(tx, before.patientId, pointId, it.zone);
    return sql.fragment`point_id = ${pointId}, status = 'created', queued_at = core.now(), called_at = null, calls = 0, skipped = false, back_at = null, location_id = null`;
  });

export const endTicket = (db: Db, it: Known): Promise<Ticket> => settle(db, it, 'fulfilled');
export const noAnswer = (db: Db, it: Known): Promise<Ticket> => settle(db, it, 'unfulfilled');
export const cancelTicket = (db: Db, it: Known): Promise<Ticket> => settle(db, it, 'cancelled');

export const changeRoom = (db: Db, it: Known, { locationId }: { locationId: string | null }): Promise<Ticket> =>
  act(db, it, open, 'changed', async (tx) => {
    await checkPlace(tx, locationId);
    return sql.fragment`location_id = ${locationId}`;
  });

export const changeUrgency = (db: Db, it: Known, urgency: Urgency): Promise<Ticket> =>
  act(db, it, open, 'changed', async (tx) => {
    await checkUrgency(tx, urgency);
    return sql.fragment`priority = ${urgency.priority ?? null}, priority_reason = ${urgency.priorityReason ?? null}`;
  });

/** Whoever had only a number has been registered. @throws refusals not_found, ticket_has_patient, ticket_once_per_queue */
export const namePatient = (db: Db, it: Known, { patientId }: { patientId: string }): Promise<Ticket> =>
  act(db, it, open, 'changed', async (tx, before) => {
    await requirePatient(tx, patientId);
    if (before.patientId !== null) throw refuse('ticket_has_patient');
    await checkWaitsNot(tx, patientId, before.pointId, it.zone);
    return sql.fragment`patient_id = ${patientId}`;
  });

/** Undoes an end, a no-answer or a cancellation of today. */
export const reopenTicket = (db: Db, it: Known): Promise<Ticket> =>
  act(db, it, ['fulfilled', 'unfulfilled', 'cancelled'], 'changed', async (tx, before) => {
    if (before.patientId !== null) await checkWaitsNot(tx, before.patientId, before.pointId, it.zone);
    return sql.fragment`ended_at = null, skipped = false, back_at = null, status = case when t.called_at is null then 'created' else 'in-progress' end`;
  });

export interface Known {
  id: string;
  version: number;
  zone: string;
}

const settle = (db: Db, it: Known, to: TicketStatus): Promise<Ticket> =>
  act(
    db,
    it,
    open,
    'ended',
    () => sql.fragment`status = ${to}, ended_at = core.now(), skipped = false, back_at = null`,
  );

/** 404, then 412, then 409. */
const act = (
  db: Db,
  { id, version, zone }: Known,
  from: readonly TicketStatus[],
  event: string,
  set: (tx: Db, before: Ticket) => Fragment | Promise<Fragment>,
): Promise<Ticket> =>
  db.transaction(async (tx) => {
    const before = await q.getTicket(tx, id, zone);
    if (before.version !== version) throw refuse('version_stale', { version: before.version });
    if (!from.includes(before.status)) throw refuse('ticket_status', { status: before.status });
    if ((await q.change(tx, id, version, await set(tx, before))) === null) throw refuse('version_stale');
    return announce(tx, event, id, zone);
  });

export const announce = async (tx: Db, what: string, id: string, zone: string): Promise<Ticket> => {
  const after = await q.getTicket(tx, id, zone);
  await publish(tx, `scheduling.ticket-${what}`, id, { pointId: after.pointId, status: after.status });
  return after;
};

const checkPlace = async (tx: Db, locationId: string | null): Promise<void> => {
  if (locationId !== null && !(await placeExists(tx, locationId))) throw refuse('place_unknown');
};

const checkUrgency = async (tx: Db, { priority = null, priorityReason = null }: Urgency): Promise<void> => {
  if (priority === null) return;
  const known = (await listPriorities(tx)).find(({ code }) => code === priority);
  if (!known) throw refuse('priority_unknown');
  if (known.needsReason && !priorityReason) throw refuse('priority_needs_reason');
};

const checkWaitsNot = async (tx: Db, patientId: string, pointId: string, zone: string): Promise<void> => {
  const found = await q.findWaiting(tx, patientId, pointId);
  if (!found) return;
  const { point, token, since, id } = found;
  const at = Temporal.Instant.from(since).toZonedDateTimeISO(zone).toPlainTime().toString({ smallestUnit: 'minute' });
  throw refuse('ticket_once_per_queue', { ticketId: id, point, token, since, at });
};
