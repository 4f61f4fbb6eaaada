/** The verbs of a series. What reaches further than one appointment takes the version of the series that was on the screen. */
import { api } from '../../api.ts';
import { time } from '../../format.ts';
import type { Id, InSeries, Payloads, Series, TimedAppointment } from '../../types.ts';
import { dateOf, minutes, type Place } from '../day.ts';

export type Wanted = Payloads['POST']['/api/series'];
export type Rule = Wanted['rule'];
export type Extension = Payloads['POST']['/api/series/{id}/extend'];
type Change = Payloads['POST']['/api/series/{id}/change'];
type Known = Pick<Series, 'id' | 'version'>;

/** How far a change goes, as a person says it. */
export interface Reach {
  scope: 'this' | 'following' | 'all';
  /** Those that were changed on their own too. */
  include: boolean;
}
export const onlyThis: Reach = { scope: 'this', include: false };

export const preview = async (wanted: Wanted, signal?: AbortSignal) =>
  (await api.post('/api/series/preview', wanted, signal ? { signal } : {})).items;
export const book = (wanted: Wanted, idempotencyKey: string) => api.post('/api/series', wanted, { idempotencyKey });
export const get = (id: Id) => api.get(`/api/series/${id}`);
export const previewMore = async (id: Id, wanted: Extension) =>
  (await api.post(`/api/series/${id}/extend/preview`, wanted)).items;
export const extend = ({ id, version }: Known, wanted: Extension) =>
  api.post(`/api/series/${id}/extend`, wanted, { version });
const change = ({ id, version }: Known, to: Change) => api.post(`/api/series/${id}/change`, to, { version });
export const reinstate = ({ id, version }: Known) => api.post(`/api/series/${id}/reinstate`, {}, { version });

type At = Pick<InSeries, 'id' | 'version' | 'on'>;
const reachOf = ({ scope, include }: Reach, { on }: At) =>
  ({ scope, on, exceptions: include ? 'include' : 'keep' }) as const;

export const cancel = (of: At, reach: Reach, reason: string): Promise<Series> =>
  api.post(`/api/series/${of.id}/cancel`, { ...reachOf(reach, of), reason }, { version: of.version });

type Target = Pick<Place, 'practitionerId' | 'start'> & { locationId?: Id | undefined };
const daysBetween = (from: string, to: string): number =>
  Temporal.PlainDate.from(dateOf(from)).until(dateOf(to), { largestUnit: 'days' }).days;

/**
 * Others move with this one: by as many days, to the same time of day. `undo` is missing where this one was an exception, which says nothing
 * of the time of the others.
 */
export async function move(
  it: TimedAppointment & { series: InSeries },
  reach: Reach,
  to: Target,
  length: number,
): Promise<{ undo?: () => Promise<unknown> }> {
  const before = await get(it.series.id);
  const days = daysBetween(it.startsAt, to.start);
  const other = to.practitionerId !== it.practitionerId;
  const of = reachOf(reach, it.series);
  const after = await change(it.series, {
    ...of,
    shiftDays: days,
    startTime: time(to.start),
    minutes: length,
    ...(other && { practitionerId: to.practitionerId }),
    ...(to.locationId && { locationId: to.locationId }),
  });
  const isException = before.occurrences.find(({ on }) => on === it.series.on)?.isException;
  if (isException || reach.include) return {};
  const back = {
    ...of,
    shiftDays: -days,
    startTime: time(it.startsAt),
    minutes: minutes(it.startsAt, it.endsAt),
    ...(other && it.practitionerId && { practitionerId: it.practitionerId }),
  };
  return { undo: () => change(after, back) };
}
