/** A week of one doctor or one room: a column for each date, drawn on the clock of one day, so that the same hour stands at the same height. */
import { shortDate } from '../format.ts';
import * as m from '../messages.js';
import type { DateText, Id, Instant, ScheduleDay } from '../types.ts';
import {
  column,
  dateOf,
  freeSpans,
  instant,
  ms,
  piecesOf,
  type Column,
  type Free,
  type Hours,
  type StepOf,
} from './day.ts';

export interface Subject {
  kind: 'doctor' | 'room';
  id: Id;
  title: string;
}

/** The seven dates, Monday first (ISO 8601). */
export const weekOf = (date: DateText): DateText[] => {
  const day = Temporal.PlainDate.from(date);
  const monday = day.subtract({ days: day.dayOfWeek - 1 });
  return Array.from({ length: 7 }, (_, days) => monday.add({ days }).toString());
};

/** Several days as one: each doctor once, with the windows of all. */
export const oneOf = (days: readonly ScheduleDay[]): ScheduleDay => {
  const people = new Map(
    days.flatMap((day) => day.practitioners).map((who) => [who.id, { ...who, windows: [] as typeof who.windows }]),
  );
  for (const who of days.flatMap((day) => day.practitioners)) people.get(who.id)!.windows.push(...who.windows);
  const appointments = new Map(days.flatMap((day) => day.appointments).map((it) => [it.id, it]));
  const groups = new Map(days.flatMap((day) => day.groups).map((it) => [it.id, it]));
  return {
    ...days[0]!,
    practitioners: [...people.values()],
    appointments: [...appointments.values()],
    groups: [...groups.values()],
  };
};

/** Wall time of one date as an instant of another, and back: a week with a clock change is drawn on a day without one. */
export class Clock {
  readonly zone: string;
  readonly canvas: Temporal.PlainDate;
  constructor(dates: readonly DateText[], zone: string) {
    const all = dates.map((date) => Temporal.PlainDate.from(date));
    this.zone = zone;
    this.canvas = all.find((date) => date.toZonedDateTime(zone).hoursInDay === 24) ?? all[0]!;
  }
  /** Where an instant stands that belongs to the column of `date`; its midnight at the end is 24 hours down. */
  drawn(at: number, date: DateText): number {
    const wall = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(this.zone).toPlainDateTime();
    const since = Temporal.PlainDate.from(date).toPlainDateTime().until(wall, { largestUnit: 'hours' });
    return this.canvas.toPlainDateTime().add(since).toZonedDateTime(this.zone).epochMilliseconds;
  }
  real(drawn: number, date: DateText): number {
    const wall = Temporal.Instant.fromEpochMilliseconds(drawn).toZonedDateTimeISO(this.zone).toPlainDateTime();
    const since = this.canvas.toPlainDateTime().until(wall, { largestUnit: 'hours' });
    return Temporal.PlainDate.from(date).toPlainDateTime().add(since).toZonedDateTime(this.zone).epochMilliseconds;
  }
}

interface Shown {
  week: ScheduleDay;
  dates: readonly DateText[];
  of: Subject;
  now: number;
  mayBook: boolean;
  stepOf: StepOf;
}

/** Of a room also what is booked there by others than those who work there. */
const isOf =
  ({ kind, id }: Subject) =>
  (it: ScheduleDay['appointments'][number]): boolean =>
    kind === 'doctor' ? it.practitionerId === id : it.locationId === id || it.alsoTaken.some((also) => also.id === id);

export function weekColumns({ week, dates, of, now, mayBook, stepOf }: Shown): {
  columns: Column[];
  hours: Hours;
  clock: Clock;
} {
  const clock = new Clock(dates, week.zone);
  const windows = week.practitioners
    .filter((who) => of.kind === 'room' || who.id === of.id)
    .flatMap((who) => who.windows.filter((window) => of.kind === 'doctor' || window.locationId === of.id));
  const own = week.appointments.filter(isOf(of));
  const spans = mayBook
    ? freeSpans(week, now).filter((span) => (of.kind === 'doctor' ? span.practitionerId : span.locationId) === of.id)
    : [];
  const groups = week.groups.filter((it) => (of.kind === 'doctor' ? it.practitionerId : it.locationId) === of.id);
  const hours = hoursOfWeek(
    [...windows, ...[...own, ...groups].map((it) => ({ start: it.startsAt, end: it.endsAt }))],
    clock,
  );
  const today = dateOf(instant(now));
  const columns = dates.map((date): Column => {
    const on = (at: Instant | number) => dateOf(typeof at === 'number' ? instant(at) : at) === date;
    const there = (at: number) => clock.drawn(at, date);
    const whole = { ...hours, from: clock.real(hours.from, date), to: clock.real(hours.to, date) };
    const { closed, items, count } = column(
      { id: date, title: shortDate(date), note: '', practitionerId: null },
      {
        windows: windows.filter(({ start }) => on(start)),
        own: own.filter((it) => on(it.startsAt)),
        groups: groups.filter((it) => on(it.startsAt)),
        spans: spans.filter(({ from }) => on(from)),
        hours: whole,
        now,
        isToday: date === today,
        stepOf,
      },
    );
    const moved = <It extends { from: number; to: number }>(it: It): It => ({
      ...it,
      from: there(it.from),
      to: there(it.to),
    });
    return {
      id: date,
      date,
      title: shortDate(date),
      note: m.day_booked_count({ count }),
      isToday: date === today,
      practitionerId: of.kind === 'doctor' ? of.id : null,
      closed: closed.map(moved),
      items: items.map(moved),
      count,
    };
  });
  return { columns, hours, clock };
}

/** From the first full hour that is worked or booked on any of the days to the last; eight to four when there is none. */
function hoursOfWeek(spans: readonly { start: Instant; end: Instant }[], clock: Clock): Hours {
  const hour = 3_600_000;
  const midnight = clock.canvas.toZonedDateTime(clock.zone).epochMilliseconds;
  const from = spans.map(({ start }) => clock.drawn(ms(start), dateOf(start)) - midnight);
  const to = spans.map(({ start, end }) => clock.drawn(ms(end), dateOf(start)) - midnight);
  const first = midnight + (from.length ? Math.floor(Math.min(...from) / hour) : 8) * hour;
  const last = midnight + (to.length ? Math.ceil(Math.max(...to) / hour) : 16) * hour;
  return {
    from: first,
    to: last,
    marks: Array.from({ length: (last - first) / hour }, (_, index) => first + index * hour),
  };
}

/** Where a visit of that many minutes fits, by date, drawn where it would stand. */
export function placesInWeek(
  { week, of, now, stepOf, without, length }: Omit<Shown, 'dates' | 'mayBook'> & { without: Id; length: number },
  { columns, hours, clock }: ReturnType<typeof weekColumns>,
): Map<string, Free[]> {
  const spans = freeSpans(week, now, without).filter(
    (span) => (of.kind === 'doctor' ? span.practitionerId : span.locationId) === of.id,
  );
  return new Map(
    columns.map(({ id: date }) => [
      date,
      spans
        .filter((span) => dateOf(instant(span.from)) === date)
        .flatMap((span) =>
          piecesOf(span, { ...hours, from: clock.real(hours.from, date) }, stepOf).filter(
            (piece) => piece.from + length * 60_000 <= span.to,
          ),
        )
        .map((piece) => ({ ...piece, from: clock.drawn(piece.from, date), to: clock.drawn(piece.to, date) })),
    ]),
  );
}
