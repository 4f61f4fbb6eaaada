import { sql, type Db } from '../../../core/database.ts';
import type { Event, Subscriber } from '../../../core/plugin.ts';
import type { Hms } from '../../../core/hms.ts';
import { getAppointment } from '../booking/read.ts';
import { announce } from './actions.ts';
import * as q from './queries.ts';

type OfAppointment = Event<{ patientId: string | null }>;

/**
 * Whoever checks in draws a ticket where the hospital has said that this appointment checks in. Nobody gets a second number: who
 * already waits there, or has gone on with this appointment's, keeps the one they have.
 */
const draw = async (tx: Db, event: OfAppointment, hms: Hms): Promise<void> => {
  const { patientId } = event.facts;
  const appointmentId = event.subjectId;
  if (event.origin === 'import' || patientId === null) return;
  const { status } = await getAppointment(tx, appointmentId);
  if (status !== 'checked-in') return; // taken back before this was heard
  const pointId = await q.findCheckInPoint(tx, appointmentId);
  if (pointId === null || (await q.findOfAppointment(tx, appointmentId))) return;
  const { zone } = hms.config;
  const waiting = await q.findWaiting(tx, patientId, pointId);
  if (waiting) {
    const bound = sql.unsafe`update scheduling.ticket set appointment_id = ${appointmentId}, category = 'appointment' where id = ${waiting.id} and appointment_id is null`;
    await tx.query(bound);
    await announce(tx, 'changed', waiting.id, zone);
    return;
  }
  const none = { priority: null, priorityReason: null };
  const id = await q.insertTicket(tx, { pointId, patientId, appointmentId, ...none }, zone);
  await announce(tx, 'created', id, zone);
};

const over = sql.fragment`ended_at = core.now(), skipped = false, back_at = null`;

/** A check-in that is taken back takes its ticket along. */
const withdraw = async (tx: Db, event: OfAppointment, hms: Hms): Promise<void> => {
  const ticket = await q.findOfAppointment(tx, event.subjectId);
  if (!ticket || (await getAppointment(tx, event.subjectId)).status === 'checked-in') return;
  await q.change(tx, ticket.id, ticket.version, sql.fragment`status = 'cancelled', ${over}`);
  await announce(tx, 'ended', ticket.id, hms.config.zone);
};

/** The doctor has begun: whoever still waits at the doctor's is with them now. */
const start = async (tx: Db, event: OfAppointment, hms: Hms): Promise<void> => {
  const ticket = await q.findOfAppointment(tx, event.subjectId);
  if (!ticket?.isRoom || ticket.status !== 'created') return;
  const called = sql.fragment`status = 'in-progress', called_at = core.now(), calls = t.calls + 1, skipped = false, back_at = null`;
  await q.change(tx, ticket.id, ticket.version, called);
  await announce(tx, 'called', ticket.id, hms.config.zone);
};

/** The visit is over, and so is the ticket, unless it has gone on, to the cashier say. */
const finish = async (tx: Db, event: OfAppointment, hms: Hms): Promise<void> => {
  const ticket = await q.findOfAppointment(tx, event.subjectId);
  if (!ticket?.isRoom) return;
  await q.change(tx, ticket.id, ticket.version, sql.fragment`status = 'fulfilled', ${over}`);
  await announce(tx, 'ended', ticket.id, hms.config.zone);
};

export const on: Readonly<Record<string, Subscriber>> = {
  'scheduling.appointment-checked-in': draw,
  'scheduling.appointment-reinstated': withdraw,
  'scheduling.appointment-cancelled': withdraw,
  'scheduling.appointment-noshow': withdraw,
  'scheduling.visit-started': start,
  'scheduling.appointment-fulfilled': finish,
};
