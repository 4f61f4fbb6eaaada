import { hospitalNow } from '../../../core/clock.ts';
import type { Db } from '../../../core/database.ts';
import type { Event } from '../../../core/plugin.ts';
import type { Kind } from '../model.ts';
import { channelsFor, getRules, insertNotice, withdrawWaiting } from './plan.ts';

interface SeriesFacts {
  patientId: string;
  /** Of the earliest that it is about; null: there is none. */
  startsAt: string | null;
  count: number;
  /** The same of all that are to come now. */
  comingStartsAt: string | null;
  comingCount: number;
}

const kinds = {
  booked: 'series-booked',
  extended: 'series-booked',
  rescheduled: 'series-rescheduled',
  cancelled: 'series-cancelled',
  reinstated: 'series-booked',
} as const satisfies Record<string, Kind>;

/**
 * One message for a change of many appointments; their own events plan and withdraw reminders only. What was still waiting about the series
 * is out of date: a cancellation that nobody has heard of and that is taken back is told to nobody; of a series that nobody has heard of
 * what there is now is told.
 */
export const tellOfSeries =
  (what: keyof typeof kinds) =>
  async (tx: Db, event: Event<SeriesFacts>): Promise<void> => {
    const { patientId, startsAt, count, comingStartsAt, comingCount } = event.facts;
    const subjectId = event.subjectId;
    const withdrawn = await withdrawWaiting(tx, { subjectId, reason: 'series-changed', but: event.id });
    if (event.origin === 'import' || startsAt === null) return;
    const now = await hospitalNow(tx);
    const rules = await getRules(tx);
    for (const channel of await channelsFor(tx, patientId, 'appointments')) {
      const unsent = withdrawn.find((it) => it.channel === channel)?.kind;
      if (what === 'reinstated' && unsent === 'series-cancelled') continue;
      const isNew = unsent === 'series-booked';
      if (isNew && comingStartsAt === null) continue;
      const kind = isNew ? 'series-booked' : kinds[what];
      const facts = isNew && comingStartsAt ? { startsAt: comingStartsAt, count: comingCount } : { startsAt, count };
      await insertNotice(
        tx,
        {
          eventId: event.id,
          kind,
          channel,
          patientId,
          subjectId,
          facts,
          // The patient might set out in vain before quiet hours are over.
          urgent:
            kind !== 'series-booked' &&
            Temporal.Instant.compare(facts.startsAt, Temporal.Instant.from(now).add({ hours: 14 })) < 0,
          uselessAfter: facts.startsAt,
        },
        rules,
      );
    }
  };
