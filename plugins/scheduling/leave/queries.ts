import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { TimedAppointment } from '../booking/model.ts';
import { item } from '../booking/read.ts';
import { Group } from '../groups/model.ts';
import { group } from '../groups/queries.ts';
import { Leave, type LeaveSpan, type NewLeave } from './model.ts';

const Id = z.strictObject({ id: z.uuid() });
const Span = z.strictObject({ startsAt: z.string(), endsAt: z.string() });
export type Span = z.infer<typeof Span>;

/** The zone is that of the practitioner's hours, else the hospital's. */
const zoneOf = (practitionerId: Fragment, zone: string): Fragment => sql.fragment`
  coalesce((select s.zone from scheduling.schedule s where s.practitioner_id = ${practitionerId} and s.active and s.zone is not null order by s.id limit 1), ${zone}::text)
`;

/** Nobody books with the practitioner while this is decided: a booking waits, and then finds the leave. */
export const lockHours = (tx: Db, practitionerId: string): Promise<unknown> =>
  tx.query(sql.unsafe`select pg_advisory_xact_lock(hashtextextended(${practitionerId}, 5))`);

/** Null: no such practitioner. */
export const spanOf = (db: Db, practitionerId: string, zone: string, it: LeaveSpan): Promise<Span | null> =>
  db.maybeOne(sql.type(Span)`
    select (${it.fromOn}::date + ${it.fromTime ?? '00:00'}::time) at time zone z.zone as starts_at,
      (${it.toOn}::date + ${it.toTime ?? '24:00'}::time) at time zone z.zone as ends_at
    from facility.practitioner p
    cross join lateral (select ${zoneOf(sql.fragment`p.id`, zone)} as zone) z
    where p.id = ${practitionerId}
  `);

const leave = (zone: string): Fragment => sql.fragment`
  select it.id, it.version, it.practitioner_id, it.starts_at, it.ends_at, wall.begins::date as from_on, wall.lasts::date as to_on,
    case when wall.begins::time <> '00:00' then to_char(wall.begins, 'HH24:MI') end as from_time,
    case when wall.ends::time <> '00:00' then to_char(wall.ends, 'HH24:MI') end as to_time, it.kind, it.note
  from scheduling.leave it
  cross join lateral (
    select it.starts_at at time zone z.zone as begins, it.ends_at at time zone z.zone as ends, (it.ends_at at time zone z.zone) - interval '1 microsecond' as lasts
    from (select ${zoneOf(sql.fragment`it.practitioner_id`, zone)} as zone) z
  ) wall
`;

/** What is not over, the next first. */
export const listLeave = (db: Db, practitionerId: string, zone: string): Promise<readonly Leave[]> =>
  db.any(sql.type(Leave)`
    ${leave(zone)} where it.practitioner_id = ${practitionerId} and it.ends_at > core.now() order by it.starts_at limit 200
  `);

export const getLeave = (db: Db, practitionerId: string, id: string, zone: string): Promise<Leave> =>
  db.one(sql.type(Leave)`${leave(zone)} where it.id = ${id} and it.practitioner_id = ${practitionerId}`);

export const insertLeave = (tx: Db, practitionerId: string, span: Span, it: NewLeave): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into scheduling.leave (practitioner_id, starts_at, ends_at, kind, note)
    values (${practitionerId}, ${span.startsAt}, ${span.endsAt}, ${it.kind}, ${it.note ?? null})
    returning id
  `);

export const touchesLeave = (tx: Db, practitionerId: string, { startsAt, endsAt }: Span): Promise<boolean> =>
  tx.exists(sql.unsafe`
    select from scheduling.leave l where l.practitioner_id = ${practitionerId} and tstzrange(l.starts_at, l.ends_at) && tstzrange(${startsAt}, ${endsAt})
  `);

/** Null when the version is no longer that one. */
export const deleteLeave = (tx: Db, id: string, version: number): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`delete from scheduling.leave where id = ${id} and version = ${version} returning id`);

const fallsInto = (practitionerId: string, { startsAt, endsAt }: Span): Fragment => sql.fragment`
  it.status in ('pending', 'booked', 'arrived') and ${practitionerId}::uuid = any (array[it.practitioner_id] || it.also_taken)
  and it.ends_at > core.now() and tstzrange(it.starts_at, it.ends_at) && tstzrange(${startsAt}, ${endsAt})
`;

/** Nobody of it is here yet: it is moved or called off with all who come. Once somebody is, those who are still expected are settled one by one. */
const isWhole = (groupId: Fragment): Fragment => sql.fragment`
  exists (select from scheduling.group_session g where g.id = ${groupId}) and not exists (
    select from scheduling.group_participant seat
    join scheduling.appointment who on who.id = seat.appointment_id
    where seat.group_id = ${groupId} and seat.blocking and who.status in ('checked-in', 'fulfilled') -- shows no patient
  )
`;

const isAffected = (practitionerId: string, span: Span): Fragment => sql.fragment`
  ${fallsInto(practitionerId, span)} and not exists (select from scheduling.group_session g where g.id = it.id)
  and not (${isWhole(sql.fragment`scheduling.group_of(it.id)`)})
`;
const isAffectedGroup = (practitionerId: string, span: Span): Fragment =>
  sql.fragment`${fallsInto(practitionerId, span)} and ${isWhole(sql.fragment`it.id`)}`;

/** Earliest first. */
export const listAffected = (db: Db, practitionerId: string, span: Span): Promise<readonly TimedAppointment[]> =>
  db.any(sql.type(TimedAppointment)`
    ${item} where ${isAffected(practitionerId, span)} and ${maySee(db, 'it.patient_id')} order by it.starts_at, it.id limit 500
  `);

/** All of them, also of patients whom the one who asks may not see; without the groups. */
export const listAffectedIds = (tx: Db, practitionerId: string, span: Span): Promise<readonly string[]> =>
  tx.anyFirst(
    sql.type(
      Id,
    )`select it.id from scheduling.appointment it where ${isAffected(practitionerId, span)} order by it.id limit 1000 -- shows no patient`,
  );

/** Earliest first. */
export const listAffectedGroups = (db: Db, practitionerId: string, span: Span): Promise<readonly Group[]> =>
  db.any(sql.type(Group)`
    ${group}
    where g.id in (select it.id from scheduling.appointment it where ${isAffectedGroup(practitionerId, span)}) -- shows no patient
    order by a.starts_at, g.id
    limit 500
  `);

/** It stays, although the practitioner is away: somebody decided so. Null when the version is no longer that one. */
export const keepAppointment = (
  tx: Db,
  id: string,
  version: number,
  { by, reason }: { by: string; reason: string },
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update scheduling.appointment set override_by = ${by}, override_reason = ${reason}
    where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')}
    returning id
  `);
