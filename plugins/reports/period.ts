import { refuse } from '../../core/refuse.ts';

const defaultDays = 30;
const longestDays = 5 * 366;

/** Days of the hospital, both inclusive, and as instants `[begins, ends)`; `before` is the first day of the equally long period before. */
export interface Period {
  from: string;
  to: string;
  begins: string;
  ends: string;
  before: string;
}

/** Without `to` until today, without `from` thirty days. @throws refusal period_unusable */
export const periodOf = (asked: { from?: string; to?: string }, today: string, zone: string): Period => {
  const to = Temporal.PlainDate.from(asked.to ?? today);
  const from = asked.from ? Temporal.PlainDate.from(asked.from) : to.subtract({ days: defaultDays - 1 });
  const { days } = from.until(to.add({ days: 1 }), { largestUnit: 'day' });
  if (days < 1 || days > longestDays) throw refuse('period_unusable');
  const midnight = (date: Temporal.PlainDate) => date.toZonedDateTime(zone).toInstant().toString();
  return {
    from: from.toString(),
    to: to.toString(),
    begins: midnight(from),
    ends: midnight(to.add({ days: 1 })),
    before: from.subtract({ days }).toString(),
  };
};

export const dayOf = (instant: string, zone: string): string =>
  Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDate().toString();
