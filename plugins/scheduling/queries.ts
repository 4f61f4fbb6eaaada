import { z } from 'zod';
import { maySee } from '../../core/access.ts';
import { sql, type Db, type Fragment } from '../../core/database.ts';
import { patientSummaryJson } from '../patients/api.ts';
import {
  appointmentStatus,
  AppointmentItem,
  Availability,
  DayPractitioner,
  Slot,
  TimedAppointment,
  type AppointmentStatus,
  type NewAvailability,
} from './model.ts';

const Id = z.strictObject({ id: z.uuid() });
const Status = z.strictObject({ status: z.enum(appointmentStatus) });

// -- appointments -----------------------------------------------------------------------------------------------------------

/** `column` is the appointment's also_taken, in its order. */
const alsoTakenJson = (column: string): Fragment => sql.fragment`(
  select coalesce(json_agg(json_build_object(
    'id', taken.actor, 'name', coalesce(p.display_name, l.name, d.name, ''),
    'kind', case when p.id is not null then 'practitioner' when l.id is not null then 'location' else 'device' end
  ) order by taken.place), '[]')
  from unnest(${sql.identifier(column.split('.'))}) with ordinality taken (actor, place)
  left join facility.practitioner p on p.id = taken.actor
  left join facility.location l on l.id = taken.actor
  left join facility.device d on d.id = taken.actor
)`;

const item = sql.fragment`
  select it.id, it.version, it.status, it.starts_at, it.ends_at, it.patient_id, it.practitioner_id, practitioner.display_name as practitioner_name,
    it.location_id, location.name as location_name, it.service_id, service.name as service_name, ${alsoTakenJson('it.also_taken')} as also_taken, it.reason, it.cancellation_reason, it.checked_in_at,
    visit.encounter_id, visit.started_at as visit_started_at, ${patientSummaryJson('patient')} as patient
  from scheduling.appointment it
  join patients.patient patient on patient.id = it.patient_id
  left join facility.practitioner practitioner on practitioner.id = it.practitioner_id
  left join facility.location location on location.id = it.location_id
  left join facility.healthcare_service service on service.id = it.service_id
  left join scheduling.visit visit on visit.appointment_id = it.id
`;

export const getAppointment = (db: Db, id: string): Promise<AppointmentItem> =>
  db.one(sql.type(AppointmentItem)`${item} where it.id = ${id} and ${maySee(db, 'it.patient_id')}`);

interface Listing {
  patientId?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  limit: number;
  after: readonly (string | number)[] | null;
}
/** Appointments that start in [from, to), newest first. `after` is start and id of the last one of the page before. */
export const listAppointments = (
  db: Db,
  { patientId, from, to, limit, after }: Listing,
): Promise<readonly TimedAppointment[]> =>
  db.any(sql.type(TimedAppointment)`
    ${item}
    where ${sql.and([
      maySee(db, 'it.patient_id'),
      sql.fragment`it.starts_at is not null`,
      patientId !== undefined && sql.fragment`it.patient_id = ${patientId}`,
      from !== undefined && sql.fragment`it.starts_at >= ${from}`,
      to !== undefined && sql.fragment`it.starts_at < ${to}`,
      after !== null && sql.fragment`(it.starts_at, it.id) < (${after[0]!}::timestamptz, ${after[1]!}::uuid)`,
    ])}
    order by it.starts_at desc, it.id desc
    limit ${limit}
  `);

/** The record's section, built by PostgreSQL: newest first, with how many there are and where the next page begins. `patientId` is of the query around it. */
export const recordSection = (
  db: Db,
  { patientId, limit }: { patientId: Fragment; limit: number | null },
): Fragment => sql.fragment`
  select json_build_object(
    'items', coalesce(json_agg(a.json order by a.starts_at desc nulls first, a.id desc) filter (where a.place <= ${limit ?? 100_000}::integer), '[]'),
    'total', count(*),
    'next', (max(a.cursor) filter (where a.place = ${limit ?? 100_000}::integer and a.place < a.total))
  )
  from (
    select own.starts_at, own.id, row_number() over newest as place, count(*) over () as total,
      translate(encode(convert_to(json_build_array(core.json_time(own.starts_at), own.id)::text, 'UTF8'), 'base64'), E'+/=\\n', '-_') as cursor,
      json_build_object(
        'id', own.id, 'version', own.version, 'status', own.status, 'startsAt', core.json_time(own.starts_at), 'endsAt', core.json_time(own.ends_at),
        'patientId', own.patient_id, 'practitionerId', own.practitioner_id, 'practitionerName', practitioner.display_name, 'locationId', own.location_id,
        'locationName', location.name, 'serviceId', own.service_id, 'serviceName', service.name, 'alsoTaken', ${alsoTakenJson('own.also_taken')}, 'reason', own.reason,
        'cancellationReason', own.cancellation_reason, 'checkedInAt', core.json_time(own.checked_in_at), 'encounterId', visit.encounter_id,
        'visitStartedAt', core.json_time(visit.started_at)
      ) as json
    from scheduling.appointment own
    left join facility.practitioner practitioner on practitioner.id = own.practitioner_id
    left join facility.location location on location.id = own.location_id
    left join facility.healthcare_service service on service.id = own.service_id
    left join scheduling.visit visit on visit.appointment_id = own.id
    where own.patient_id = ${patientId} and ${maySee(db, 'own.patient_id')} and own.status <> 'entered-in-error'
    window newest as (order by own.starts_at desc nulls first, own.id desc)
  ) a
`;

/** What a booking needs to know before it writes, in one question. */
const Wish = z.strictObject({
  past: z.boolean(),
  practitionerKnown: z.boolean(),
  serviceKnown: z.boolean(),
  placeKnown: z.boolean(),
  devicesKnown: z.boolean(),
  available: z.boolean(),
  locationId: z.uuid().nullable(),
});
export type Wish = z.infer<typeof Wish>;

/** The place is the one wished for, else that of the window. */
export const weighWish = (
  tx: Db,
  wish: {
    practitionerId: string | null;
    serviceId: string | null;
    startsAt: string;
    endsAt: string;
    locationId: string | null;
    deviceIds: readonly string[];
  },
): Promise<Wish> =>
  tx.one(sql.type(Wish)`
    select ${wish.startsAt}::timestamptz < core.now() as past,
      exists (select from facility.practitioner where id = ${wish.practitionerId} and active) as practitioner_known,
      ${wish.serviceId}::uuid is null or exists (select from facility.healthcare_service where id = ${wish.serviceId}::uuid and active) as service_known,
      ${wish.locationId}::uuid is null or exists (select from facility.location where id = ${wish.locationId}::uuid and status <> 'inactive') as place_known,
      not exists (
        select from unnest(${sql.array([...wish.deviceIds], 'uuid')}) wanted
        where not exists (select from facility.device d where d.id = wanted and d.status = 'active' and d.patient_id is null) -- shows no patient
      ) as devices_known,
      coalesce(range_agg(w.during) @> tstzrange(${wish.startsAt}, ${wish.endsAt}), false) as available,
      coalesce(${wish.locationId}::uuid, (array_agg(w.location_id) filter (where w.during @> ${wish.startsAt}::timestamptz))[1]) as location_id
    from scheduling.windows(${sql.array(wish.practitionerId === null ? [] : [wish.practitionerId], 'uuid')}, ${wish.startsAt}, ${wish.endsAt}) w
  `);

export interface AppointmentColumns {
  patientId: string | null;
  practitionerId: string | null;
  locationId: string | null;
  serviceId: string | null;
  alsoTaken: readonly string[];
  status: AppointmentStatus;
  startsAt: string | null;
  endsAt: string | null;
  reason: string | null;
  cancellationReason: string | null;
}

export const insertAppointment = (tx: Db, it: AppointmentColumns, id: string | null): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into scheduling.appointment
      (id, patient_id, practitioner_id, location_id, service_id, also_taken, status, starts_at, ends_at, reason, cancellation_reason, checked_in_at)
    values (coalesce(${id}::uuid, uuidv7()), ${it.patientId}, ${it.practitionerId}, ${it.locationId}, ${it.serviceId}, ${sql.array([...it.alsoTaken], 'uuid')},
      ${it.status}, ${it.startsAt}, ${it.endsAt}, ${it.reason}, ${it.cancellationReason}, case when ${it.status} = 'checked-in' then core.now() end)
    returning id
  `);

/** False when one of the people or places is taken: nothing may be committed then. */
export const takeTime = (
  tx: Db,
  it: { id: string; patientId: string | null; actors: readonly (string | null)[]; startsAt: string; endsAt: string },
): Promise<boolean> =>
  tx.oneFirst(sql.type(z.strictObject({ take: z.boolean() }))`
    select scheduling.take(${it.id}, ${it.patientId}, ${sql.array(
      it.actors.filter((actor) => actor !== null),
      'uuid',
    )}, tstzrange(${it.startsAt}, ${it.endsAt}))
  `);

/** Who they were stays; their time is free again. */
export const releaseTime = (tx: Db, id: string): Promise<unknown> =>
  tx.query(
    sql.unsafe`update scheduling.occupancy set blocking = false where appointment_id = ${id} and blocking -- held by its parent`,
  );

/** Null when the version is no longer that one; as of the other updates. */
export const moveAppointment = (
  tx: Db,
  id: string,
  version: number,
  to: {
    practitionerId: string | null;
    locationId: string | null;
    startsAt: string;
    endsAt: string;
    alsoTaken: readonly string[];
  },
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update scheduling.appointment
    set practitioner_id = ${to.practitionerId}, location_id = ${to.locationId}, starts_at = ${to.startsAt}, ends_at = ${to.endsAt},
      also_taken = ${sql.array([...to.alsoTaken], 'uuid')}, status = case when status in ('proposed', 'waitlist') then 'booked' else status end,
      fhir_extra = fhir_extra - 'slot' -- what was sent names the slot of another time
    where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')}
    returning id
  `);

/** Whether the practitioner works there anyway: then free times bring the room with them. */
export const isUsualRoom = (tx: Db, by: { practitionerId: string; locationId: string }): Promise<boolean> =>
  tx.exists(sql.unsafe`
    select from scheduling.availability a where a.practitioner_id = ${by.practitionerId} and a.location_id = ${by.locationId}
  `);

/** All that FHIR may say. Null when the version is no longer that one. */
export const replaceAppointment = (
  tx: Db,
  id: string,
  version: number,
  it: AppointmentColumns,
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update scheduling.appointment
    set patient_id = ${it.patientId}, practitioner_id = ${it.practitionerId}, location_id = ${it.locationId}, service_id = ${it.serviceId},
      also_taken = ${sql.array([...it.alsoTaken], 'uuid')}, status = ${it.status}, starts_at = ${it.startsAt}, ends_at = ${it.endsAt}, reason = ${it.reason},
      cancellation_reason = ${it.cancellationReason}, checked_in_at = case when ${it.status} = 'checked-in' then coalesce(checked_in_at, core.now()) else checked_in_at end
    where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')}
    returning id
  `);

/** Of an appointment with a role for a practitioner, who that is. */
export const findPractitionerOfRole = (tx: Db, roleId: string): Promise<string | null> =>
  tx.maybeOneFirst(
    sql.type(
      z.strictObject({ practitionerId: z.uuid().nullable() }),
    )`select practitioner_id from facility.practitioner_role where id = ${roleId}`,
  );

export const setStatus = (
  tx: Db,
  id: string,
  version: number,
  status: AppointmentStatus,
  cancellationReason: string | null = null,
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update scheduling.appointment
    set status = ${status}, cancellation_reason = ${cancellationReason},
      checked_in_at = case when ${status} = 'checked-in' then core.now() when ${status} = 'booked' then null else checked_in_at end
    where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')}
    returning id
  `);

/** The coded facts that events carry, and further actors. */
const Facts = z.strictObject({
  status: z.enum(appointmentStatus),
  patientId: z.uuid().nullable(),
  practitionerId: z.uuid().nullable(),
  locationId: z.uuid().nullable(),
  serviceId: z.uuid().nullable(),
  serviceCode: z.string().nullable(),
  startsAt: z.string().nullable(),
  endsAt: z.string().nullable(),
  alsoTaken: z.array(z.uuid()),
});
export type Facts = z.infer<typeof Facts>;

export const factsOf = (tx: Db, id: string): Promise<Facts> =>
  tx.one(sql.type(Facts)`
    select it.status, it.patient_id, it.practitioner_id, it.location_id, it.service_id, service.charge_code as service_code, it.starts_at, it.ends_at, it.also_taken
    from scheduling.appointment it
    left join facility.healthcare_service service on service.id = it.service_id
    where it.id = ${id} and ${maySee(tx, 'it.patient_id')}
  `);

// -- free time ----------------------------------------------------------------------------------------------------------------

interface SlotWish {
  practitionerId?: string | undefined;
  serviceId?: string | undefined;
  departmentId?: string | undefined;
  /** Minutes; without it the service's duration. */
  length?: number;
  /** Left out: now. */
  from?: string | undefined;
  /** Left out: 14 days after `from`; half a year at most. */
  to?: string | undefined;
  limit: number;
  /** Who else must be free. */
  also?: readonly string[];
}

/** When a hidden patient is busy is as hidden as the patient: their time counts as that of nobody. */
const whoseTimeShows = (db: Db, actors: readonly string[]): Fragment => sql.fragment`array(
  select actor from unnest(${sql.array([...actors], 'uuid')}) actor
  left join patients.patient p on p.id = actor
  where p.id is null or ${maySee(db, 'p.id')}
)`;

/**
 * Free times, earliest first. Without a practitioner those of the service's department are asked; without a service the
 * first of the department gives the length.
 */
export const listSlots = (db: Db, wish: SlotWish): Promise<readonly Slot[]> =>
  db.any(sql.type(Slot)`
    with wish as (
      select s.id as service_id, coalesce(${wish.length ?? null}::integer, s.duration_minutes) as minutes, coalesce(${wish.from ?? null}::timestamptz, core.now()) as from_at,
        case when ${wish.practitionerId ?? null}::uuid is not null then array[${wish.practitionerId ?? null}::uuid] else array(
          select r.practitioner_id from facility.practitioner_role r
          where r.active and r.practitioner_id is not null and r.organization_id = coalesce(${wish.departmentId ?? null}::uuid, s.organization_id)
        ) end as practitioners
      from facility.healthcare_service s
      where case when ${wish.serviceId ?? null}::uuid is not null then s.id = ${wish.serviceId ?? null}::uuid
        else s.active and s.organization_id = coalesce(${wish.departmentId ?? null}::uuid,
          (select c.department_id from facility.practitioner_card c where c.id = ${wish.practitionerId ?? null}::uuid)) end
      order by s.name, s.id
      limit 1
    )
    select b.practitioner_id, p.display_name as practitioner_name, b.location_id, l.name as location_name, wish.service_id, b.starts_at as start, b.ends_at as "end"
    from wish
    cross join lateral scheduling.bookable(wish.practitioners, make_interval(mins => wish.minutes), wish.from_at,
      least(coalesce(${wish.to ?? null}::timestamptz, wish.from_at + interval '14 days'), wish.from_at + interval '184 days'), ${wish.limit}, ${whoseTimeShows(db, wish.also ?? [])}) b
    join facility.practitioner p on p.id = b.practitioner_id
    left join facility.location l on l.id = b.location_id
    order by b.starts_at, p.display_name, p.id
    limit ${wish.limit}
  `);

// -- the day --------------------------------------------------------------------------------------------------------------------

interface Day {
  date: string;
  zone: string;
  departmentId?: string | undefined;
  practitionerId?: string | undefined;
}
const bounds = ({ date, zone }: Day): Fragment => sql.fragment`
  select ${date}::date::timestamp at time zone ${zone}::text as begins, (${date}::date + 1)::timestamp at time zone ${zone}::text as ends
`;
const isMeant = (column: Fragment, { departmentId, practitionerId }: Day): Fragment =>
  sql.and([
    sql.fragment`true`,
    practitionerId !== undefined && sql.fragment`${column} = ${practitionerId}`,
    departmentId !== undefined &&
      sql.fragment`${column} in (select r.practitioner_id from facility.practitioner_role r where r.active and r.organization_id = ${departmentId})`,
  ]) as Fragment;

/** Who is there or has appointments on this day, by department and name. */
export const listPractitionersOfDay = (db: Db, day: Day): Promise<readonly DayPractitioner[]> =>
  db.any(sql.type(DayPractitioner)`
    with day as (${bounds(day)}),
    w as (
      select w.practitioner_id, json_agg(json_build_object(
        'start', core.json_time(lower(w.during)), 'end', core.json_time(upper(w.during)), 'locationId', w.location_id, 'locationName', l.name
      ) order by lower(w.during)) as windows
      from day
      cross join lateral scheduling.windows(null, day.begins, day.ends) w
      left join facility.location l on l.id = w.location_id
      group by w.practitioner_id
    )
    select c.id, c.display_name, c.department_id, c.department_name, coalesce(w.windows, '[]') as windows
    from facility.practitioner_card c
    cross join day
    left join w on w.practitioner_id = c.id
    where ${isMeant(sql.fragment`c.id`, day)}
      and (w.windows is not null and c.active
        or exists ( -- shows no patient
          select from scheduling.appointment a where a.practitioner_id = c.id and a.starts_at >= day.begins and a.starts_at < day.ends
        ))
    order by c.department_name nulls last, c.display_name, c.id
    limit 1000
  `);

/** All appointments that start on this day, settled ones too. */
export const listAppointmentsOfDay = (db: Db, day: Day): Promise<readonly TimedAppointment[]> =>
  db.any(sql.type(TimedAppointment)`
    ${item}
    cross join (${bounds(day)}) day
    where it.starts_at >= day.begins and it.starts_at < day.ends and it.status <> 'entered-in-error' and ${maySee(db, 'it.patient_id')}
      and ${isMeant(sql.fragment`it.practitioner_id`, day)}
    order by it.starts_at, it.id
    limit 10000
  `);

// -- availability ---------------------------------------------------------------------------------------------------------------

export const findAvailability = (db: Db, practitionerId: string, zone: string): Promise<Availability | null> =>
  db.maybeOne(sql.type(Availability)`
    select coalesce(max(s.zone), ${zone}) as zone, coalesce(json_agg(json_build_object(
        'weekday', a.weekday, 'startTime', to_char(a.start_time, 'HH24:MI'), 'endTime', to_char(a.end_time, 'HH24:MI'), 'locationId', a.location_id,
        'validFrom', a.valid_from, 'validTo', a.valid_to
      ) order by a.weekday, a.start_time, a.valid_from) filter (where a.id is not null), '[]') as windows
    from facility.practitioner p
    left join scheduling.availability a on a.practitioner_id = p.id
    left join scheduling.schedule s on s.id = a.schedule_id
    where p.id = ${practitionerId}
    group by p.id
  `);

/** All windows of a practitioner; they stand under the oldest schedule, which is made when there is none. */
export const replaceAvailability = async (
  tx: Db,
  practitionerId: string,
  zone: string,
  windows: NewAvailability['windows'],
): Promise<void> => {
  await tx.query(sql.unsafe`select pg_advisory_xact_lock(hashtextextended(${practitionerId}, 3))`);
  const scheduleId =
    (await tx.maybeOneFirst(sql.type(Id)`
      update scheduling.schedule set zone = ${zone}
      where id = (select id from scheduling.schedule where practitioner_id = ${practitionerId} and active order by id limit 1)
      returning id
    `)) ??
    (await tx.oneFirst(
      sql.type(
        Id,
      )`insert into scheduling.schedule (practitioner_id, zone) values (${practitionerId}, ${zone}) returning id`,
    ));
  await tx.query(sql.unsafe`delete from scheduling.availability where practitioner_id = ${practitionerId}`);
  const rows = windows.map((it) => [
    it.weekday,
    it.startTime,
    it.endTime,
    it.locationId ?? null,
    it.validFrom ?? null,
    it.validTo ?? null,
  ]);
  await tx.query(sql.unsafe`
    insert into scheduling.availability (schedule_id, practitioner_id, weekday, start_time, end_time, location_id, valid_from, valid_to)
    select ${scheduleId}, ${practitionerId}, w.*
    from ${sql.unnest(rows, ['int2', 'time', 'time', 'uuid', 'date', 'date'])} w
  `);
};

// -- visits ---------------------------------------------------------------------------------------------------------------------

/** `rows` selects appointment_id, patient_id, encounter_id, started_at. */
export const linkVisits = (tx: Db, rows: Fragment): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into scheduling.visit (appointment_id, patient_id, encounter_id, started_at) ${rows}
    on conflict (appointment_id) do update set encounter_id = excluded.encounter_id, started_at = excluded.started_at
  `);

/** Waits for whoever is changing the appointment, so that a visit starts or its check-in is taken back, never both. */
export const lockAppointment = (tx: Db, id: string): Promise<AppointmentStatus> =>
  tx.oneFirst(
    sql.type(
      Status,
    )`select status from scheduling.appointment where id = ${id} and ${maySee(tx, 'patient_id')} for share`,
  );

export const startVisit = (tx: Db, appointmentId: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    update scheduling.visit set started_at = coalesce(started_at, core.now()) where appointment_id = ${appointmentId} -- held by its parent
  `);

/** False when the visit has started: it stays. */
export const unlinkVisit = async (tx: Db, appointmentId: string): Promise<boolean> => {
  await tx.query(sql.unsafe`
    delete from scheduling.visit where appointment_id = ${appointmentId} and started_at is null -- held by its parent
  `);
  const started = sql.unsafe`select encounter_id from scheduling.visit where appointment_id = ${appointmentId} -- held by its parent`;
  return (await tx.maybeOne(started)) === null;
};
