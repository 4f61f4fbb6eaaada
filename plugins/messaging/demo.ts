import { z } from 'zod';
import { sql, type Db } from '../../core/database.ts';
import type { DemoPlan } from '../../core/plugin.ts';
import { channels, kinds, languages } from './model.ts';
import { wordsOf } from './words.ts';

/** A deterministic number in [0, most) for a row and a purpose. */
const pick = (of: ReturnType<typeof sql.fragment>, salt: number, most: number) =>
  sql.fragment`((hashtextextended((${of})::text, ${salt}) & 2147483647) % ${most})::integer`;
const patient = sql.fragment`p.record_number`;
const message = sql.fragment`p.record_number, d.starts_at, d.kind, d.channel, d.minutes`;

const now = sql.fragment`(select core.now())`;

/** Most have agreed to something; what went out in the past three weeks, and the reminders of what is to come. */
export const demoMessages = async (owner: Db, plan: DemoPlan): Promise<void> => {
  await agree(owner);
  const kept = await owner.exists(sql.unsafe`select where to_regclass('scheduling.appointment') is not null`);
  if (!kept) return;
  plan.progress('messaging: three weeks of messages');
  await choose(owner, plan.zone);
  await write(owner, { hospital: plan.hospital ?? 'OpenWard Demo Hospital', zone: plan.zone });
  await insert(owner);
};

/** Of ten patients eight were asked; who said no to both has a row that says so. */
const agree = (owner: Db): Promise<unknown> =>
  owner.query(sql.unsafe`
    insert into messaging.preference (patient_id, email, sms, declined, created_at, updated_at)
    select p.id, p.email is not null and ${pick(patient, 1, 10)} < 7, ${pick(patient, 2, 10)} < 6,
      case when ${pick(patient, 3, 12)} = 0 then '{invoices}'::text[] else '{}'::text[] end, p.created_at, p.created_at
    from patients.patient p
    where p.deceased_at is null and ${pick(patient, 4, 10)} < 8
    order by p.id
  `);

/**
 * Bookings and cancellations that were told, reminders two days and two hours before. What fell into the quiet hours went
 * out at eight. Of what is past one SMS in thirty and one e-mail in forty could not be delivered.
 */
const choose = async (owner: Db, zone: string): Promise<void> => {
  await owner.query(sql.unsafe`
    create temp table demo_message on commit drop as
    select d.*, q.went, q.went <= ${now} as is_past, d.due <= ${now} and q.went > ${now} as is_held,
      q.went <= ${now} and case d.channel when 'sms' then ${pick(message, 5, 30)} = 0 else ${pick(message, 6, 40)} = 0 end as has_failed,
      case d.channel when 'email' then p.email else p.phone end as recipient, case when p.language in ('es', 'ar') then p.language else 'en' end as language
    from (
      select a.patient_id, n.kind, channel, n.minutes, n.at as created_at, n.due, a.id as subject_id, a.starts_at
      from scheduling.appointment a
      cross join lateral (
        select 'appointment-booked' as kind, null::integer as minutes, a.created_at as at, a.created_at + interval '1 minute' as due
        union all
        select 'appointment-cancelled', null, a.updated_at, a.updated_at + interval '1 minute' where a.status = 'cancelled' and a.updated_at < a.starts_at
        union all
        select 'appointment-reminder', minutes, a.created_at, a.starts_at - make_interval(mins => minutes)
        from unnest(array[2880, 120]) minutes
        where a.status <> 'cancelled' and (a.status in ('pending', 'booked') or a.starts_at - make_interval(mins => minutes) <= ${now})
      ) n
      cross join lateral messaging.channels(a.patient_id, messaging.topic(n.kind)) channel
      where a.starts_at > ${now} - interval '21 days' and n.due >= n.at and n.at <= ${now} and (n.minutes is not null or n.due <= ${now})
        and n.due > ${now} - interval '21 days'
    ) d
    join patients.patient p on p.id = d.patient_id
    cross join lateral (select d.due at time zone ${zone} as local) wall
    cross join lateral (
      select case
        when local::time >= '20:00' then local::date + 1 + time '08:00' when local::time < '08:00' then local::date + time '08:00' else local
      end at time zone ${zone} as went
    ) q
    where d.due > ${now} or q.went < d.starts_at
  `);
  await owner.query(sql.unsafe`analyze demo_message`);
};

const Combination = z.strictObject({
  kind: z.enum(kinds),
  channel: z.enum(channels),
  language: z.enum(languages),
  startsAt: z.string(),
});
const batch = 2000;

/** The templates are the server's, so each text is made here: one for each kind, channel, language and time. */
const write = async (owner: Db, place: { hospital: string; zone: string }): Promise<void> => {
  const combinations = await owner.any(sql.type(Combination)`
    select distinct kind, channel, language, starts_at from demo_message where is_past
  `);
  await owner.query(sql.unsafe`
    create temp table demo_words (kind text, channel text, language text, starts_at timestamptz, subject text, body text) on commit drop
  `);
  for (let at = 0; at < combinations.length; at += batch) {
    const rows = combinations.slice(at, at + batch).map(({ kind, channel, language, startsAt }) => {
      const { subject, body } = wordsOf(kind, channel, language, { startsAt }, place);
      return [kind, channel, language, startsAt, subject, body];
    });
    await owner.query(sql.unsafe`
      insert into demo_words
      select * from ${sql.unnest(rows, ['text', 'text', 'text', 'timestamptz', 'text', 'text'])}
    `);
  }
};

/** As the handlers and the sender would have left them, and the alert of what could not be delivered. */
const insert = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into messaging.message
      (patient_id, kind, channel, status, reason, not_before, useless_after, subject_id, appointment_starts_at, window_minutes, facts, language, recipient,
        subject, body, attempts, transport, sent_at, delivered_at, created_at, updated_at)
    select d.patient_id, d.kind, d.channel, s.status,
      case when d.has_failed then case d.channel when 'sms' then 'gateway-unknown-number' else 'smtp-550' end when d.is_held then 'quiet-hours' end,
      case when d.is_held then d.went else d.due end, d.starts_at, d.subject_id, d.starts_at, d.minutes, jsonb_build_object('startsAt', core.json_time(d.starts_at)),
      case when d.is_past then d.language end, case when d.is_past then d.recipient end, w.subject, w.body, case when d.is_past then 1 else 0 end,
      case when d.is_past and (d.channel = 'sms' or not d.has_failed) then case d.channel when 'sms' then 'http' else 'smtp' end end,
      case when d.is_past and (d.channel = 'sms' or not d.has_failed) then d.went end,
      case when s.status = 'delivered' then d.went + interval '4 seconds' end, d.created_at, d.created_at
    from demo_message d
    left join demo_words w on d.is_past and w.kind = d.kind and w.channel = d.channel and w.language = d.language and w.starts_at = d.starts_at
    cross join lateral (
      select case when d.is_held then 'held' when not d.is_past then 'planned' when d.has_failed then 'failed' when d.channel = 'sms' then 'delivered' else 'sent' end as status
    ) s
    order by d.created_at, d.due, d.subject_id, d.channel
  `);
  await owner.query(sql.unsafe`
    insert into messaging.alert (id, permission, kind, severity, text_key, path, created_at)
    select uuidv7(), 'message:write', 'messaging.message-failed', 'warning', 'alert_message_failed', '/messages?status=failed', max(m.not_before)
    from messaging.message m where m.status = 'failed' having count(*) > 0
  `);
};
