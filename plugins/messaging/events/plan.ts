import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { getSetting } from '../../../core/settings.ts';
import { channels, kinds, MessageRules, type Channel, type Facts, type Kind, type Topic } from '../model.ts';

// Handlers work on what a change gave them: no person asks.

export const getRules = async (db: Db): Promise<MessageRules> =>
  (await getSetting(db, 'messaging.rules', MessageRules)).value;

/** How this patient may be written to about a topic: agreed, with an address, and alive. */
export const channelsFor = (tx: Db, patientId: string, topic: Topic): Promise<readonly Channel[]> =>
  tx.anyFirst(sql.type(z.strictObject({ channel: z.enum(channels) }))`
    select channel from messaging.channels(${patientId}, ${topic}) channel order by channel
  `);

const Withdrawn = z.strictObject({
  kind: z.enum(kinds),
  channel: z.enum(channels),
  facts: z.object({ startsAt: z.string().optional(), previousStartsAt: z.string().optional() }),
});
export type Withdrawn = z.infer<typeof Withdrawn>;

/** What still waits about this appointment or invoice never goes out; what a worker has begun to send does. */
export const withdrawWaiting = async (
  tx: Db,
  it: { subjectId: string; reason: string; but?: number; kind?: Kind },
): Promise<readonly Withdrawn[]> => {
  const withdrawn = await tx.any(sql.type(Withdrawn)`
    update messaging.message
    set status = 'withdrawn', reason = ${it.reason}
    where subject_id = ${it.subjectId} and status in ('planned', 'held') and coalesce(event_id <> ${it.but ?? null}::bigint, true)
      and kind = coalesce(${it.kind ?? null}, kind)
    returning kind, channel, facts
  `);
  if (withdrawn.length > 0) tellScreens(tx, it.subjectId);
  return withdrawn;
};

export interface NewNotice {
  eventId: number;
  kind: Kind;
  channel: Channel;
  patientId: string;
  subjectId: string;
  facts: Facts;
  urgent?: boolean;
  uselessAfter: string;
}

/** Waits until what caused it can no longer be undone. Once for each event, however often it is told. */
export const insertNotice = async (tx: Db, it: NewNotice, { undoSeconds }: MessageRules): Promise<void> => {
  await tx.query(sql.unsafe`
    insert into messaging.message
      (patient_id, kind, channel, urgent, not_before, useless_after, event_id, subject_id, appointment_starts_at, facts)
    values (${it.patientId}, ${it.kind}, ${it.channel}, ${it.urgent ?? false}, core.now() + make_interval(secs => ${undoSeconds}),
      ${it.uselessAfter}, ${it.eventId}, ${it.subjectId}, ${it.facts.startsAt ?? null}, ${JSON.stringify(it.facts)}::jsonb)
    on conflict on constraint notice_once do nothing
  `);
  tellScreens(tx, it.subjectId);
};

export interface Coming {
  id: string;
  patientId: string;
  startsAt: string;
  /** Of one by video. */
  joinUrl?: string;
}

/**
 * One for each window and channel of this version of the appointment. A window that has begun already is left out: whoever
 * booked so late has just been told. What was withdrawn by a move comes back when the appointment moves back; what a person
 * withdrew does not.
 */
export const planReminders = async (
  tx: Db,
  it: Coming,
  { reminderMinutes, undoSeconds }: MessageRules,
): Promise<void> => {
  await tx.query(sql.unsafe`
    insert into messaging.message
      (patient_id, kind, channel, not_before, useless_after, subject_id, appointment_starts_at, window_minutes, facts)
    select ${it.patientId}::uuid, 'appointment-reminder', channel, at, ${it.startsAt}::timestamptz, ${it.id}::uuid, ${it.startsAt}::timestamptz, minutes,
      ${JSON.stringify({ startsAt: it.startsAt, joinUrl: it.joinUrl })}::jsonb
    from messaging.channels(${it.patientId}, 'reminders') channel
    cross join unnest(${sql.array(reminderMinutes, 'int4')}) minutes
    cross join lateral (select ${it.startsAt}::timestamptz - make_interval(mins => minutes) as at) due
    where at > core.now() + make_interval(secs => ${undoSeconds})
    on conflict on constraint reminder_once do update set status = 'planned', reason = null, not_before = excluded.not_before
    where message.status = 'withdrawn' and message.reason <> 'by-hand'
  `);
  tellScreens(tx, it.id);
};

/** Their appointments to come, where the hospital keeps any: who agrees today is reminded of what was booked yesterday. */
export const listComing = async (tx: Db, patientId: string): Promise<readonly (Coming & { telehealth: boolean })[]> => {
  const kept = await tx.exists(sql.unsafe`select where to_regclass('scheduling.appointment') is not null`);
  if (!kept) return [];
  return tx.any(sql.type(
    z.strictObject({ id: z.uuid(), patientId: z.uuid(), startsAt: z.string(), telehealth: z.boolean() }),
  )`
    select id, patient_id, starts_at, exists (select from facility.healthcare_service s where s.id = service_id and s.telehealth) as telehealth
    from scheduling.appointment
    where patient_id = ${patientId} and status in ('pending', 'booked') and starts_at > core.now()
    order by starts_at
  `);
};

/** The page of messages looks again; whoever may not read them hears nothing. */
export const tellScreens = (tx: Db, subjectId: string): void =>
  tx.announce({ name: 'messaging.messages-changed', subjectId, only: { permission: 'message:read' } });
