import type { Availability, ClockChange } from './model.ts';

/**
 * The next changes of the clocks in the zone of these hours, at most `count` within two years, each with the hours of its day that it touches. Days are
 * those of the zone's calendar; a wall time that is skipped counts from before the skip, as free times have it.
 */
export const clockChanges = (
  { zone, windows, exceptions }: Omit<Availability, 'version'>,
  from: string,
  count = 2,
): ClockChange[] => {
  const changes: ClockChange[] = [];
  let at = Temporal.Instant.from(from).toZonedDateTimeISO(zone);
  const until = at.add({ years: 2 });
  while (changes.length < count) {
    const next = at.getTimeZoneTransition('next');
    if (!next || Temporal.ZonedDateTime.compare(next, until) > 0) break;
    at = next;
    const before = next.subtract({ nanoseconds: 1 });
    const shift = (next.offsetNanoseconds - before.offsetNanoseconds) / 60_000_000_000;
    if (shift === 0) continue; // another name for the same time
    const wallBefore = before.toPlainDateTime().add({ nanoseconds: 1 });
    const [first, last] = shift > 0 ? [wallBefore, next.toPlainDateTime()] : [next.toPlainDateTime(), wallBefore];
    const date = first.toPlainDate();
    const ofDay = [
      ...windows.filter(
        (it) =>
          it.weekday === date.dayOfWeek &&
          (it.validFrom === null || it.validFrom <= date.toString()) &&
          (it.validTo === null || it.validTo >= date.toString()),
      ),
      ...exceptions.filter((it) => it.open && it.onDate === date.toString()),
    ];
    changes.push({
      at: next.toInstant().toString(),
      onDate: date.toString(),
      shift,
      from: first.toPlainTime().toString({ smallestUnit: 'minute' }),
      to: last.toPlainTime().toString({ smallestUnit: 'minute' }),
      hours: ofDay.map((it) => asItComes(it, date, zone)).filter((it) => it.minutes !== it.usually),
    });
  }
  return changes;
};

const asItComes = (
  { startTime, endTime }: { startTime: string; endTime: string },
  date: Temporal.PlainDate,
  zone: string,
): ClockChange['hours'][number] => {
  // As PostgreSQL reads a wall time: what is skipped by the offset before, what comes twice by the second.
  const instant = (time: string) => {
    const wall =
      time === '24:00' ? date.add({ days: 1 }).toPlainDateTime() : date.toPlainDateTime(Temporal.PlainTime.from(time));
    return wall.toZonedDateTime(zone, { disambiguation: 'later' }).toInstant();
  };
  const minutesOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  const [startsAt, endsAt] = [instant(startTime), instant(endTime)];
  return {
    startTime,
    endTime,
    startsAt: startsAt.toString(),
    endsAt: endsAt.toString(),
    minutes: Math.max(0, startsAt.until(endsAt).total('minutes')),
    usually: minutesOf(endTime) - minutesOf(startTime),
  };
};
