import type { Db } from '../../../core/database.ts';
import { Refusal, refuse } from '../../../core/refuse.ts';
import { isZone } from '../availability/actions.ts';
import { actorsFor, type Actors } from '../booking/actions.ts';
import type { Channel } from '../booking/model.ts';
import { nextFree, tryToTake } from '../booking/take.ts';
import { obstacles, type Agreed, type Obstacle, type SeriesDate } from './model.ts';
import * as q from './queries.ts';
import { datesOf, instantOf, type Rule } from './rule.ts';

/** What each date of a series takes. */
export interface Plan {
  patientId: string;
  practitionerId: string;
  serviceId: string;
  locationId?: string | null | undefined;
  deviceIds?: readonly string[] | undefined;
}
/** A date of the rule, and when it begins and ends; `skipped` when the clock leaves that wall time out. */
export interface Time {
  on: string;
  startsAt: string;
  endsAt: string;
  skipped?: boolean;
}

/** A wall time of a date as an instant; the length is of real minutes, also when a clock changes within. @throws refusal zone_unknown */
export const timeOf = (
  on: string,
  date: string,
  { startTime, zone, minutes }: { startTime: string; zone: string; minutes: number },
): Time => {
  if (!isZone(zone)) throw refuse('zone_unknown');
  const at = instantOf(date, startTime, zone);
  const wall = Temporal.PlainDateTime.from(`${date}T${startTime}`);
  const startsAt = at ?? wall.toZonedDateTime(zone).toInstant().toString();
  return {
    on,
    startsAt,
    endsAt: Temporal.Instant.from(startsAt).add({ minutes }).toString(),
    skipped: at === null,
  };
};

/** @throws refusals series_too_long, series_empty */
export const demandDates = (startOn: string, rule: Rule, after: string | null = null): string[] => {
  const dates = datesOf(startOn, rule, after);
  if (dates === null) throw refuse('series_too_long');
  if (dates.length === 0) throw refuse('series_empty');
  return dates;
};

/** Of the rule's dates those that were agreed to, at the times that were; all of them when nothing is said. @throws refusal series_date_unknown */
export const agreedOf = (times: readonly Time[], agreed: readonly Agreed[] | undefined, minutes: number): Time[] => {
  if (!agreed) return [...times];
  const inOrder = agreed.toSorted((a, b) => (a.on < b.on ? -1 : 1));
  return inOrder.map(({ on, startsAt }) => {
    const time = times.find((it) => it.on === on);
    if (!time) throw refuse('series_date_unknown', { date: on });
    return startsAt === undefined
      ? time
      : { on, startsAt, endsAt: Temporal.Instant.from(startsAt).add({ minutes }).toString() };
  });
};

/** A refusal that is about one date; all others are about the whole. */
const obstacleOf = (error: unknown): Obstacle => {
  const found = error instanceof Refusal && obstacles.find((name) => name === error.refusal);
  if (!found) throw error;
  return found;
};

interface Hindered {
  plan: Plan;
  time: Time;
  problem: Obstacle;
}

/** Collects what stands in the way of the dates, so that the whole is refused with all of it. */
export class Obstacles {
  readonly hindered: Hindered[] = [];

  /** What `work` gives, or null when this date cannot be: then it is among the hindered. */
  async of<R>(plan: Plan, time: Time, work: () => Promise<R>): Promise<R | null> {
    try {
      if (time.skipped) throw refuse('appointment_in_clock_gap');
      return await work();
    } catch (error) {
      this.hindered.push({ plan, time, problem: obstacleOf(error) });
      return null;
    }
  }

  /** To be explained, once all is rolled back. `again`: what looks at all dates then, where this stopped at the first. */
  demandNone(again?: (db: Db) => Promise<SeriesDate[]>): void {
    if (this.hindered.length > 0) throw new NotFree(this.hindered, again);
  }
}

class NotFree extends Error {
  readonly hindered: readonly Hindered[];
  readonly again: ((db: Db) => Promise<SeriesDate[]>) | undefined;
  constructor(hindered: readonly Hindered[], again?: (db: Db) => Promise<SeriesDate[]>) {
    super('some dates of a series are not free');
    this.hindered = hindered;
    this.again = again;
  }
}

/**
 * All or nothing, in one transaction. What is free instead is looked for afterwards: nobody waits meanwhile for the times that were held.
 * @throws refusal series_not_free with the dates, the next free times of each
 */
export const allOrNothing = async <R>(db: Db, work: (tx: Db) => Promise<R>): Promise<R> => {
  try {
    return await db.transaction(work);
  } catch (error) {
    if (!(error instanceof NotFree)) throw error;
    const found = ((await error.again?.(db)) ?? []).filter(({ problem }) => problem !== null);
    const dates = found.length > 0 ? found : await explained(db, error.hindered);
    throw refuse('series_not_free', { count: dates.length, dates });
  }
};

const explained = async (db: Db, hindered: readonly Hindered[]): Promise<SeriesDate[]> => {
  const dates: SeriesDate[] = [];
  for (const { plan, time, problem } of hindered) {
    const { on, startsAt, endsAt } = time;
    const { patientId, practitionerId, serviceId, locationId = null, deviceIds = [] } = plan;
    const also = [patientId, ...(locationId === null ? [] : [locationId]), ...deviceIds];
    const isTaken = problem === 'occupancy_no_overlap';
    dates.push({
      on,
      startsAt,
      endsAt,
      problem,
      taken: isTaken ? await q.whoIsTaken(db, { ...plan, locationId, alsoTaken: deviceIds, startsAt, endsAt }) : null,
      next: [...(await nextFree(db, { practitionerId, serviceId, startsAt, endsAt, also, channel: 'series' }))],
    });
  }
  return dates.sort((a, b) => (a.on < b.on ? -1 : 1));
};

/** The horizon is kept by the first date alone: that the later ones lie beyond it is why somebody books a series. */
const channelOf = (index: number, isNew: boolean): Channel => (isNew && index === 0 ? 'desk' : 'series');

/** Whom and what each date takes; those that cannot be are among the obstacles. */
const weighDates = async (
  tx: Db,
  plan: Plan,
  times: readonly Time[],
  obstacles_: Obstacles,
  isNew: boolean,
): Promise<(Time & { actors: Actors })[]> => {
  const weighed: (Time & { actors: Actors })[] = [];
  const { locationId, deviceIds, ...rest } = plan;
  for (const [index, time] of times.entries()) {
    const wanted = {
      ...rest,
      startsAt: time.startsAt,
      endsAt: time.endsAt,
      ...(locationId && { locationId }),
      deviceIds: [...(deviceIds ?? [])],
    };
    const actors = await obstacles_.of(plan, time, () => actorsFor(tx, wanted, { channel: channelOf(index, isNew) }));
    if (actors) weighed.push({ ...time, actors });
  }
  return weighed;
};

/** Those that look free now; who is faster may still take them. */
export const freeDates = async (
  db: Db,
  plan: Plan,
  times: readonly Time[],
  obstacles_: Obstacles,
  isNew: boolean,
): Promise<(Time & { actors: Actors })[]> => {
  const free: (Time & { actors: Actors })[] = [];
  for (const time of await weighDates(db, plan, times, obstacles_, isNew)) {
    const { actors, startsAt, endsAt } = time;
    const where = { ...plan, locationId: actors.locationId, deviceIds: actors.alsoTaken };
    const isFree = await obstacles_.of(where, time, async () => {
      const who = await q.whoIsTaken(db, { ...plan, ...actors, startsAt, endsAt });
      if (who !== null) throw refuse('occupancy_no_overlap');
      return true;
    });
    if (isFree) free.push(time);
  }
  return free;
};

/** Each date as it could be booked now; nothing is written or held. */
export const previewDates = async (
  db: Db,
  plan: Plan,
  times: readonly Time[],
  isNew: boolean,
): Promise<SeriesDate[]> => {
  const obstacles_ = new Obstacles();
  const found = await freeDates(db, plan, times, obstacles_, isNew);
  const free = found.map(({ on, startsAt, endsAt }) => ({
    on,
    startsAt,
    endsAt,
    problem: null,
    taken: null,
    next: [],
  }));
  return [...free, ...(await explained(db, obstacles_.hindered))].sort((a, b) => (a.on < b.on ? -1 : 1));
};

/** These appointments take their time, in its order. `untilFirst`: one that cannot is enough, and others do not wait for the rest. */
export const takeAll = async (
  tx: Db,
  plan: Plan,
  booked: readonly (Time & { id: string })[],
  obstacles_: Obstacles,
  untilFirst = false,
): Promise<void> => {
  for (const it of booked.toSorted((a, b) => Temporal.Instant.compare(a.startsAt, b.startsAt))) {
    await obstacles_.of(plan, it, async () => {
      if (!(await tryToTake(tx, it.id))) throw refuse('occupancy_no_overlap');
    });
    if (untilFirst && obstacles_.hindered.length > 0) return;
  }
};
