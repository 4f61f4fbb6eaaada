import { hospitalNow } from '../../../core/clock.ts';
import type { Db } from '../../../core/database.ts';
import type { Hms } from '../../../core/hms.ts';
import type { Event } from '../../../core/plugin.ts';
import { channelsFor, getRules, insertNotice, withdrawWaiting } from './plan.ts';

interface OfferMade {
  patientId: string;
  startsAt: string;
  expiresAt: string;
}

/**
 * A time that somebody waited for is kept for them, for a while: they are told at once, with the way to the portal. By night only when
 * it would begin before the next day is under way.
 */
export const tellOfOffer = async (tx: Db, event: Event<OfferMade>, { config }: Hms): Promise<void> => {
  if (event.origin === 'import') return;
  const { patientId, startsAt, expiresAt } = event.facts;
  const rules = await getRules(tx);
  const soon = Temporal.Instant.from(await hospitalNow(tx)).add({ hours: 14 });
  for (const channel of await channelsFor(tx, patientId, 'appointments'))
    await insertNotice(
      tx,
      {
        eventId: event.id,
        kind: 'appointment-offer',
        channel,
        patientId,
        subjectId: event.subjectId,
        facts: { startsAt, expiresAt, origin: config.origin },
        urgent: Temporal.Instant.compare(startsAt, soon) < 0,
        uselessAfter: expiresAt,
      },
      // Nobody takes an offer back within a minute, and each minute counts for whoever answers.
      { ...rules, undoSeconds: 0 },
    );
};

/** Answered, or over: what has not gone out yet would only disappoint. */
export const offerIsOver = (tx: Db, event: Event<object>): Promise<unknown> =>
  withdrawWaiting(tx, { subjectId: event.subjectId, reason: 'offer-over' });
