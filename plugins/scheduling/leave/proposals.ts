import type { Db } from '../../../core/database.ts';
import type { Slot } from '../slots/model.ts';
import { listSlots } from '../slots/queries.ts';
import type { Span } from './queries.ts';

/** What needs another place: an appointment, or a group with all who come. */
export interface Displaced {
  /** With whom it is; whoever is away may be among those whom it takes besides. */
  practitionerId: string | null;
  serviceId: string | null;
  startsAt: string;
  endsAt: string;
  alsoTaken: readonly { id: string }[];
  patients: readonly string[];
}

/** How far ahead a place is looked for. */
const ahead = { hours: 90 * 24 };
/** Whom and what a place that was proposed takes. */
interface Taken {
  actors: readonly (string | null)[];
  start: string;
  end: string;
}

/**
 * Where each could go, in their order; no time is proposed twice. First the same practitioner's next free time after the
 * leave, then a colleague of the same service who is free soonest after the time that was agreed. Nobody stands in for who is asked for besides.
 */
export const propose = async (
  db: Db,
  away: string,
  span: Span,
  displaced: readonly Displaced[],
): Promise<readonly Slot[][]> => {
  const taken: Taken[] = [];
  const all: Slot[][] = [];
  for (const { practitionerId, serviceId, startsAt, endsAt, alsoTaken, patients } of displaced) {
    const length = minutesOf(startsAt, endsAt);
    // One free time more than others may have got before; a long one lies over several short ones.
    const given = taken.reduce((sum, { start, end }) => sum + 1 + Math.ceil(minutesOf(start, end) / length), 0);
    const limit = Math.min(100, given + 1);
    const also = [...patients, ...alsoTaken.map(({ id }) => id)];
    const lead = practitionerId ?? away;
    const search = (who: string | undefined, from: string, most: number) =>
      listSlots(db, {
        practitionerId: who,
        serviceId: serviceId ?? undefined,
        length,
        from,
        to: Temporal.Instant.from(from).add(ahead).toString(),
        limit: most,
        also,
      });
    const isLeft = (slot: Slot) => !taken.some((other) => collides(other, slot, also));
    const own = await search(lead, span.endsAt, limit);
    // The practitioner's own times are among them, and fall out.
    const others =
      serviceId === null || lead !== away ? [] : await search(undefined, startsAt, Math.min(1000, limit * 2 + 20));
    const proposals = [
      own.find(isLeft),
      others.find((slot) => ![away, ...also].includes(slot.practitionerId) && isLeft(slot)),
    ].filter((slot) => slot !== undefined);
    for (const { practitionerId: who, locationId, start, end } of proposals)
      taken.push({ actors: [who, locationId, ...also], start, end });
    all.push(proposals);
  }
  return all;
};

const minutesOf = (from: string, to: string): number =>
  Math.max(5, Math.round(Temporal.Instant.from(from).until(to).total('minutes')));

const collides = ({ actors, start, end }: Taken, slot: Slot, also: readonly string[]): boolean =>
  [slot.practitionerId, slot.locationId, ...also].some((actor) => actor !== null && actors.includes(actor)) &&
  Temporal.Instant.compare(start, slot.end) < 0 &&
  Temporal.Instant.compare(slot.start, end) < 0;
