import type { MessageRules } from './model.ts';

/**
 * When the quiet hours that this instant lies in are over; null when it lies in none. From is inclusive, to is not. A wall
 * time that the clock skips counts from after the skip, one that it repeats ends with the first; where the clock skips the only
 * hours that are not quiet, they are over the day after.
 */
export const quietUntil = (at: string, zone: string, rules: MessageRules): string | null => {
  const { quietFrom, quietTo } = rules;
  if (quietFrom === quietTo) return null;
  const local = Temporal.Instant.from(at).toZonedDateTimeISO(zone);
  const wall = local.toPlainTime();
  const from = Temporal.PlainTime.from(quietFrom);
  const to = Temporal.PlainTime.from(quietTo);
  const before = (a: Temporal.PlainTime, b: Temporal.PlainTime) => Temporal.PlainTime.compare(a, b) < 0;
  const overMidnight = before(to, from);
  const isQuiet = overMidnight ? !before(wall, from) || before(wall, to) : !before(wall, from) && before(wall, to);
  if (!isQuiet) return null;
  const day = before(wall, to) ? local.toPlainDate() : local.toPlainDate().add({ days: 1 });
  const end = day.toZonedDateTime({ timeZone: zone, plainTime: to }).toInstant();
  // In a repeated hour the end may lie behind already: then they are over.
  return Temporal.Instant.compare(end, at) > 0 ? (quietUntil(end.toString(), zone, rules) ?? end.toString()) : null;
};
