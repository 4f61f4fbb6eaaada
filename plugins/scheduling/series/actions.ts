import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { actorsOfMove } from '../booking/actions.ts';
import { demandAlive } from '../booking/alive.ts';
import { announce } from '../booking/announce.ts';
import { insertAppointment, moveAppointment, releaseTime, setStatus } from '../booking/queries.ts';
import { getAppointment } from '../booking/read.ts';
import {
  agreedOf,
  allOrNothing,
  demandDates,
  freeDates,
  Obstacles,
  previewDates,
  takeAll,
  timeOf,
  type Plan,
  type Time,
} from './dates.ts';
import type { CallOff, Change, Extension, NewSeries, Occurrence, Scope, Series, SeriesDate } from './model.ts';
import * as q from './queries.ts';
import { mostOccurrences, shifted, type Rule } from './rule.ts';

// The order of locks is that of a single booking: hours and pools, then rows, then people and places, each in the order of ids. The
// patient hears of a change once, from the event of the series; those of its appointments say that they belong to it.

/** Each date of the rule: free, or what stands in the way and what is free next. Changes nothing. @throws as bookSeries, but series_not_free */
export const previewSeries = async (db: Db, wanted: NewSeries): Promise<SeriesDate[]> => {
  await demandAlive(db, wanted.patientId);
  const times = demandDates(wanted.startOn, wanted.rule).map((on) => timeOf(on, on, wanted));
  return previewDates(db, wanted, agreedOf(times, wanted.dates, wanted.minutes), true);
};

/**
 * All dates or none; with `dates` all of those, and the rule's other dates are left out for good. The service's horizon is kept by the first
 * date alone, its lead time by each. Each occurrence is an appointment like any other.
 * @throws refusals not_found (patient), patient_deceased, zone_unknown, series_empty, series_too_long, series_date_unknown, series_not_free with the dates; practitioner_unknown and others of a booking that are about the whole
 */
export const bookSeries = (db: Db, wanted: NewSeries): Promise<Series> =>
  allOrNothing(db, async (tx) => {
    await demandAlive(tx, wanted.patientId);
    const dates = demandDates(wanted.startOn, wanted.rule);
    const times = dates.map((on) => timeOf(on, on, wanted));
    await q.lockForSeries(tx, [wanted.practitionerId], wanted.serviceId);
    const id = await q.insertSeries(tx, wanted, dates.at(-1)!);
    const series = { ...wanted, id, reason: wanted.reason ?? null };
    await addDates(tx, series, times, agreedOf(times, wanted.dates, wanted.minutes), true);
    return tell(tx, 'booked', id);
  });

/** Dates after the last one, by the rule and as the series is now. What was called off or left out stays so. @throws as bookSeries; version_stale */
export const extendSeries = (db: Db, id: string, version: number, wanted: Extension): Promise<Series> =>
  allOrNothing(db, async (tx) => {
    const series = await expect(tx, id, version);
    await demandAlive(tx, series.patientId);
    const times = moreTimes(series, wanted);
    await q.lockForSeries(tx, [series.practitionerId], series.serviceId);
    if ((await q.extendSeries(tx, id, version, times.at(-1)!.on)) === null) throw refuse('version_stale');
    const added = await addDates(tx, series, times, agreedOf(times, wanted.dates, series.minutes), false);
    return tell(tx, 'extended', id, added);
  });

/** As previewSeries. @throws as extendSeries */
export const previewExtension = async (db: Db, id: string, wanted: Extension): Promise<SeriesDate[]> => {
  const series = await q.getSeries(db, id);
  await demandAlive(db, series.patientId);
  return previewDates(db, series, agreedOf(moreTimes(series, wanted), wanted.dates, series.minutes), false);
};

const moreTimes = (series: Series, { count, untilOn }: Extension): Time[] => {
  const rule: Rule = { ...series, count, untilOn };
  const dates = demandDates(series.startOn, rule, series.lastOn);
  if (series.occurrences.length + dates.length > mostOccurrences) throw refuse('series_too_long');
  return dates.map((on) => timeOf(on, shifted(on, series.shiftDays), series));
};

/** Ids of the appointments, the earliest first. */
const addDates = async (
  tx: Db,
  series: Plan & { id: string; reason: string | null },
  times: readonly Time[],
  agreed: readonly Time[],
  isNew: boolean,
): Promise<string[]> => {
  const { id, patientId, practitionerId, serviceId, reason } = series;
  const obstacles = new Obstacles();
  // Whoever comes too late is told so before they hold anything.
  const free = await freeDates(tx, series, agreed, obstacles, isNew);
  obstacles.demandNone();
  const booked: (Time & { id: string })[] = [];
  for (const { actors, ...time } of free) {
    const appointment = {
      patientId,
      serviceId,
      reason,
      ...actors,
      ...time,
      status: 'booked',
      cancellationReason: null,
    } as const;
    const bookingId = await insertAppointment(tx, appointment, null);
    booked.push({ ...time, id: bookingId });
    await q.insertOccurrence(tx, series, time.on, bookingId, { ...time, practitionerId });
  }
  for (const { on } of times.filter((time) => !agreed.some((it) => it.on === time.on)))
    await q.insertOccurrence(tx, series, on, null, null);
  await q.lockAllOf(tx, booked.map((it) => it.id), practitionerId, serviceId); // prettier-ignore
  await takeAll(tx, series, booked, obstacles, true);
  obstacles.demandNone((db) => previewDates(db, series, agreed, isNew));
  for (const it of booked) await announce(tx, 'booked', it.id, { seriesId: id });
  return booked.map((it) => it.id);
};

/**
 * This one, it and those after it, or all that have not begun: each at its own date, `shiftDays` later, at the same wall time. One
 * that is changed alone becomes an exception. All or nothing. What was called off stays so.
 * @throws refusals version_stale, series_date_unknown, series_nothing_left, series_not_free with the dates; as rescheduling
 */
export const changeSeries = (db: Db, id: string, version: number, change: Change): Promise<Series> =>
  allOrNothing(db, async (tx) => {
    const series = await expect(tx, id, version, change);
    await demandAlive(tx, series.patientId);
    const practitionerId = change.practitionerId ?? series.practitionerId;
    await q.lockForSeries(tx, [series.practitionerId, practitionerId], series.serviceId);
    const reached = await q.lockReached(tx, id, change);
    if (reached.length === 0) throw refuse('series_nothing_left');
    if ((await q.changeSeries(tx, id, version, change)) === null) throw refuse('version_stale');
    if (change.reason !== undefined) await q.setReasons(tx, id, change, change.reason);
    const moves = ['shiftDays', 'startTime', 'minutes', 'practitionerId', 'locationId'] as const;
    const moves_ = moves.some((key) => change[key] !== undefined);
    if (moves_) await moveAll(tx, series, change, reached);
    return tell(tx, moves_ && reached.length > 1 ? 'rescheduled' : 'amended', id, reached.map((it) => it.id)); // prettier-ignore
  });

const moveAll = async (tx: Db, series: Series, change: Change, reached: readonly q.Reached[]): Promise<void> => {
  const alone = change.scope === 'this';
  const obstacles = new Obstacles();
  const stays = change.practitionerId === undefined || change.practitionerId === series.practitionerId;
  // With the same practitioner in the room that was agreed, if one was.
  const locationId = change.locationId ?? (stays ? (series.locationId ?? undefined) : undefined);
  const plan = { ...series, practitionerId: change.practitionerId ?? series.practitionerId, locationId };
  const moved: (Time & { id: string; before: { startsAt: string | null; practitionerId: string | null } })[] = [];
  const channel = 'series';
  for (const { id, on, startsAt: stood, practitionerId: withWhom } of reached) {
    const before = await getAppointment(tx, id);
    const wall = Temporal.Instant.from(stood).toZonedDateTimeISO(series.zone);
    const length = Temporal.Instant.from(before.startsAt!).until(before.endsAt!).total('minutes');
    const time = timeOf(on, shifted(wall.toPlainDate().toString(), change.shiftDays ?? 0), {
      zone: series.zone,
      startTime: change.startTime ?? wall.toPlainTime().toString({ smallestUnit: 'minute' }),
      minutes: change.minutes ?? (alone ? length : Math.round(length)),
    });
    const to = {
      startsAt: time.startsAt,
      endsAt: time.endsAt,
      practitionerId: change.practitionerId ?? withWhom,
      ...(locationId && { locationId }),
    };
    const actors = await obstacles.of(plan, time, () => actorsOfMove(tx, before, to, { channel }));
    if (!actors) continue;
    const columns = { ...actors, startsAt: to.startsAt, endsAt: to.endsAt };
    if ((await moveAppointment(tx, id, before.version, columns)) === null) throw refuse('version_stale');
    if (!alone) await q.setOccurrence(tx, id, { on, ...to });
    moved.push({ ...time, id, before });
  }
  const ids = moved.map((it) => it.id);
  await q.lockAllOf(tx, ids, plan.practitionerId, series.serviceId);
  await q.giveWay(tx, ids);
  await takeAll(tx, plan, moved, obstacles);
  obstacles.demandNone();
  for (const { id, before } of moved)
    await announce(tx, 'rescheduled', id, {
      previousStartsAt: before.startsAt,
      previousPractitionerId: before.practitionerId,
      ...(moved.length > 1 && { seriesId: series.id }),
    });
};

/** Undo takes back what this called off, as long as nothing else has happened to the series. @throws refusals version_stale, series_date_unknown, series_nothing_left */
export const cancelSeries = (db: Db, id: string, version: number, wanted: CallOff): Promise<Series> =>
  allOrNothing(db, async (tx) => {
    const series = await expect(tx, id, version, wanted);
    const reached = await q.lockReached(tx, id, wanted);
    if (reached.length === 0) throw refuse('series_nothing_left');
    const before = await readAll(tx, reached.map((it) => it.id)); // prettier-ignore
    const ids = before.map((it) => it.id);
    if ((await q.setCancelled(tx, id, version, ids)) === null) throw refuse('version_stale');
    for (const it of before)
      if ((await setStatus(tx, it.id, it.version, 'cancelled', wanted.reason)) === null) throw refuse('version_stale');
    await q.lockAllOf(tx, ids, series.practitionerId, series.serviceId);
    const many = ids.length > 1;
    for (const it of before) {
      await releaseTime(tx, it.id);
      await announce(tx, 'cancelled', it.id, { previousStatus: it.status, ...(many && { seriesId: id }) });
    }
    return tell(tx, many ? 'cancelled' : 'amended', id, ids);
  });

const readAll = async (tx: Db, ids: readonly string[]) => {
  const all = [];
  for (const id of ids) all.push(await getAppointment(tx, id));
  return all;
};

/** All that the last cancellation called off, or nothing. @throws refusals version_stale, patient_deceased, series_nothing_left, series_not_free */
export const reinstateSeries = (db: Db, id: string, version: number): Promise<Series> =>
  allOrNothing(db, async (tx) => {
    const series = await expect(tx, id, version);
    await demandAlive(tx, series.patientId);
    const cancelled = await q.lockCancelled(tx, id);
    if (cancelled.length === 0) throw refuse('series_nothing_left');
    const ids = cancelled.map((it) => it.id);
    if ((await q.setCancelled(tx, id, version, [])) === null) throw refuse('version_stale');
    for (const it of cancelled)
      if ((await setStatus(tx, it.id, it.version, 'booked')) === null) throw refuse('version_stale');
    await q.lockAllOf(tx, ids, series.practitionerId, series.serviceId);
    const obstacles = new Obstacles();
    await takeAll(tx, series, cancelled, obstacles);
    obstacles.demandNone();
    const many = ids.length > 1;
    for (const it of cancelled)
      await announce(tx, 'reinstated', it.id, { previousStatus: 'cancelled', ...(many && { seriesId: id }) });
    return tell(tx, many ? 'reinstated' : 'amended', id, ids);
  });

/** 404, then 412, then 422. */
const expect = async (tx: Db, id: string, version: number, scope?: Scope): Promise<Series> => {
  const series = await q.getSeries(tx, id);
  if (series.version !== version) throw refuse('version_stale', { version: series.version });
  if (scope?.on !== undefined && !series.occurrences.some(({ on }) => on === scope.on))
    throw refuse('series_date_unknown', { date: scope.on });
  return series;
};

/** The event of the whole: whom it is about, how many there are, and when the next is. `of`: among these; left out: all to come. */
const tell = async (tx: Db, what: string, id: string, of?: readonly string[]): Promise<Series> => {
  const series = await q.getSeries(tx, id);
  const startsOf = (some: readonly Occurrence[]) =>
    some.flatMap((it) => it.startsAt ?? []).sort((a, b) => Temporal.Instant.compare(a, b));
  const coming = startsOf(series.occurrences.filter((it) => it.mayChange));
  const told = of
    ? startsOf(series.occurrences.filter((it) => it.appointmentId !== null && of.includes(it.appointmentId)))
    : coming;
  await publish(tx, `scheduling.series-${what}`, id, {
    patientId: series.patientId,
    startsAt: told[0] ?? null,
    count: told.length,
    comingStartsAt: coming[0] ?? null,
    comingCount: coming.length,
  });
  return series;
};
