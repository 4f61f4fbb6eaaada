import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { patientSummaryJson } from '../../patients/api.ts';
import { AppointmentItem, TimedAppointment } from './model.ts';

/** `column` is the appointment's also_taken, in its order. */
export const alsoTakenJson = (column: string): Fragment => sql.fragment`(
  select coalesce(json_agg(json_build_object(
    'id', taken.actor, 'name', coalesce(p.display_name, l.name, d.name, ''),
    'kind', case when p.id is not null then 'practitioner' when l.id is not null then 'location' else 'device' end
  ) order by taken.place), '[]')
  from unnest(${sql.identifier(column.split('.'))}) with ordinality taken (actor, place)
  left join facility.practitioner p on p.id = taken.actor
  left join facility.location l on l.id = taken.actor
  left join facility.device d on d.id = taken.actor
)`;

/** InSeries, or null when it is not of one. `column` is the appointment's id. */
export const inSeriesJson = (column: string): Fragment => sql.fragment`(
  select json_build_object(
    'id', this_.series_id, 'version', (select s.version from scheduling.series s where s.id = this_.series_id), 'on', this_.occurs_on, 'number', count(*) filter (where every_.occurs_on <= this_.occurs_on), 'count', count(*)
  )
  from scheduling.occurrence this_
  join scheduling.occurrence every_ on every_.series_id = this_.series_id and every_.appointment_id is not null
  where this_.appointment_id = ${sql.identifier(column.split('.'))} -- held by its parent
  group by this_.series_id, this_.occurs_on
)`;

/** `column` is the appointment's part_status. The patient's own answer cancels, and is not among them. */
const declinedByJson = (
  column: string,
): Fragment => sql.fragment`case when ${sql.identifier(column.split('.'))} = '{}' then '[]' else (
  select coalesce(json_agg(coalesce(p.display_name, l.name, d.name, s.name) order by said.key), '[]')
  from jsonb_each_text(${sql.identifier(column.split('.'))}) said
  left join facility.practitioner p on p.id::text = said.key
  left join facility.location l on l.id::text = said.key
  left join facility.device d on d.id::text = said.key
  left join facility.healthcare_service s on s.id::text = said.key
  where said.value = 'declined' and coalesce(p.id, l.id, d.id, s.id) is not null
) end`;

/** An appointment as lists and calendar show it: `it`, to which a query adds its where. */
export const item = sql.fragment`
  select it.id, it.version, it.status, it.starts_at, it.ends_at, it.patient_id, it.practitioner_id, practitioner.display_name as practitioner_name,
    it.location_id, location.name as location_name, it.service_id, service.name as service_name, ${alsoTakenJson('it.also_taken')} as also_taken, it.reason, it.cancellation_reason, it.checked_in_at, it.held_until, it.override_reason,
    visit.encounter_id, visit.started_at as visit_started_at, coalesce(service.telehealth, false) as telehealth, ${declinedByJson('it.part_status')} as declined_by, ${inSeriesJson('it.id')} as series, scheduling.group_of(it.id) as group_id, ${patientSummaryJson('patient')} as patient
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
        'cancellationReason', own.cancellation_reason, 'checkedInAt', core.json_time(own.checked_in_at), 'heldUntil', core.json_time(own.held_until), 'overrideReason', own.override_reason, 'encounterId', visit.encounter_id,
        'visitStartedAt', core.json_time(visit.started_at), 'telehealth', coalesce(service.telehealth, false), 'declinedBy', ${declinedByJson('own.part_status')}, 'series', ${inSeriesJson('own.id')}, 'groupId', scheduling.group_of(own.id)
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
