/** A part of RFC 5545's RRULE: what a hospital says of appointments that repeat. Dates only; the wall time stands beside. */
export interface Rule {
  frequency: 'daily' | 'weekly' | 'monthly';
  /** Every so many days, weeks (that begin on Monday) or months. */
  every: number;
  /** Monday is 1. Weekly, left out or empty: the weekday of the start. Monthly: the one that `nth` counts. */
  weekdays?: readonly number[] | undefined;
  /** Monthly: which of the month; -1 is the last. Left out: the day of the month of the start, in months that have it. */
  nth?: number | null | undefined;
  /** One of the two, and not both. */
  count?: number | undefined;
  /** Inclusive. */
  untilOn?: string | undefined;
}

/** More than two years of weeks; nobody agrees on times beyond that. */
export const mostOccurrences = 104;
const mostYears = 5;

/**
 * The rule's dates from `startOn` on, in order. Unlike RFC 5545 the start itself is one of them only when the rule says so. `after`: later
 * ones only, and only they are counted. Null: more than there may be.
 */
export const datesOf = (startOn: string, rule: Rule, after: string | null = null): string[] | null => {
  const start = Temporal.PlainDate.from(startOn);
  const wanted: string[] = [];
  const most = rule.count ?? mostOccurrences + 1;
  const end = start.add({ years: mostYears }).toString();
  for (const date of every(start, rule)) {
    const on = date.toString();
    if (wanted.length >= most || (rule.untilOn && on > rule.untilOn)) break;
    if (on > end || wanted.length >= mostOccurrences) return null;
    if (after === null || on > after) wanted.push(on);
  }
  return wanted;
};

/** All dates of the rule, for ever. */
function* every(start: Temporal.PlainDate, rule: Rule): Generator<Temporal.PlainDate> {
  if (rule.frequency === 'daily') for (let n = 0; ; n++) yield start.add({ days: n * rule.every });
  if (rule.frequency === 'weekly') {
    const monday = start.subtract({ days: start.dayOfWeek - 1 });
    const weekdays = rule.weekdays?.length ? [...rule.weekdays].sort((a, b) => a - b) : [start.dayOfWeek];
    for (let n = 0; ; n++)
      for (const weekday of weekdays) {
        const date = monday.add({ days: n * rule.every * 7 + weekday - 1 });
        if (Temporal.PlainDate.compare(date, start) >= 0) yield date;
      }
  }
  const first = start.with({ day: 1 });
  for (let n = 0; ; n++) {
    const month = first.add({ months: n * rule.every });
    const date = dayOf(month, start, rule);
    if (date && Temporal.PlainDate.compare(date, start) >= 0) yield date;
    // A month without that day has none; a day that never comes ends all the same.
    else if (month.year > start.year + 2 * mostYears) yield month;
  }
}

const dayOf = (month: Temporal.PlainDate, start: Temporal.PlainDate, { weekdays, nth }: Rule) => {
  if (!nth) return start.day <= month.daysInMonth ? month.with({ day: start.day }) : undefined;
  const weekday = weekdays?.[0] ?? start.dayOfWeek;
  if (nth < 0) {
    const last = month.with({ day: month.daysInMonth });
    return last.subtract({ days: (last.dayOfWeek - weekday + 7) % 7 });
  }
  const day = 1 + ((weekday - month.dayOfWeek + 7) % 7) + (nth - 1) * 7;
  return day <= month.daysInMonth ? month.with({ day }) : undefined;
};

/** The instant of a wall time in its zone; null where the clock skips it. A time that comes twice is the second, as in working hours. */
export const instantOf = (on: string, time: string, zone: string): string | null => {
  const wall = Temporal.PlainDate.from(on).toPlainDateTime(Temporal.PlainTime.from(time));
  const there = wall.toZonedDateTime(zone, { disambiguation: 'later' });
  return there.toPlainDateTime().equals(wall) ? there.toInstant().toString() : null;
};

export const shifted = (on: string, days: number): string => Temporal.PlainDate.from(on).add({ days }).toString();
