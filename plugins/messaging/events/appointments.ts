import { hospitalNow } from '../../../core/clock.ts';
import type { Db } from '../../../core/database.ts';
import type { Config } from '../../../core/config.ts';
import type { Hms } from '../../../core/hms.ts';
import type { Event } from '../../../core/plugin.ts';
import { joinUrl } from '../../scheduling/api.ts';
import { noticeOf, type Change, type Unsent } from '../notices.ts';
import {
  channelsFor,
  getRules,
  insertNotice,
  listComing,
  planReminders,
  withdrawWaiting,
  type Withdrawn,
} from './plan.ts';
import { withdrawUnwished } from '../queries.ts';

interface AppointmentFacts {
  patientId: string | null;
  startsAt: string | null;
  previousStartsAt?: string | null;
  telehealth?: boolean;
  /** It was changed together with others: the event of the series tells of all. */
  seriesId?: string | null;
}

/**
 * What was waiting about the appointment is withdrawn and its new state planned, in one transaction. History from elsewhere
 * withdraws too, and tells nobody.
 */
export const tellOfAppointment =
  (what: Change['what']) =>
  async (tx: Db, event: Event<AppointmentFacts>, { config }: Hms): Promise<void> => {
    const { patientId, startsAt, previousStartsAt, telehealth, seriesId } = event.facts;
    const id = event.subjectId;
    const withdrawn = await withdrawWaiting(tx, { subjectId: id, reason: `appointment-${what}`, but: event.id });
    if (event.origin === 'import' || patientId === null || startsAt === null) return;
    const now = await hospitalNow(tx);
    // Of what has begun or is over, nobody needs to be told.
    if (isBefore(startsAt, now) && !(previousStartsAt && isBefore(now, previousStartsAt))) return;
    const rules = await getRules(tx);
    const joined = telehealth && what !== 'cancelled' ? wayIn(config, id) : {};
    const change: Change = { what, startsAt, previousStartsAt: previousStartsAt ?? null };
    const told = seriesId ? [] : await channelsFor(tx, patientId, 'appointments');
    for (const channel of told) {
      const notice = noticeOf(change, unsentOf(withdrawn, channel));
      if (!notice) continue;
      const previous = notice.previousStartsAt;
      await insertNotice(
        tx,
        {
          eventId: event.id,
          kind: notice.kind,
          channel,
          patientId,
          subjectId: id,
          facts: { startsAt, ...(previous ? { previousStartsAt: previous } : {}), ...joined },
          urgent:
            notice.kind !== 'appointment-booked' &&
            [previous, startsAt].some((time) => time !== null && isSoon(time, now)),
          uselessAfter: startsAt,
        },
        rules,
      );
    }
    if (what !== 'cancelled') await planReminders(tx, { id, patientId, startsAt, ...joined }, rules);
  };

/** Where an appointment by video takes place. */
const wayIn = (config: Pick<Config, 'settings'>, id: string): { joinUrl?: string } => {
  const url = joinUrl(config, id);
  return url === null ? {} : { joinUrl: url };
};

/** The patient has come, or has not: reminders have done their work. */
export const appointmentIsOver = (tx: Db, event: Event<AppointmentFacts>): Promise<unknown> =>
  withdrawWaiting(tx, { subjectId: event.subjectId, reason: 'appointment-over' });

/** Whoever agrees, or gets an address, is reminded of what was booked before. */
export const planComing = async (tx: Db, event: Event<object>, { config }: Hms): Promise<void> => {
  if (event.origin === 'import') return;
  const coming = await listComing(tx, event.subjectId);
  if (coming.length === 0) return;
  const rules = await getRules(tx);
  for (const { telehealth, ...appointment } of coming)
    await planReminders(tx, { ...appointment, ...(telehealth && wayIn(config, appointment.id)) }, rules);
};

/** Whoever says no is no longer reminded of what is booked already; whoever says yes is. */
export const heedConsent = async (tx: Db, event: Event<object>, hms: Hms): Promise<void> => {
  await withdrawUnwished(tx, event.subjectId);
  await planComing(tx, event, hms);
};

const unsentOf = (withdrawn: readonly Withdrawn[], channel: string): Unsent | undefined => {
  const notice = withdrawn.find((it) => it.channel === channel && it.kind !== 'appointment-reminder');
  return notice?.facts.startsAt === undefined
    ? undefined
    : {
        kind: notice.kind,
        startsAt: notice.facts.startsAt,
        previousStartsAt: notice.facts.previousStartsAt ?? null,
      };
};

const isBefore = (a: string, b: string): boolean => Temporal.Instant.compare(a, b) < 0;
/** The patient might set out in vain before quiet hours are over. */
const isSoon = (startsAt: string, now: string): boolean =>
  isBefore(startsAt, Temporal.Instant.from(now).add({ hours: 14 }).toString());
