import * as m from '../messages.js';
import type { Dashboard, DateText } from '../types.ts';

export interface Series {
  id: string;
  name: string;
  colour: string;
  counts: number[];
  total: number;
}
const most = 6;

/** Visits a day by department, biggest first; what is beyond six lines becomes one. Days without a visit are zero. */
export function seriesOf(
  rows: Dashboard['visitsByDay'],
  dates: readonly DateText[],
  departments: readonly { id: string }[],
): Series[] {
  const at = new Map(dates.map((date, index) => [date, index]));
  const all = new Map<string, { name: string; counts: number[] }>();
  for (const row of rows) {
    const id = row.departmentId ?? 'none';
    const one = all.get(id) ?? { name: row.departmentName ?? m.not_recorded(), counts: dates.map(() => 0) };
    const index = at.get(row.date);
    if (index !== undefined) one.counts[index]! += row.count;
    all.set(id, one);
  }
  const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
  const sorted = [...all].map(([id, it]) => ({ id, ...it, total: sum(it.counts) })).sort((a, b) => b.total - a.total);
  const shown = sorted.length > most ? sorted.slice(0, most - 1) : sorted;
  const rest = sorted.slice(shown.length);
  if (rest.length > 0) {
    const counts = dates.map((_, index) => rest.reduce((total, it) => total + it.counts[index]!, 0));
    shown.push({ id: 'others', name: m.dashboard_others({ count: rest.length }), counts, total: sum(counts) });
  }
  const colours = coloursOf(
    shown.map(({ id }) => id),
    departments.map(({ id }) => id),
  );
  return shown.map((it, index) => ({ ...it, colour: `var(--chart-${colours[index]! + 1})` }));
}

/** A department keeps its colour whatever the range and the filter; only with more departments than colours it may get another. */
function coloursOf(ids: readonly string[], departments: readonly string[]): number[] {
  const free = new Set(Array.from({ length: most }, (_, index) => index));
  return ids.map((id) => {
    const own = Math.max(0, departments.indexOf(id)) % most;
    const colour = free.has(own) ? own : [...free][0]!;
    free.delete(colour);
    return colour;
  });
}

export function datesBetween(from: DateText, to: DateText): DateText[] {
  const last = Temporal.PlainDate.from(to);
  const dates: DateText[] = [];
  for (
    let date = Temporal.PlainDate.from(from);
    Temporal.PlainDate.compare(date, last) <= 0;
    date = date.add({ days: 1 })
  )
    dates.push(date.toString());
  return dates;
}

/** Labels at the ends of lines, moved apart so that none covers another; `gap` is the height of one. */
export function spread(wanted: readonly number[], gap: number, bottom: number): number[] {
  const order = wanted.map((y, index) => ({ y, index })).sort((a, b) => a.y - b.y);
  for (let at = 1; at < order.length; at++) order[at]!.y = Math.max(order[at]!.y, order[at - 1]!.y + gap);
  // What was pushed over the edge pushes the others back up.
  let limit = bottom;
  for (let at = order.length - 1; at >= 0; at--) {
    order[at]!.y = Math.min(order[at]!.y, limit);
    limit = order[at]!.y - gap;
  }
  const placed: number[] = [];
  for (const { y, index } of order) placed[index] = y;
  return placed;
}
