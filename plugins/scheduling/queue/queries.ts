import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { patientSummaryJson } from '../../patients/api.ts';
import { Stage, Ticket, type TicketStatus } from './model.ts';

const Id = z.strictObject({ id: z.uuid() });
const isOpen = sql.fragment`t.status in ('created', 'in-progress')`;
/** Who waits and may be called now. One that was skipped comes back when its time is over. */
const isCallable = sql.fragment`t.status = 'created' and (not t.skipped or t.back_at <= core.now())`;
/** The order in which people are called; the same on the board and for `call next`. */
const inTurn = sql.fragment`coalesce(urgency.rank, 0) desc, t.turn_at, t.id`;

/** How long the last ten waited today, by their median; null when fewer than five were called. `point` is a column. */
const estimate = (point: Fragment, zone: string): Fragment => sql.fragment`(
  select case when count(*) >= 5 then round(percentile_cont(0.5) within group (order by last.minutes))::integer end
  from (
    select extract(epoch from s.called_at - s.queued_at) / 60 as minutes
    from scheduling.ticket_step s -- shows no patient
    where s.point_id = ${point} and s.usual and s.called_at is not null and s.queued_at >= date_trunc('day', core.now(), ${zone})
    order by s.called_at desc
    limit 10
  ) last
)`;

const ticket = (db: Db, zone: string): Fragment => sql.fragment`
  select t.id, t.version, t.token, t.day, t.status, t.category, t.point_id, point.name as point_name, point.next_point_id, onward.name as next_point_name,
    t.priority, urgency.name as priority_name, t.priority_reason, coalesce(t.location_id, point.location_id) as location_id, place.name as location_name,
    t.patient_id, case when patient.id is not null then ${patientSummaryJson('patient')} end as patient, t.appointment_id,
    a.starts_at as appointment_starts_at, coalesce(who.display_name, own.display_name) as practitioner_name, visit.encounter_id,
    t.arrived_at, t.queued_at, t.called_at, t.calls, t.skipped, t.back_at, t.ended_at, ${estimate(sql.fragment`t.point_id`, zone)} as estimate
  from scheduling.ticket t
  join scheduling.service_point point on point.id = t.point_id
  left join scheduling.service_point onward on onward.id = point.next_point_id and onward.active
  left join scheduling.queue_priority urgency on urgency.code = t.priority
  left join facility.location place on place.id = coalesce(t.location_id, point.location_id)
  left join patients.patient patient on patient.id = t.patient_id
  left join scheduling.appointment a on a.id = t.appointment_id and ${maySee(db, 'a.patient_id')}
  left join facility.practitioner who on who.id = a.practitioner_id
  left join facility.practitioner own on own.id = point.practitioner_id
  left join scheduling.visit visit on visit.appointment_id = t.appointment_id
`;

export const getTicket = (db: Db, id: string, zone: string): Promise<Ticket> =>
  db.one(sql.type(Ticket)`${ticket(db, zone)} where t.id = ${id} and ${maySee(db, 't.patient_id')}`);

/** Everybody who is there: with somebody first, then in turn. Of all points when none is named. */
export const listOpen = (db: Db, zone: string, pointId: string | undefined): Promise<readonly Ticket[]> =>
  db.any(sql.type(Ticket)`
    ${ticket(db, zone)}
    where ${sql.and([isOpen, maySee(db, 't.patient_id'), pointId !== undefined && sql.fragment`t.point_id = ${pointId}`])}
    order by t.status = 'created', (t.skipped and coalesce(t.back_at > core.now(), true)), ${inTurn}
    limit 1000
  `);

/** How each point in use does today. Who waits is counted as far as the caller may know of them; times are of everybody. */
export const listStages = (db: Db, zone: string): Promise<readonly Stage[]> =>
  db.any(sql.type(Stage)`
    with step as (
      select s.point_id, extract(epoch from s.called_at - s.queued_at) / 60 as wait, extract(epoch from s.ended_at - s.called_at) / 60 as service
      from scheduling.ticket_step s -- shows no patient
      where s.queued_at >= date_trunc('day', core.now(), ${zone}) and s.called_at is not null
    ),
    today as (
      select point_id, count(*) as called, round(percentile_cont(0.5) within group (order by wait))::integer as median_wait, round(max(wait))::integer as longest_wait,
        round(percentile_cont(0.5) within group (order by service))::integer as median_service, round(max(service))::integer as longest_service
      from step group by point_id
    ),
    here as (
      select t.point_id, count(*) filter (where t.status = 'created') as waiting, count(*) filter (where t.status = 'in-progress') as in_progress,
        min(t.queued_at) filter (where t.status = 'created') as since,
        (array_agg(t.token order by t.queued_at, t.id) filter (where t.status = 'created'))[1] as token
      from scheduling.ticket t
      where ${isOpen} and ${maySee(db, 't.patient_id')}
      group by t.point_id
    )
    select p.id as point_id, p.name, p.kind, p.practitioner_id, coalesce(here.waiting, 0) as waiting, coalesce(here.in_progress, 0) as in_progress, here.token as longest_token,
      here.since as longest_since, coalesce(today.called, 0) as called, today.median_wait, today.longest_wait, today.median_service, today.longest_service,
      ${estimate(sql.fragment`p.id`, zone)} as estimate
    from scheduling.service_point p
    left join here on here.point_id = p.id
    left join today on today.point_id = p.id
    where p.active or here.point_id is not null
    order by array_position(array['registration', 'triage', 'consulting-room', 'laboratory', 'cashier', 'pharmacy', 'other'], p.kind), p.name, p.id
    limit 500
  `);

/** What the caller gets is theirs alone: whoever calls at the same instant passes over it. */
export const takeNext = (tx: Db, pointId: string, locationId: string | null): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    with next as (
      select t.id
      from scheduling.ticket t
      left join scheduling.queue_priority urgency on urgency.code = t.priority
      where t.point_id = ${pointId} and ${isCallable} and ${maySee(tx, 't.patient_id')}
      order by ${inTurn}
      limit 1
      for update of t skip locked
    )
    update scheduling.ticket t
    set status = 'in-progress', called_at = core.now(), calls = t.calls + 1, skipped = false, back_at = null, location_id = coalesce(${locationId}, t.location_id)
    from next where t.id = next.id
    returning t.id
  `);

/** The version is still that one, or null. */
export const change = (tx: Db, id: string, version: number, set: Fragment): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update scheduling.ticket t set ${set} where t.id = ${id} and t.version = ${version} and ${maySee(tx, 't.patient_id')} returning t.id
  `);

export interface TicketColumns {
  pointId: string;
  patientId: string | null;
  appointmentId: string | null;
  priority: string | null;
  priorityReason: string | null;
}
/** The day is the facility's. An appointment to come gives its time as the turn. */
export const insertTicket = (tx: Db, it: TicketColumns, zone: string): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into scheduling.ticket (day, prefix, number, point_id, patient_id, appointment_id, category, priority, priority_reason, turn_at)
    select today.day, p.prefix, scheduling.next_number(today.day, p.prefix), p.id, ${it.patientId}, ${it.appointmentId}::uuid,
      case when ${it.appointmentId}::uuid is null then 'walk-in' else 'appointment' end, ${it.priority}, ${it.priorityReason},
      greatest(core.now(), (select a.starts_at from scheduling.appointment a where a.id = ${it.appointmentId}::uuid)) -- maySee was asked of the appointment
    from scheduling.service_point p
    cross join (select (core.now() at time zone ${zone})::date as day) today
    where p.id = ${it.pointId}
    returning id
  `);

const Waits = z.strictObject({ id: z.uuid(), token: z.string(), since: z.string(), point: z.string() });
/** The ticket with which a patient waits at a point. Rivals for the same patient wait here until the other is done. */
export const findWaiting = async (
  tx: Db,
  patientId: string,
  pointId: string,
): Promise<z.infer<typeof Waits> | null> => {
  await tx.query(sql.unsafe`select pg_advisory_xact_lock(hashtextextended(${patientId}, 5))`);
  return tx.maybeOne(sql.type(Waits)`
    select t.id, t.token, t.queued_at as since, p.name as point
    from scheduling.ticket t join scheduling.service_point p on p.id = t.point_id
    where t.patient_id = ${patientId} and t.point_id = ${pointId} and ${isOpen} and ${maySee(tx, 't.patient_id')}
  `);
};

export const findOfAppointment = (
  tx: Db,
  appointmentId: string,
): Promise<{ id: string; version: number; status: TicketStatus; isRoom: boolean } | null> =>
  tx.maybeOne(
    sql.type(
      z.strictObject({
        id: z.uuid(),
        version: z.int(),
        status: z.enum(['created', 'in-progress', 'fulfilled', 'unfulfilled', 'cancelled']),
        isRoom: z.boolean(),
      }),
    )`
      select t.id, t.version, t.status, p.kind = 'consulting-room' as is_room
      from scheduling.ticket t join scheduling.service_point p on p.id = t.point_id
      where t.appointment_id = ${appointmentId} and ${isOpen} -- held by its parent
    `,
  );

/** Where an appointment checks in: a desk of its department, one of the house, the practitioner's own room; null: nowhere. */
export const findCheckInPoint = (tx: Db, appointmentId: string): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    select p.id
    from scheduling.appointment a
    left join facility.practitioner_card who on who.id = a.practitioner_id
    left join facility.healthcare_service s on s.id = a.service_id
    join scheduling.service_point p on p.active and (
      p.takes_check_ins and (p.department_id is null or p.department_id = coalesce(s.organization_id, who.department_id))
      or p.practitioner_id = a.practitioner_id
    )
    where a.id = ${appointmentId} and ${maySee(tx, 'a.patient_id')}
    order by p.takes_check_ins desc, p.department_id is null, p.name, p.id
    limit 1
  `);

/** Of those who left without a word: half a day after they came, and not before the day is over. */
export const listForgotten = (db: Db, zone: string): Promise<readonly { id: string; version: number }[]> =>
  db.any(sql.type(z.strictObject({ id: z.uuid(), version: z.int() }))`
    select t.id, t.version from scheduling.ticket t
    where ${isOpen} and t.day < (core.now() at time zone ${zone})::date and t.arrived_at < core.now() - interval '12 hours' -- no person asks
    order by t.id
    limit 1000
  `);
