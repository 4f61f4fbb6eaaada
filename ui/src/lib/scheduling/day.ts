/** A day as the calendar shows it: columns, free time, and where things stand. Pure; the server decides what can be booked. */
import { zone } from '../format.ts';
import type { DateText, Device, Group, Id, Instant, ScheduleDay, Service, TimedAppointment } from '../types.ts';

export const ms = (at: Instant): number => Temporal.Instant.from(at).epochMilliseconds;
export const instant = (at: number): Instant => Temporal.Instant.fromEpochMilliseconds(at).toString();
const minute = 60_000;
export const minutes = (from: Instant, to: Instant): number => Math.round((ms(to) - ms(from)) / minute);

/** A stretch of time of one doctor in which one more may be booked. */
export interface Span {
  practitionerId: Id;
  practitionerName: string;
  locationId: Id | null;
  locationName: string | null;
  from: number;
  to: number;
}
/** Where a visit may begin. */
export interface Place extends Omit<Span, 'from' | 'to'> {
  start: Instant;
}
/** Where a visit is moved to. */
export type Target = Pick<Place, 'practitionerId' | 'locationId' | 'start'>;
interface Piece {
  key: string;
  from: number;
  to: number;
}
interface Laned extends Piece {
  /** Of how many side by side it is which: more than one where more than one may come, or did. */
  lane: number;
  lanes: number;
}
export interface Free extends Laned, Place {
  kind: 'free';
  /** In the next hours: drawn; the others show themselves under the pointer or the focus. */
  near: boolean;
}
interface Block extends Laned {
  /** How many blocks stand side by side there, a free place not counted. */
  atOnce: number;
}
export interface Visit extends Block {
  kind: 'visit';
  appointment: TimedAppointment;
}
/** A time to which many come: one block, whoever comes. */
export interface Session extends Block {
  kind: 'group';
  group: Group;
}
export interface Column {
  id: string;
  title: string;
  note: string;
  /** Null for a room. */
  practitionerId: Id | null;
  /** Of a week: the column is a date of one doctor or room. */
  date?: DateText;
  isToday?: boolean;
  closed: { from: number; to: number }[];
  /** Visits, groups and free places in the order of time: the order of the keyboard. */
  items: (Visit | Session | Free)[];
  /** How many people are booked. */
  count: number;
}
export interface Hours {
  from: number;
  to: number;
  /** Full hours in between, as instants. */
  marks: number[];
}

/** Of those who are there: each department once, by name. */
export const departmentsOf = (day: ScheduleDay): { id: Id; name: string }[] =>
  [
    ...new Map(
      day.practitioners.filter((who) => who.departmentId).map((who) => [who.departmentId!, who.departmentName ?? '']),
    ),
  ]
    .map(([id, name]) => ({ id, name }))
    .sort((a, b) => a.name.localeCompare(b.name));
/** Each practitioner's department. */
export const departmentOfEach = (day: ScheduleDay): ReadonlyMap<Id, Id | null> =>
  new Map(day.practitioners.map((who) => [who.id, who.departmentId]));
/** Nothing fits. */
export const nowhere: ReadonlyMap<string, Free[]> = new Map();

/** Takes its time: neither called off nor missed. */
export const holds = ({ status }: TimedAppointment): boolean =>
  !['cancelled', 'noshow', 'entered-in-error'].includes(status);
/** Drawn in the calendar: a missed visit too, what was called off only in the list. */
const drawn = ({ status }: TimedAppointment): boolean => !['cancelled', 'entered-in-error'].includes(status);
const isHere = ({ status }: TimedAppointment): boolean => status === 'checked-in' || status === 'arrived';
export const waits = (it: TimedAppointment): boolean => isHere(it) && it.visitStartedAt === null;
export const isSeen = (it: TimedAppointment): boolean => isHere(it) && it.visitStartedAt !== null;
export const expected = ({ status }: TimedAppointment): boolean => status === 'booked' || status === 'pending';

/** The hours to draw: from the first to the last that anybody works or is booked; eight to four when nobody is. */
export function hoursOf(day: ScheduleDay): Hours {
  const starts = [
    ...day.practitioners.flatMap((who) => who.windows.map((window) => ms(window.start))),
    ...[...day.appointments, ...day.groups].map((it) => ms(it.startsAt)),
  ];
  const ends = [
    ...day.practitioners.flatMap((who) => who.windows.map((window) => ms(window.end))),
    ...[...day.appointments, ...day.groups].map((it) => ms(it.endsAt)),
  ];
  const at = (hour: number) =>
    Temporal.PlainDate.from(day.date).toZonedDateTime({ timeZone: day.zone, plainTime: { hour } }).epochMilliseconds;
  const hour = 60 * minute;
  const midnight = at(0);
  const from = starts.length ? midnight + Math.floor((Math.min(...starts) - midnight) / hour) * hour : at(8);
  const to = ends.length ? midnight + Math.ceil((Math.max(...ends) - midnight) / hour) * hour : at(16);
  return { from, to, marks: Array.from({ length: Math.round((to - from) / hour) }, (_, index) => from + index * hour) };
}

/** What is left of the windows, from `now` on, where doctor and room both take one more. `without`: the visit that is being moved is no obstacle to itself. */
export function freeSpans(day: ScheduleDay, now: number, without?: Id): Span[] {
  const earliest = Math.ceil(now / (5 * minute)) * 5 * minute;
  // Who comes to a group takes no time of their own: the group does.
  const busy = [
    ...day.appointments
      .filter((it) => holds(it) && it.id !== without && it.groupId === null)
      .map((it) => ({ by: takenBy(it), ...spanOf(it) })),
    ...day.groups.map((it) => ({ by: takenBy(it), ...spanOf(it) })),
  ];
  const full = (actorId: Id | null, capacity: number) =>
    actorId === null
      ? []
      : whereFull(
          busy.filter(({ by }) => by.includes(actorId)),
          capacity,
        );
  return day.practitioners.flatMap((who) => {
    const noTime = full(who.id, who.capacity);
    return who.windows.flatMap((window) =>
      subtract({ from: Math.max(ms(window.start), earliest), to: ms(window.end) }, [
        ...noTime,
        ...full(window.locationId, window.locationCapacity),
      ]).map((rest) => ({
        practitionerId: who.id,
        practitionerName: who.displayName,
        locationId: window.locationId,
        locationName: window.locationName,
        ...rest,
      })),
    );
  });
}
const takenBy = (it: Pick<TimedAppointment, 'practitionerId' | 'locationId' | 'alsoTaken'>) => [
  it.practitionerId,
  it.locationId,
  ...it.alsoTaken.map(({ id }) => id),
];
const spanOf = (it: { startsAt: Instant; endsAt: Instant }) => ({ from: ms(it.startsAt), to: ms(it.endsAt) });

/** The stretches in which at least so many of others run at once. */
function whereFull(taken: readonly { from: number; to: number }[], capacity: number): { from: number; to: number }[] {
  // One that ends makes room for one that begins at the same instant.
  const edges = taken
    .flatMap(({ from, to }) => [
      { at: from, by: 1 },
      { at: to, by: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by);
  const full: { from: number; to: number }[] = [];
  let count = 0;
  let since = 0;
  for (const { at, by } of edges) {
    count += by;
    if (by === 1 && count === capacity) since = at;
    else if (by === -1 && count === capacity - 1 && at > since) full.push({ from: since, to: at });
  }
  return full;
}

/** What is left of a stretch when others are taken out, in order. */
export function subtract(
  whole: { from: number; to: number },
  taken: readonly { from: number; to: number }[],
): { from: number; to: number }[] {
  const rest: { from: number; to: number }[] = [];
  let from = whole.from;
  for (const one of [...taken].sort((a, b) => a.from - b.from)) {
    if (one.to <= from || one.from >= whole.to) continue;
    if (one.from > from) rest.push({ from, to: one.from });
    from = Math.max(from, one.to);
  }
  if (from < whole.to) rest.push({ from, to: whole.to });
  return rest;
}

/** Free time cut into usual visits, in step with the full hours, so that each piece can be chosen. A rest under ten minutes is of no use. */
export function piecesOf(span: Span, hours: Hours, stepOf: StepOf, nearUntil = 0): Free[] {
  const step = stepOf(span.practitionerId) * minute;
  const pieces: Free[] = [];
  for (let from = span.from; from < span.to;) {
    const to = Math.min(span.to, from + step - ((from - hours.from) % step));
    if (to - from >= Math.min(step, 10 * minute)) {
      const start = instant(from);
      pieces.push({
        kind: 'free',
        key: freeKey(span.practitionerId, start),
        ...span,
        from,
        to,
        start,
        near: from < nearUntil,
        ...alone,
      });
    }
    from = to;
  }
  return pieces;
}
export const freeKey = (practitionerId: Id, start: Instant): string => `free ${practitionerId} ${start}`;
export const visitKey = (id: Id): string => `visit ${id}`;

export const groupKey = (id: Id): string => `group ${id}`;

const alone = { lane: 0, lanes: 1 };
const visitOf = (appointment: TimedAppointment): Visit => ({
  kind: 'visit',
  key: visitKey(appointment.id),
  from: ms(appointment.startsAt),
  to: ms(appointment.endsAt),
  appointment,
  atOnce: 1,
  ...alone,
});
const sessionOf = (group: Group): Session => ({
  kind: 'group',
  key: groupKey(group.id),
  from: ms(group.startsAt),
  to: ms(group.endsAt),
  group,
  atOnce: 1,
  ...alone,
});

/** What overlaps stands side by side. Who comes to a group is in its block. */
function sideBySide(appointments: readonly TimedAppointment[], groups: readonly Group[]): (Visit | Session)[] {
  const visits = [
    ...appointments.filter((it) => drawn(it) && it.groupId === null).map(visitOf),
    ...groups.map(sessionOf),
  ].sort((a, b) => a.from - b.from || a.to - b.to);
  let group: (Visit | Session)[] = [];
  let end = 0;
  const close = () => {
    const lanes = Math.max(...group.map(({ lane }) => lane)) + 1;
    for (const block of group) block.lanes = block.atOnce = lanes;
    group = [];
  };
  for (const visit of visits) {
    if (visit.from >= end) close();
    const taken = new Set(group.filter((other) => other.to > visit.from).map(({ lane }) => lane));
    while (taken.has(visit.lane)) visit.lane++;
    group.push(visit);
    end = Math.max(end, visit.to);
  }
  close();
  return visits;
}

/** A free place at the time of others stands beside them, and they make room. Changes both. */
function besideOthers(blocks: readonly (Visit | Session)[], free: readonly Free[]): void {
  for (const place of free) {
    const others = blocks.filter((it) => it.from < place.to && place.from < it.to);
    place.lane = Math.max(0, ...others.map(({ atOnce }) => atOnce));
    place.lanes = place.lane + 1;
    for (const it of others) it.lanes = it.atOnce + 1;
  }
}

interface Shown {
  day: ScheduleDay;
  hours: Hours;
  now: number;
  /** Whether `day` is the clinic's today: then only the next three hours are near, else the first two of each column. */
  isToday: boolean;
  department: Id | '';
  mayBook: boolean;
  stepOf: StepOf;
}
/** Minutes of a doctor's usual visit. */
export type StepOf = (practitionerId: Id) => number;

/** The commonest length of a department's services; half an hour where there are none. */
export function usualLength(services: readonly Service[], departmentId: Id | null): number {
  const lengths = services
    .filter((it) => it.active && (!departmentId || it.departmentId === departmentId))
    .map((it) => it.durationMinutes);
  const times = (length: number) => lengths.filter((one) => one === length).length;
  return lengths.length ? lengths.reduce((best, length) => (times(length) > times(best) ? length : best)) : 30;
}

/** Those who work or are booked that day. */
export function doctorColumns({ day, hours, now, isToday, department, mayBook, stepOf }: Shown): Column[] {
  const spans = mayBook ? freeSpans(day, now) : [];
  return day.practitioners
    .filter((who) => !department || who.departmentId === department)
    .map((who) => {
      const own = day.appointments.filter((it) => it.practitionerId === who.id);
      const groups = day.groups.filter((it) => it.practitionerId === who.id);
      const rooms = [...new Set(who.windows.map((window) => window.locationName).filter((name) => name !== null))];
      return column(
        {
          id: who.id,
          title: who.displayName,
          note: [who.departmentName, rooms.join(', ')].filter(Boolean).join(' · '),
          practitionerId: who.id,
        },
        {
          windows: who.windows,
          own,
          groups,
          spans: spans.filter((span) => span.practitionerId === who.id),
          hours,
          now,
          isToday,
          stepOf,
        },
      );
    })
    .filter((one) => one.items.length > 0 || one.closed.every(({ from, to }) => from > hours.from || to < hours.to));
}

export function roomColumns({ day, hours, now, isToday, department, mayBook, stepOf }: Shown): Column[] {
  const people = day.practitioners.filter((who) => !department || who.departmentId === department);
  const spans = mayBook
    ? freeSpans(day, now).filter((span) => people.some((who) => who.id === span.practitionerId))
    : [];
  const rooms = new Map<Id, string>();
  for (const window of people.flatMap((who) => who.windows))
    if (window.locationId) rooms.set(window.locationId, window.locationName ?? '');
  for (const it of day.appointments) {
    if (!people.some((who) => who.id === it.practitionerId)) continue;
    if (it.locationId) rooms.set(it.locationId, it.locationName ?? '');
    for (const also of it.alsoTaken) if (also.kind === 'location') rooms.set(also.id, also.name);
  }
  for (const it of day.groups)
    if (it.locationId && people.some((who) => who.id === it.practitionerId))
      rooms.set(it.locationId, it.locationName ?? '');
  return [...rooms]
    .sort(([, a], [, b]) => a.localeCompare(b, undefined, { numeric: true }))
    .map(([id, title]) => {
      const users = people.filter((who) => who.windows.some((window) => window.locationId === id));
      return column(
        { id, title, note: users.map((who) => who.displayName).join(', '), practitionerId: null },
        {
          windows: users.flatMap((who) => who.windows.filter((window) => window.locationId === id)),
          own: day.appointments.filter((it) => it.locationId === id || takes(it, id)),
          groups: day.groups.filter((it) => it.locationId === id),
          spans: spans.filter((span) => span.locationId === id),
          hours,
          now,
          isToday,
          stepOf, // prettier-ignore
        },
      );
    });
}

const takes = (it: Pick<TimedAppointment, 'alsoTaken'>, id: Id): boolean => it.alsoTaken.some((also) => also.id === id);

/** What each piece of equipment is booked for. It has no working hours of its own, so nothing is offered: a time is chosen with a doctor. */
export const deviceColumns =
  (devices: readonly Device[]) =>
  ({ day, hours, now, isToday, department, stepOf }: Shown): Column[] =>
    devices
      .filter((it) => !department || it.departmentId === department)
      .map((device) =>
        column(
          {
            id: device.id,
            title: device.name,
            note: [device.type === device.name ? null : device.type, device.locationName].filter(Boolean).join(' · '),
            practitionerId: null,
          },
          {
            windows: [{ start: instant(hours.from), end: instant(hours.to) }],
            own: day.appointments.filter((it) => takes(it, device.id)),
            groups: day.groups.filter((it) => takes(it, device.id)),
            spans: [],
            hours,
            now,
            isToday,
            stepOf,
          },
        ),
      );

export function column(
  head: Pick<Column, 'id' | 'title' | 'note' | 'practitionerId'>,
  it: {
    windows: { start: Instant; end: Instant }[];
    own: TimedAppointment[];
    groups?: readonly Group[];
    spans: Span[];
    hours: Hours;
    now: number;
    isToday: boolean;
    stepOf: StepOf;
  },
): Column {
  const { hours, now, isToday, spans, stepOf } = it;
  const open = it.windows.map((window) => ({ from: ms(window.start), to: ms(window.end) }));
  // In a room that two share, the same time is offered once.
  const free: Free[] = [];
  for (const piece of spans
    .flatMap((span) => piecesOf(span, hours, stepOf, now + 180 * minute))
    .sort((a, b) => a.from - b.from)) {
    if (piece.from >= (free.at(-1)?.to ?? 0)) free.push(piece);
  }
  if (!isToday) free.forEach((piece, index) => (piece.near = index < 2));
  const blocks = sideBySide(it.own, it.groups ?? []);
  besideOthers(blocks, free);
  return {
    ...head,
    closed: subtract(hours, open),
    items: [...blocks, ...free].sort((a, b) => a.from - b.from),
    count: it.own.filter(holds).length,
  };
}

/** Where a visit of that length fits: the starts a move by keys steps through. */
export function placesFor(
  columns: readonly Column[],
  spans: readonly Span[],
  hours: Hours,
  stepOf: StepOf,
  length: number,
): Map<string, Free[]> {
  return new Map(
    columns.map((one) => [
      one.id,
      spans
        .filter((span) =>
          one.practitionerId ? span.practitionerId === one.practitionerId : span.locationId === one.id,
        )
        .flatMap((span) => piecesOf(span, hours, stepOf).filter((piece) => piece.from + length * minute <= span.to))
        .sort((a, b) => a.from - b.from),
    ]),
  );
}

/** Of some times the one nearest to another. */
export const nearest = <T>(items: readonly T[], at: number, of: (item: T) => number): T | undefined =>
  items.reduce<T | undefined>(
    (best, item) => (best === undefined || Math.abs(of(item) - at) < Math.abs(of(best) - at) ? item : best),
    undefined,
  );

export const waitingOf = (day: ScheduleDay): TimedAppointment[] =>
  day.appointments.filter(waits).sort((a, b) => ms(a.checkedInAt ?? a.startsAt) - ms(b.checkedInAt ?? b.startsAt));
export const expectedOf = (day: ScheduleDay): TimedAppointment[] =>
  day.appointments.filter(expected).sort((a, b) => ms(a.startsAt) - ms(b.startsAt));

/**
 * Who and where at that time of a column: the window that covers it, else the column's own doctor. In a room it is whoever sees
 * the visit now, if they work then; else who is free there for so many minutes, else who works there.
 */
export function placeAt(
  day: ScheduleDay,
  column: Pick<Column, 'id' | 'practitionerId'>,
  at: number,
  it: Pick<TimedAppointment, 'id' | 'practitionerId' | 'locationId'>,
  length: number,
): Target | undefined {
  const isRoom = column.practitionerId === null;
  const who = day.practitioners.filter((one) => isRoom || one.id === column.practitionerId);
  // Whoever was given a room that is not their own keeps it.
  const isThere = (one: { id: Id }, window: { locationId: Id | null }) =>
    !isRoom || window.locationId === column.id || (it.locationId === column.id && one.id === it.practitionerId);
  const all = who.flatMap((one) =>
    one.windows
      .filter((window) => ms(window.start) <= at && at < ms(window.end) && isThere(one, window))
      .map((window) => ({ one, window })),
  );
  const free = freeSpans(day, 0, it.id).find(
    (span) => span.locationId === column.id && span.from <= at && at + length * minute <= span.to,
  );
  const of = (id: Id | null | undefined) => all.find(({ one }) => one.id === id);
  const found = of(it.practitionerId) ?? of(free?.practitionerId) ?? all[0];
  const one = found?.one ?? who.find(() => !isRoom);
  if (!one) return undefined;
  return {
    practitionerId: one.id,
    locationId: isRoom ? column.id : (found?.window.locationId ?? null),
    start: instant(at),
  };
}

/** The times at which one may begin in the free stretch around a place, every five minutes. */
export function startsAround(spans: readonly Span[], place: Place): Instant[] {
  const at = ms(place.start);
  const span = spans.find((one) => one.practitionerId === place.practitionerId && one.from <= at && at < one.to);
  if (!span) return [place.start];
  const starts = [at];
  for (let from = Math.ceil(span.from / (5 * minute)) * 5 * minute; from < span.to; from += 5 * minute)
    starts.push(from);
  return [...new Set(starts)].sort((a, b) => a - b).map(instant);
}

/** The date one or more days before or after another. */
export const dateAfter = (date: DateText, days: number): DateText =>
  Temporal.PlainDate.from(date).add({ days }).toString();
export const isPast = (at: Instant, now: number): boolean => ms(at) < now;
export const dateOf = (at: Instant): DateText =>
  Temporal.Instant.from(at).toZonedDateTimeISO(zone()).toPlainDate().toString();
