import { z } from 'zod';
import { maySee } from '../../core/access.ts';
import { sql, type Db, type Fragment } from '../../core/database.ts';
import { patientSummaryJson } from '../patients/api.ts';
import { messageJson, preferenceJson } from './json.ts';
import {
  Message,
  MessageItem,
  MessagePreference,
  ReminderState,
  type Channel,
  type Group,
  type Kind,
  type NewPreference,
} from './model.ts';

type Cursor = readonly (string | number)[] | null;
const Id = z.strictObject({ id: z.uuid() });

// -- messages -----------------------------------------------------------------------------------------------------------

interface Asked {
  status: Group;
  channel?: Channel | undefined;
  kind?: Kind | undefined;
  patientId?: string | undefined;
  limit: number;
  after: Cursor;
}

const item = sql.fragment`${messageJson('m')}::jsonb || jsonb_build_object('patient', case when p.id is not null then ${patientSummaryJson('p')} end)`;

/** Newest first; what still waits in the order in which it goes out. */
export const listMessages = async (db: Db, by: Asked): Promise<readonly MessageItem[]> => {
  const inTurn = by.status === 'waiting';
  const at = inTurn ? sql.fragment`m.not_before` : sql.fragment`m.created_at`;
  const rows = await db.any(sql.type(z.strictObject({ item: MessageItem }))`
    select ${item} as item
    from messaging.message m
    left join patients.patient p on p.id = m.patient_id
    where ${sql.and([
      maySee(db, 'm.patient_id'),
      inGroup[by.status],
      by.channel && sql.fragment`m.channel = ${by.channel}`,
      by.kind && sql.fragment`m.kind = ${by.kind}`,
      by.patientId && sql.fragment`m.patient_id = ${by.patientId}`,
      by.after && isAfter(inTurn, at, by.after),
    ])}
    order by ${inTurn ? sql.fragment`m.not_before, m.id` : sql.fragment`m.created_at desc, m.id desc`}
    limit ${by.limit}
  `);
  return rows.map((row) => row.item);
};

/** Spelt out, so that each finds its partial index. */
const inGroup: Record<Group, Fragment | undefined> = {
  waiting: sql.fragment`m.status in ('planned', 'held', 'sending')`,
  sent: sql.fragment`m.status in ('sent', 'delivered', 'recorded')`,
  failed: sql.fragment`m.status = 'failed'`,
  withdrawn: sql.fragment`m.status = 'withdrawn'`,
  all: undefined,
};

const isAfter = (inTurn: boolean, at: Fragment, [time, id]: readonly (string | number)[]): Fragment =>
  inTurn
    ? sql.fragment`(${at}, m.id) > (${time!}::timestamptz, ${id!}::uuid)`
    : sql.fragment`(${at}, m.id) < (${time!}::timestamptz, ${id!}::uuid)`;

/** What went wrong comes before what waits, what waits before what has gone. */
export const getReminderState = (
  db: Db,
  it: { appointmentId: string; patientId: string; startsAt: string },
): Promise<ReminderState> =>
  db.one(sql.type(ReminderState)`
    select p.id as patient_id,
      case when r.failed > 0 then 'failed' when r.waiting > 0 then 'planned' when r.sent > 0 then 'sent' else 'none' end as state,
      case when r.failed > 0 then null when r.waiting > 0 then r.next_at else r.sent_at end as at,
      case
        when r.failed + r.waiting + r.sent > 0 or exists (select from messaging.channels(p.id, 'reminders')) then null
        when not exists (
          select from (values ('email', w.email), ('sms', w.sms)) c (channel, preferred)
          where messaging.agreed(p.id, 'reminders', c.channel, c.preferred, coalesce(w.declined, '{}'))
        ) then 'no-consent'
        else 'no-address'
      end as reason
    from patients.patient p
    left join messaging.preference w on w.patient_id = p.id
    cross join lateral (
      select count(*) filter (where m.status = 'failed') as failed, count(*) filter (where m.status in ('planned', 'held', 'sending')) as waiting,
        count(*) filter (where m.status in ('sent', 'delivered')) as sent,
        min(m.not_before) filter (where m.status in ('planned', 'held', 'sending')) as next_at, max(m.sent_at) as sent_at
      from messaging.message m
      where m.subject_id = ${it.appointmentId} and m.patient_id = p.id and m.kind = 'appointment-reminder' and m.appointment_starts_at = ${it.startsAt}
    ) r
    where p.id = ${it.patientId} and ${maySee(db, 'p.id')}
  `);

const Whole = z.strictObject({
  item: Message,
  facts: z.record(z.string(), z.unknown()),
  address: z.string().nullable(),
  wantedLanguage: z.string().nullable(),
});

/** With the words and address that have been settled, else with what they are made of. 404 for a hidden patient's. */
export const getMessage = (db: Db, id: string): Promise<z.infer<typeof Whole>> =>
  db.one(sql.type(Whole)`
    select ${item} || jsonb_build_object('recipient', m.recipient, 'subject', m.subject, 'body', m.body) as item, m.facts,
      case m.channel when 'email' then p.email else p.phone end as address, coalesce(w.language, p.language) as wanted_language
    from messaging.message m
    left join patients.patient p on p.id = m.patient_id
    left join messaging.preference w on w.patient_id = p.id
    where m.id = ${id} and ${maySee(db, 'm.patient_id')}
  `);

/** Null when it is no longer that version, or in none of these statuses. */
export const withdrawMessage = (tx: Db, id: string, version: number): Promise<unknown> =>
  tx.maybeOne(sql.type(Id)`
    update messaging.message set status = 'withdrawn', reason = 'by-hand'
    where id = ${id} and version = ${version} and status in ('planned', 'held', 'failed') and ${maySee(tx, 'patient_id')}
    returning id
  `);

/** Goes out again at once, with the address and words of now, as another message to the other side. */
export const resendMessage = (tx: Db, id: string, version: number): Promise<unknown> =>
  tx.maybeOne(sql.type(Id)`
    update messaging.message
    set status = 'planned', reason = null, attempts = 0, round = round + 1, not_before = core.now(), recipient = null, subject = null, body = null,
      transport = null, provider_id = null, sent_at = null, delivered_at = null
    where id = ${id} and version = ${version} and status = 'failed' and ${maySee(tx, 'patient_id')}
    returning id
  `);

const Reported = z.strictObject({ id: z.uuid(), patientId: z.uuid().nullable() });

/** A report is believed for what was sent under that reference; one that comes twice, or too late, changes nothing. */
export const reportDelivery = (
  tx: Db,
  it: { id: string; round: number; delivered: boolean; reason: string },
): Promise<z.infer<typeof Reported> | null> =>
  tx.maybeOne(sql.type(Reported)`
    -- no person asks: the gateway does, with a reference that only it was told
    update messaging.message
    set status = case when ${it.delivered} then 'delivered' else 'failed' end, reason = case when ${it.delivered} then null else ${it.reason} end,
      delivered_at = case when ${it.delivered} then core.now() end
    where id = ${it.id} and round = ${it.round} and status = 'sent'
    returning id, patient_id
  `);

/** What quiet hours hold is looked at again: they may have changed. */
export const releaseHeld = (tx: Db): Promise<unknown> =>
  tx.query(sql.unsafe`
    -- shows no patient
    update messaging.message set not_before = core.now() where status = 'held'
  `);

// -- consent ------------------------------------------------------------------------------------------------------------

/** Null when the patient has not been asked. */
export const findPreference = (db: Db, patientId: string): Promise<MessagePreference | null> =>
  db
    .maybeOne(
      sql.type(z.strictObject({ item: MessagePreference }))`
      select ${preferenceJson('w')} as item from messaging.preference w where w.patient_id = ${patientId} and ${maySee(db, 'w.patient_id')}
    `,
    )
    .then((row) => row?.item ?? null);

/** Version 0 is that of a patient who was not asked yet. Null when it is no longer that version. */
export const putPreference = (tx: Db, patientId: string, version: number, it: NewPreference): Promise<unknown> =>
  version === 0
    ? tx.maybeOne(sql.type(Id)`
        insert into messaging.preference (patient_id, email, sms, declined, language)
        values (${patientId}, ${it.email}, ${it.sms}, ${sql.array(it.declined, 'text')}, ${it.language})
        on conflict on constraint preference_once do nothing
        returning id
      `)
    : tx.maybeOne(sql.type(Id)`
        update messaging.preference set email = ${it.email}, sms = ${it.sms}, declined = ${sql.array(it.declined, 'text')}, language = ${it.language}
        where patient_id = ${patientId} and version = ${version} and ${maySee(tx, 'patient_id')}
        returning id
      `);

/** What waits and is no longer agreed to. */
export const withdrawUnwished = (tx: Db, patientId: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    update messaging.message set status = 'withdrawn', reason = 'consent-withdrawn'
    where patient_id = ${patientId} and status in ('planned', 'held') and ${maySee(tx, 'patient_id')}
      and channel not in (select messaging.channels(patient_id, messaging.topic(kind)))
  `);

// -- alerts -------------------------------------------------------------------------------------------------------------

const AlertRow = z.strictObject({
  id: z.uuid(),
  kind: z.string(),
  severity: z.enum(['notice', 'warning', 'critical']),
  textKey: z.string(),
  facts: z.record(z.string(), z.unknown()),
  patient: z.unknown(),
  path: z.string().nullable(),
  createdAt: z.string(),
});
export type AlertRow = z.infer<typeof AlertRow>;

/** For this person by name or by what they may do, of a patient whom they may see. */
const isFor = (db: Db): Fragment => sql.fragment`(
  (a.user_id = ${db.actor.id}::uuid or a.permission = any(${sql.array([...db.actor.permissions], 'text')})) and ${maySee(db, 'a.patient_id')}
)`;

/** Those that nobody has acknowledged: critical ones first, then the newest. */
export const listAlerts = (db: Db, limit: number): Promise<readonly AlertRow[]> =>
  db.any(sql.type(AlertRow)`
    select a.id, a.kind, a.severity, a.text_key, a.facts, case when p.id is not null then ${patientSummaryJson('p')} end as patient, a.path, a.created_at
    from messaging.alert a
    left join patients.patient p on p.id = a.patient_id
    where a.acknowledged_at is null and ${isFor(db)} and ${maySee(db, 'a.patient_id')}
    order by a.severity = 'critical' desc, a.created_at desc, a.id
    limit ${limit}
  `);

const Audience = z.strictObject({ userId: z.uuid().nullable(), permission: z.string().nullable() });

/** 404 for an alert of somebody else. The first who acknowledges it is remembered. */
export const acknowledgeAlert = (tx: Db, id: string): Promise<z.infer<typeof Audience>> =>
  tx.one(sql.type(Audience)`
    update messaging.alert a
    set acknowledged_at = coalesce(a.acknowledged_at, core.now()), acknowledged_by = coalesce(a.acknowledged_by, ${tx.actor.id}::uuid)
    where a.id = ${id} and ${isFor(tx)} and ${maySee(tx, 'a.patient_id')}
    returning a.user_id, a.permission
  `);
