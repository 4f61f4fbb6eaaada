import { today } from '../format.ts';
import * as m from '../messages.js';
import type { DateText } from '../types.ts';

export type Range = 'day' | 'week' | 'month';
const days: Record<Range, number> = { day: 1, week: 7, month: 30 };

/**
 * Until today, both ends included. A week is the last seven days, not Monday until now: so it is compared with as many
 * Saturdays and Sundays as it has.
 */
export function spanOf(range: Range): { from: DateText; to: DateText } {
  const to = today();
  return { from: to.subtract({ days: days[range] - 1 }).toString(), to: to.toString() };
}

export const rangeOf = (text: string | null): Range => (text === 'day' || text === 'month' ? text : 'week');

export const rangeTitle = (range: Range): string =>
  ({ day: m.dashboard_today, week: m.dashboard_week, month: m.dashboard_month })[range]();
export const comparedWith = (range: Range): string =>
  ({ day: m.dashboard_against_day, week: m.dashboard_against_week, month: m.dashboard_against_month })[range]();
