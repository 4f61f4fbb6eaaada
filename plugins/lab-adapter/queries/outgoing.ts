import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';

const Id = z.strictObject({ id: z.uuid() });

// -- what is sent -------------------------------------------------------------------------------------------------------

const Open = z.strictObject({
  connectionId: z.uuid(),
  kind: z.enum(['mllp', 'fhir']),
  laboratory: z.string(),
  patientId: z.uuid(),
  resultIds: z.array(z.uuid()),
});

/**
 * By laboratory: what is open in this specimen and performed there. A test's own entry goes before its section's; what the own
 * bench has measured already stays here.
 */
export const performedElsewhere = (tx: Db, specimenId: string): Promise<readonly z.infer<typeof Open>[]> =>
  tx.any(sql.type(Open)`
    select c.id as connection_id, c.kind, c.name as laboratory, r.patient_id, array_agg(r.id order by r.id) as result_ids
    from laboratory.result r
    join laboratory.test t on t.id = r.test_id
    join lateral (
      select p.connection_id from lab_adapter.performed p where p.test_id = t.id or p.section = t.section order by p.test_id nulls last limit 1
    ) p on true
    join lab_adapter.connection c on c.id = p.connection_id and c.active
    where r.specimen_id = ${specimenId} and r.status = 'ordered' and ${maySee(tx, 'r.patient_id')}
    group by c.id, r.patient_id
    order by c.kind
  `);

const Part = z.strictObject({
  requestId: z.uuid(),
  priority: z.string().nullable(),
  reason: z.string().nullable(),
  orderedAt: z.string(),
  encounterId: z.uuid().nullable(),
  encounterClass: z.string().nullable(),
  department: z.string().nullable(),
  requesterId: z.uuid().nullable(),
  requesterName: z.string().nullable(),
  code: z.string(),
  display: z.string(),
  accession: z.string(),
  collectedAt: z.string(),
  specimenCode: z.string(),
  specimenDisplay: z.string(),
  container: z.string(),
});
export type Part = z.infer<typeof Part>;

/** What these results are ordered as: the panel where all of it is there, else each test. */
export const partsOf = (tx: Db, resultIds: readonly string[]): Promise<readonly Part[]> =>
  tx.any(sql.type(Part)`
    with chosen as (
      select r.*, q.panel_id, q.panel_id is not null and count(*) over (partition by q.id) = (select count(*) from laboratory.panel_test m where m.panel_id = q.panel_id) as whole
      from laboratory.result r
      join laboratory.service_request q on q.id = r.service_request_id
      where r.id = any(${sql.array([...resultIds], 'uuid')}) and ${maySee(tx, 'r.patient_id')}
    )
    select distinct on (q.id, case when c.whole then null else t.position end)
      q.id as request_id, q.priority, q.reason, q.authored_at as ordered_at, q.encounter_id, e.class as encounter_class, dep.name as department, q.requester_id,
      coalesce(pr.display_name, q.requester_name) as requester_name, case when c.whole then q.code else t.loinc end as code,
      case when c.whole then q.display else t.display end as display, s.accession, s.collected_at, k.specimen_code, k.specimen_display, k.display as container
    from chosen c
    join laboratory.service_request q on q.id = c.service_request_id
    join laboratory.test t on t.id = c.test_id
    join laboratory.specimen s on s.id = c.specimen_id
    join laboratory.container k on k.code = s.container_code
    left join ehr.encounter e on e.id = q.encounter_id
    left join facility.organization dep on dep.id = e.department_id
    left join facility.practitioner pr on pr.id = q.requester_id
    order by q.id, case when c.whole then null else t.position end
  `);

const PatientOut = z.strictObject({
  recordNumber: z.string(), familyName: z.string(), givenName: z.string(), prefix: z.string().nullable(), birthDate: z.string().nullable(), gender: z.string(),
  addressLine: z.string().nullable(), city: z.string().nullable(), postalCode: z.string().nullable(), country: z.string().nullable(), phone: z.string().nullable(),
}); // prettier-ignore

export const patientOut = (db: Db, id: string): Promise<z.infer<typeof PatientOut>> =>
  db.one(sql.type(PatientOut)`
    select record_number, family_name, given_name, prefix, birth_date, gender, address_line, city, postal_code, country, phone
    from patients.patient it where it.id = ${id} and ${maySee(db, 'it.id')}
  `);

// -- the queue ----------------------------------------------------------------------------------------------------------

export const nextControlId = (tx: Db): Promise<string> =>
  tx.oneFirst(sql.type(z.strictObject({ id: z.string() }))`select 'OW' || nextval('lab_adapter.control_seq') as id`);

/** Once for each cause, however often it is told. `after` seconds it may leave. */
export const insertOutgoing = (
  tx: Db,
  it: {
    connectionId: string;
    kind: 'order' | 'cancel' | 'patient';
    cause: string;
    controlId: string;
    patientId: string;
    specimenId: string | null;
    laboratory: string;
    requestIds: readonly string[];
    body: string;
    after: number;
  },
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    insert into lab_adapter.outgoing (connection_id, laboratory, kind, cause, control_id, patient_id, specimen_id, request_ids, body, next_at)
    values (${it.connectionId}, ${it.laboratory}, ${it.kind}, ${it.cause}, ${it.controlId}, ${it.patientId}, ${it.specimenId}, ${sql.array([...it.requestIds], 'uuid')}, ${it.body},
      clock_timestamp() + make_interval(secs => ${it.after}))
    on conflict on constraint outgoing_once do nothing
    returning id
  `);

const Order = z.strictObject({
  id: z.uuid(),
  connectionId: z.uuid(),
  kind: z.enum(['mllp', 'fhir']),
  laboratory: z.string(),
  patientId: z.uuid(),
  specimenId: z.uuid(),
  requestIds: z.array(z.uuid()),
  body: z.string(),
  left: z.boolean(),
});
export type Order = z.infer<typeof Order>;

/** Orders that were written and not taken back; `left`: it may have reached the laboratory. Held against the sender. */
export const holdOrders = (
  tx: Db,
  by: { requestId: string } | { specimenId: string } | { patientId: string },
): Promise<readonly Order[]> =>
  tx.any(sql.type(Order)`
    select o.id, o.connection_id, c.kind, o.laboratory, o.patient_id, o.specimen_id, o.request_ids, o.body, o.attempts > 0 or o.state <> 'waiting' as left
    from lab_adapter.outgoing o
    join lab_adapter.connection c on c.id = o.connection_id
    where o.kind = 'order' and o.state <> 'cancelled' and ${maySee(tx, 'o.patient_id')}
      and ${
        'requestId' in by
          ? sql.fragment`o.specimen_id in (select r.specimen_id from laboratory.result r where r.service_request_id = ${by.requestId}) and ${by.requestId} = any(o.request_ids)`
          : 'specimenId' in by
            ? sql.fragment`o.specimen_id = ${by.specimenId}`
            : sql.fragment`o.patient_id = ${by.patientId} and exists (select from laboratory.result r where r.specimen_id = o.specimen_id and r.sent_to is not null and r.status in ('ordered', 'entered'))`
      }
    order by o.place
    for update of o
  `);

/** What of a specimen is open at that laboratory. */
export const openAt = (tx: Db, specimenId: string, laboratory: string): Promise<readonly string[]> =>
  tx.anyFirst(sql.type(Id)`
    select id from laboratory.result
    where specimen_id = ${specimenId} and sent_to = ${laboratory} and status in ('ordered', 'entered') and ${maySee(tx, 'patient_id')}
    order by id
  `);

const change = (tx: Db, id: string, set: Fragment): Promise<unknown> =>
  tx.query(sql.unsafe`
    update lab_adapter.outgoing set version = version + 1, ${set} where id = ${id} and ${maySee(tx, 'patient_id')}
  `);
export const takeBack = (tx: Db, id: string): Promise<unknown> => change(tx, id, sql.fragment`state = 'cancelled'`);
export const rewrite = (tx: Db, id: string, it: { body: string; requestIds: readonly string[] }): Promise<unknown> =>
  change(tx, id, sql.fragment`body = ${it.body}, request_ids = ${sql.array([...it.requestIds], 'uuid')}`);

const Due = z.strictObject({
  id: z.uuid(), kind: z.enum(['order', 'cancel', 'patient']), controlId: z.string(), patientId: z.uuid(), specimenId: z.uuid().nullable(), body: z.string(),
  attempts: z.int(), laboratory: z.string(),
}); // prettier-ignore
export type Due = z.infer<typeof Due>;

/**
 * The first of the queue when it is due, taken for `lease` seconds: whoever dies over it loses nothing, for then it is due again, and what stands
 * behind it waits, so nothing overtakes. A parked one is out of the queue.
 */
export const takeFirst = (db: Db, connectionId: string, lease: number): Promise<Due | null> =>
  db.maybeOne(sql.type(Due)`
    update lab_adapter.outgoing o
    set attempts = o.attempts + 1, next_at = clock_timestamp() + make_interval(secs => ${lease})
    where o.next_at <= clock_timestamp() and o.state = 'waiting' and o.id = (
      select f.id from lab_adapter.outgoing f where f.connection_id = ${connectionId} and f.state = 'waiting' and ${maySee(db, 'f.patient_id')} order by f.place limit 1
    )
    returning o.id, o.kind, o.control_id, o.patient_id, o.specimen_id, o.body, o.attempts, o.laboratory
  `);

export const markAcknowledged = (tx: Db, id: string, remoteId: string | null): Promise<unknown> =>
  change(
    tx,
    id,
    sql.fragment`state = 'acknowledged', sent_at = core.now(), acknowledged_at = core.now(), last_error = null, remote_id = ${remoteId}`,
  );
export const markParked = (tx: Db, id: string, why: string): Promise<unknown> =>
  change(tx, id, sql.fragment`state = 'parked', sent_at = core.now(), last_error = ${why.slice(0, 300)}`);
export const waitMore = (tx: Db, id: string, seconds: number, why: string): Promise<unknown> =>
  change(
    tx,
    id,
    sql.fragment`next_at = clock_timestamp() + make_interval(secs => ${seconds}), last_error = ${why.slice(0, 300)}`,
  );

/** Null when it is not in that version, or waits already. The laboratory knows it by its number, so it is no second order there. */
export const sendAgain = (tx: Db, id: string, version: number): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update lab_adapter.outgoing set state = 'waiting', attempts = 0, acknowledged_at = null, last_error = null, next_at = clock_timestamp(), version = version + 1
    where id = ${id} and version = ${version} and state in ('parked', 'acknowledged') and ${maySee(tx, 'patient_id')}
    returning id
  `);
