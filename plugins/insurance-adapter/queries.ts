import { z } from 'zod';
import { maySee } from '../../core/access.ts';
import { sql, type Db, type Fragment } from '../../core/database.ts';
import { Instant } from '../../core/shapes.ts';
import { PatientSummary, patientSummaryJson } from '../patients/api.ts';

export const Message = z
  .strictObject({
    id: z.uuid(), version: z.int(), kind: z.enum(['claim', 'eligibility']), claimId: z.uuid().nullable(), claimNumber: z.string().nullable(),
    patientId: z.uuid(), payerName: z.string(), state: z.enum(['waiting', 'sent', 'answered', 'parked', 'cancelled']), attempts: z.int(),
    lastError: z.string().nullable(), createdAt: Instant, nextAt: Instant.nullable(), sentAt: Instant.nullable(), answeredAt: Instant.nullable(),
  })
  .meta({ id: 'PayerMessage' }); // prettier-ignore
export type Message = z.infer<typeof Message>;

const columns = sql.fragment`
  m.id, m.version, m.kind, c.id as claim_id, c.number as claim_number, m.patient_id, p.name as payer_name, m.state, m.attempts, m.last_error, m.created_at,
  case when m.state in ('waiting', 'sent') then m.next_at end as next_at, m.sent_at, m.answered_at
`;

/** What needs a person first, then newest first. */
export const listMessages = (db: Db, by: { claimId?: string; limit: number }): Promise<readonly Message[]> =>
  db.any(sql.type(Message)`
    select ${columns}
    from insurance_adapter.message m
    join insurance.payer p on p.id = m.payer_id
    left join insurance.claim c on c.id = m.subject_id
    where ${sql.and([maySee(db, 'm.patient_id'), by.claimId !== undefined && sql.fragment`m.subject_id = ${by.claimId}`])}
    order by m.state = 'parked' desc, m.created_at desc, m.id desc
    limit ${by.limit}
  `);

export const countMessages = (db: Db): Promise<{ waiting: number; sent: number; parked: number }> =>
  db.one(sql.type(z.strictObject({ waiting: z.int(), sent: z.int(), parked: z.int() }))`
    select count(*) filter (where m.state = 'waiting')::int as waiting, count(*) filter (where m.state = 'sent')::int as sent,
      count(*) filter (where m.state = 'parked')::int as parked
    from insurance_adapter.message m
    where m.state in ('waiting', 'sent', 'parked') and ${maySee(db, 'm.patient_id')}
  `);

export const getPatientSummary = (db: Db, id: string): Promise<PatientSummary> =>
  db.oneFirst(sql.type(z.strictObject({ patient: PatientSummary }))`
    select ${patientSummaryJson('p')} as patient from patients.patient p where p.id = ${id} and ${maySee(db, 'p.id')}
  `);

/** Once for each identifier, however often it is told. */
export const insertMessage = (
  tx: Db,
  it: {
    kind: Message['kind'];
    subjectId: string;
    identifier: string;
    patientId: string;
    payerId: string;
    body: object;
    sendAfter: string | null;
  },
): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into insurance_adapter.message (kind, subject_id, identifier, patient_id, payer_id, body, next_at)
    values (${it.kind}, ${it.subjectId}, ${it.identifier}, ${it.patientId}, ${it.payerId}, ${JSON.stringify(it.body)}::jsonb,
      coalesce(${it.sendAfter}::timestamptz, clock_timestamp()))
    on conflict on constraint message_once do nothing
  `);

export const cancelMessages = (tx: Db, subjectId: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    update insurance_adapter.message set state = 'cancelled', version = version + 1
    where subject_id = ${subjectId} and state = 'waiting' and attempts = 0 and ${maySee(tx, 'patient_id')}
  `);

export const Due = z.strictObject({
  id: z.uuid(), kind: z.enum(['claim', 'eligibility']), subjectId: z.uuid(), identifier: z.string(), state: z.enum(['waiting', 'sent']),
  remoteId: z.string().nullable(), body: z.record(z.string(), z.unknown()), attempts: z.int(),
}); // prettier-ignore
export type Due = z.infer<typeof Due>;

/**
 * The next message that is due, taken for a minute: whoever dies over it loses nothing, for then it is due again. A claim
 * that was taken back is not sent even if the news of it is late.
 */
export const takeDue = (db: Db): Promise<Due | null> =>
  db.maybeOne(sql.type(Due)`
    update insurance_adapter.message m
    set attempts = m.attempts + 1, next_at = clock_timestamp() + interval '1 minute'
    where m.id = (
      select d.id from insurance_adapter.message d
      where d.state in ('waiting', 'sent') and d.next_at <= clock_timestamp() and ${maySee(db, 'd.patient_id')}
        and (d.kind <> 'claim' or exists (
          select from insurance.claim c where c.id = d.subject_id and c.workflow in ('submitted', 'accepted', 'pended', 'adjudicated', 'closed')
        ))
      order by d.next_at
      limit 1
      for update of d skip locked
    )
    returning m.id, m.kind, m.subject_id, m.identifier, m.state, m.remote_id, m.body, m.attempts
  `);

const change = (tx: Db, id: string, set: Fragment): Promise<unknown> =>
  tx.query(sql.unsafe`
    update insurance_adapter.message set version = version + 1, ${set} where id = ${id} and ${maySee(tx, 'patient_id')}
  `);

export const markSent = (tx: Db, id: string, remoteId: string): Promise<unknown> =>
  change(
    tx,
    id,
    sql.fragment`state = 'sent', remote_id = ${remoteId}, sent_at = core.now(), attempts = 0, last_error = null, next_at = clock_timestamp()`,
  );
export const markAnswered = (tx: Db, id: string): Promise<unknown> =>
  change(tx, id, sql.fragment`state = 'answered', answered_at = core.now(), last_error = null`);
export const park = (tx: Db, id: string, why: string): Promise<unknown> =>
  change(tx, id, sql.fragment`state = 'parked', last_error = ${why.slice(0, 300)}`);
export const waitMore = (tx: Db, id: string, seconds: number, why: string | null): Promise<unknown> =>
  change(
    tx,
    id,
    sql.fragment`next_at = clock_timestamp() + make_interval(secs => ${seconds}), last_error = ${why?.slice(0, 300) ?? null}`,
  );

/** Null when the version is no longer that one or it is not parked. */
export const unpark = (tx: Db, id: string, version: number): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    update insurance_adapter.message
    set state = case when remote_id is null then 'waiting' else 'sent' end, next_at = clock_timestamp(), attempts = 0, version = version + 1
    where id = ${id} and version = ${version} and state = 'parked' and ${maySee(tx, 'patient_id')}
    returning id
  `);

export const getMessage = (db: Db, id: string): Promise<Message> =>
  db.one(sql.type(Message)`
    select ${columns}
    from insurance_adapter.message m
    join insurance.payer p on p.id = m.payer_id
    left join insurance.claim c on c.id = m.subject_id
    where m.id = ${id} and ${maySee(db, 'm.patient_id')}
  `);

// -- payments -----------------------------------------------------------------------------------------------------------

/** The payer's id here, unless this payment of it is posted already. */
export const findUnposted = (db: Db, code: string, reference: string): Promise<string | null> =>
  db.maybeOneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    select p.id from insurance.payer p
    where p.code = ${code} and not exists (select from insurance.remittance r where r.payer_id = p.id and r.reference = ${reference})
  `);

/** What a payer has promised for a claim and not paid, by line. */
export const promisedOf = (
  db: Db,
  payerId: string,
  reference: string,
): Promise<readonly { sequence: number; leftMinor: number }[]> =>
  db.any(sql.type(z.strictObject({ sequence: z.int(), leftMinor: z.int() }))`
    select l.sequence, l.benefit_minor - l.paid_minor as left_minor
    from insurance.claim c
    join insurance.claim_line l on l.claim_id = c.id and l.benefit_minor > l.paid_minor
    join insurance.coverage cover on cover.id = c.coverage_id
    join insurance.plan plan on plan.id = cover.plan_id and plan.payer_id = ${payerId}
    where c.payer_reference = ${reference} and not c.elsewhere and ${maySee(db, 'c.patient_id')}
    order by l.sequence
    limit 1000
  `);
