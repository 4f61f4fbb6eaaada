/** A visit on its way to another time or length, and where keys and pointer take it. Pure. */
import type { TimedAppointment } from '../../types.ts';
import { nearest, type Column, type Free, type Hours } from '../day.ts';

/** Where it would be now, as it is drawn. */
export interface Moving {
  appointment: TimedAppointment;
  columnId: string;
  at: number;
  /** Minutes. */
  length: number;
}

const startOf = (place: Free): number => place.from;

/** The next place where it fits, along the time of day or across the columns; undefined when there is none. */
export function carried(
  moving: Moving,
  { columns, places }: { columns: readonly Column[]; places: ReadonlyMap<string, Free[]> },
  across: number,
  along: number,
): Moving | undefined {
  const { columnId, at } = moving;
  if (along) {
    const here = (places.get(columnId) ?? []).filter((place) => (startOf(place) - at) * along > 0);
    const next = nearest(here, at, startOf);
    return next && { ...moving, at: startOf(next) };
  }
  const index = columns.findIndex((column) => column.id === columnId);
  for (let to = index + across; columns[to]; to += across) {
    const next = nearest(places.get(columns[to]!.id) ?? [], at, startOf);
    if (next) return { ...moving, columnId: columns[to]!.id, at: startOf(next) };
  }
  return undefined;
}

/** Five minutes at least, and not beyond what is drawn. */
export const stretched = (moving: Moving, length: number, hours: Hours): Moving => ({
  ...moving,
  length: Math.max(5, Math.min((hours.to - moving.at) / 60_000, length)),
});
