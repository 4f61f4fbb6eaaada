import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { patientSummaryJson } from '../../patients/api.ts';
import { Entry, EntryHead, type EntryChange, type EntryStatus, type NewEntry, type Priority } from './model.ts';

const Id = z.strictObject({ id: z.uuid() });

/** An entry with its names and the offer that runs: `it`. */
const columns = sql.fragment`
  it.id, it.version, it.patient_id, it.service_id, service.name as service_name, department.name as department_name,
  (
    select coalesce(json_agg(json_build_object('id', p.id, 'name', p.display_name) order by p.display_name), '[]')
    from facility.practitioner p where p.id = any (it.practitioner_ids)
  ) as practitioners,
  it.location_id, location.name as location_name, it.weekdays, to_char(it.from_time, 'HH24:MI') as from_time, to_char(it.to_time, 'HH24:MI') as to_time,
  it.earliest_on, it.latest_on, it.notice_minutes, it.priority, it.reason, it.status, it.appointment_id, it.created_at,
  (
    select json_build_object(
      'id', o.id, 'appointmentId', o.appointment_id, 'practitionerId', o.practitioner_id, 'practitionerName', p.display_name, 'locationName', l.name,
      'startsAt', core.json_time(a.starts_at), 'endsAt', core.json_time(a.ends_at), 'offeredAt', core.json_time(o.offered_at), 'expiresAt', core.json_time(o.expires_at)
    )
    from scheduling.waitlist_offer o
    join scheduling.appointment a on a.id = o.appointment_id
    join facility.practitioner p on p.id = o.practitioner_id
    left join facility.location l on l.id = a.location_id
    where o.entry_id = it.id and o.status = 'open' and o.expires_at > core.now()
  ) as offer,
  (select count(*)::integer from scheduling.waitlist_offer o where o.entry_id = it.id and o.status in ('declined', 'expired')) as offers_before
`;
const joins = sql.fragment`
  join facility.healthcare_service service on service.id = it.service_id
  left join facility.organization department on department.id = service.organization_id
  left join facility.location location on location.id = it.location_id
`;

interface Listing {
  status?: EntryStatus | undefined;
  serviceId?: string | undefined;
  patientId?: string | undefined;
  limit: number;
  after: readonly (string | number)[] | null;
}
/** In the order in which they are asked. */
export const listEntries = (db: Db, { status, serviceId, patientId, limit, after }: Listing) =>
  db.any(sql.type(Entry)`
    select ${columns}, ${patientSummaryJson('patient')} as patient
    from scheduling.waitlist_entry it
    join patients.patient patient on patient.id = it.patient_id
    ${joins}
    where ${sql.and([
      maySee(db, 'it.patient_id'),
      status !== undefined && sql.fragment`it.status = ${status}`,
      serviceId !== undefined && sql.fragment`it.service_id = ${serviceId}`,
      patientId !== undefined && sql.fragment`it.patient_id = ${patientId}`,
      after !== null &&
        sql.fragment`(scheduling.waitlist_rank(it.priority), it.created_at, it.id) > (${after[0]!}::integer, ${after[1]!}::timestamptz, ${after[2]!}::uuid)`,
    ])}
    order by scheduling.waitlist_rank(it.priority), it.created_at, it.id
    limit ${limit}
  `);
/** The same as SQL `scheduling.waitlist_rank`. */
export const rankOf = (priority: Priority): number => ({ urgent: 1, asap: 2, routine: 3 })[priority];

export const getEntry = (db: Db, id: string): Promise<Entry> =>
  db.one(sql.type(Entry)`
    select ${columns}, ${patientSummaryJson('patient')} as patient
    from scheduling.waitlist_entry it
    join patients.patient patient on patient.id = it.patient_id
    ${joins}
    where it.id = ${id} and ${maySee(db, 'it.patient_id')}
  `);

/** For one patient: what they wait for now, longest first. */
export const listWaiting = (db: Db, patientId: string): Promise<readonly EntryHead[]> =>
  db.any(sql.type(EntryHead)`
    select ${columns} from scheduling.waitlist_entry it ${joins}
    where it.patient_id = ${patientId} and it.status = 'waiting' and ${maySee(db, 'it.patient_id')}
    order by it.created_at, it.id
    limit 50
  `);

/** Null when the patient waits for this service already. */
export const insertEntry = (tx: Db, it: NewEntry): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    insert into scheduling.waitlist_entry
      (patient_id, service_id, practitioner_ids, location_id, weekdays, from_time, to_time, earliest_on, latest_on, notice_minutes, priority, reason)
    values (${it.patientId}, ${it.serviceId}, ${sql.array(it.practitionerIds, 'uuid')}, ${it.locationId}, ${sql.array(it.weekdays, 'int2')},
      ${it.fromTime}::time, ${it.toTime}::time, ${it.earliestOn}::date, ${it.latestOn}::date, ${it.noticeMinutes}, ${it.priority}, ${it.reason})
    on conflict (patient_id, service_id) where status = 'waiting' do nothing
    returning id
  `);

export const findWaiting = (tx: Db, patientId: string, serviceId: string): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    select id from scheduling.waitlist_entry
    where patient_id = ${patientId} and service_id = ${serviceId} and status = 'waiting' and ${maySee(tx, 'patient_id')}
  `);

/** Null when the version is no longer that one, or nobody waits there any more. */
export const updateEntry = (tx: Db, id: string, version: number, it: EntryChange): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update scheduling.waitlist_entry
    set practitioner_ids = ${sql.array(it.practitionerIds, 'uuid')}, location_id = ${it.locationId}, weekdays = ${sql.array(it.weekdays, 'int2')},
      from_time = ${it.fromTime}::time, to_time = ${it.toTime}::time, earliest_on = ${it.earliestOn}::date, latest_on = ${it.latestOn}::date,
      notice_minutes = ${it.noticeMinutes}, priority = ${it.priority}, reason = ${it.reason}, looks = true
    where id = ${id} and version = ${version} and status = 'waiting' and ${maySee(tx, 'patient_id')}
    returning id
  `);

export const setEntryStatus = (
  tx: Db,
  id: string,
  status: EntryStatus,
  appointmentId: string | null = null,
): Promise<unknown> =>
  tx.query(sql.unsafe`
    update scheduling.waitlist_entry set status = ${status}, appointment_id = ${appointmentId}, looks = false
    where id = ${id} and status = 'waiting' and ${maySee(tx, 'patient_id')}
  `);

export const lookAgain = (tx: Db, id: string): Promise<unknown> =>
  tx.query(
    sql.unsafe`update scheduling.waitlist_entry set looks = true where id = ${id} and ${maySee(tx, 'patient_id')}`,
  );

const OfferRow = z.strictObject({ id: z.uuid(), entryId: z.uuid(), patientId: z.uuid(), appointmentId: z.uuid() });
export type OfferRow = z.infer<typeof OfferRow>;

/** Whoever comes first ends it; null for the others. An offer that is over can only expire. */
export const endOffer = (
  tx: Db,
  id: string,
  status: 'accepted' | 'declined' | 'expired' | 'withdrawn',
): Promise<OfferRow | null> =>
  tx.maybeOne(sql.type(OfferRow)`
    update scheduling.waitlist_offer set status = ${status}, answered_at = core.now()
    where id = ${id} and status = 'open' and (expires_at > core.now() or ${status} in ('expired', 'withdrawn')) and ${maySee(tx, 'patient_id')}
    returning id, entry_id, patient_id, appointment_id
  `);

/** 404 when it is not there, or not for these eyes. */
export const getOffer = (db: Db, id: string): Promise<OfferRow> =>
  db.one(sql.type(OfferRow)`
    select id, entry_id, patient_id, appointment_id from scheduling.waitlist_offer where id = ${id} and ${maySee(db, 'patient_id')}
  `);

export const findOpenOffer = (tx: Db, entryId: string): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    select id from scheduling.waitlist_offer where entry_id = ${entryId} and status = 'open' and ${maySee(tx, 'patient_id')}
  `);

export const areKnown = (
  tx: Db,
  it: { serviceId: string; practitionerIds: readonly string[]; locationId: string | null },
): Promise<{ service: boolean; practitioners: boolean; place: boolean }> =>
  tx.one(sql.type(z.strictObject({ service: z.boolean(), practitioners: z.boolean(), place: z.boolean() }))`
    select exists (select from facility.healthcare_service where id = ${it.serviceId} and active) as service,
      not exists (
        select from unnest(${sql.array([...it.practitionerIds], 'uuid')}) wanted
        where not exists (select from facility.practitioner p where p.id = wanted and p.active)
      ) as practitioners,
      ${it.locationId}::uuid is null or exists (select from facility.location where id = ${it.locationId}::uuid and status <> 'inactive') as place
  `);
