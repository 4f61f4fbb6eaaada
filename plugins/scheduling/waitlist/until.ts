import type { SchedulingRules } from '../rules/model.ts';

/** When an offer made now is over: its minutes run by day only, and never past the start of what is offered. */
export const answerUntil = (
  now: string,
  startsAt: string,
  { offerMinutes, offersFrom, offersTo }: Pick<SchedulingRules, 'offerMinutes' | 'offersFrom' | 'offersTo'>,
  zone: string,
): string => {
  const local = Temporal.Instant.from(now).toZonedDateTimeISO(zone);
  const time = local.toPlainTime();
  const [from, to] = [Temporal.PlainTime.from(offersFrom), Temporal.PlainTime.from(offersTo)];
  const isBefore = (a: Temporal.PlainTime, b: Temporal.PlainTime) => Temporal.PlainTime.compare(a, b) < 0;
  // Hours that go past midnight, or never end, are taken as they are.
  const isNight = isBefore(from, to) && (isBefore(time, from) || !isBefore(time, to));
  const morning = isBefore(time, from) ? local.toPlainDate() : local.toPlainDate().add({ days: 1 });
  const counted = isNight
    ? morning.toZonedDateTime({ timeZone: zone, plainTime: from }).toInstant()
    : local.toInstant();
  const until = counted.add({ minutes: offerMinutes });
  return (Temporal.Instant.compare(until, startsAt) < 0 ? until : Temporal.Instant.from(startsAt)).toString();
};
