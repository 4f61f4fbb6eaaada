import type { Db } from '../../../core/database.ts';
import type { TimedAppointment } from '../booking/model.ts';
import type { Slot } from '../slots/model.ts';
import { listSlots } from '../slots/queries.ts';
import type { Affected } from './model.ts';
import type { Span } from './queries.ts';

/** How far ahead a place is looked for. */
const ahead = { hours: 90 * 24 };
type Taken = readonly [who: string | null, start: string, end: string];

/**
 * Where each could go, in the order of the appointments; no time is proposed twice. First the same practitioner's next free time after the
 * leave, then a colleague of the same service who is free soonest after the time that was agreed.
 */
export const propose = async (
  db: Db,
  practitionerId: string,
  span: Span,
  appointments: readonly TimedAppointment[],
): Promise<Affected[]> => {
  const taken: Taken[] = [];
  const affected: Affected[] = [];
  for (const appointment of appointments) {
    const { patientId, serviceId, startsAt, endsAt } = appointment;
    const length = Math.max(5, Math.round(Temporal.Instant.from(startsAt).until(endsAt).total('minutes')));
    // One free time more than others may have got before.
    const limit = Math.min(100, taken.length + 1);
    const search = (who: string | undefined, from: string, most: number) =>
      listSlots(db, {
        practitionerId: who,
        serviceId: serviceId ?? undefined,
        length,
        from,
        to: Temporal.Instant.from(from).add(ahead).toString(),
        limit: most,
        also: [patientId, ...appointment.alsoTaken.filter(({ kind }) => kind === 'device').map(({ id }) => id)],
      });
    const own = await search(practitionerId, span.endsAt, limit);
    // The practitioner's own times are among them, and fall out.
    const others = serviceId === null ? [] : await search(undefined, startsAt, Math.min(1000, limit * 2 + 20));
    const proposals = [
      own.find((slot) => isLeft(slot, taken)),
      others.find((slot) => slot.practitionerId !== practitionerId && isLeft(slot, taken)),
    ].filter((slot) => slot !== undefined);
    for (const slot of proposals)
      taken.push([slot.practitionerId, slot.start, slot.end], [slot.locationId, slot.start, slot.end]);
    affected.push({ appointment, proposals });
  }
  return affected;
};

const isLeft = (slot: Slot, taken: readonly Taken[]): boolean =>
  !taken.some(
    ([who, start, end]) =>
      who !== null &&
      (who === slot.practitionerId || who === slot.locationId) &&
      Temporal.Instant.compare(start, slot.end) < 0 &&
      Temporal.Instant.compare(slot.start, end) < 0,
  );
