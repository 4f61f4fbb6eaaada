import { Problem } from '../../api.ts';
import { shortDate } from '../../format.ts';
import * as m from '../../messages.js';
import type { SeriesDate } from '../../types.ts';

const problems: Record<NonNullable<SeriesDate['problem']>, () => string> = {
  appointment_in_past: m.series_past,
  appointment_too_soon: m.series_too_soon,
  appointment_too_far: m.series_too_far,
  appointment_in_clock_gap: m.series_gap,
  appointment_outside_availability: m.series_closed,
  occupancy_no_overlap: m.series_taken,
};
const taken: Record<NonNullable<SeriesDate['taken']>, () => string> = {
  patient: m.series_taken_patient,
  practitioner: m.series_taken_practitioner,
  location: m.series_taken_location,
  device: m.series_taken_device,
};

/** What stands in the way of a date; null: nothing. */
export const problemWord = (it: Pick<SeriesDate, 'problem' | 'taken'>): string | null =>
  it.problem === null ? null : it.taken === null ? problems[it.problem]() : taken[it.taken]();

/** The dates that a change was refused for, in one line. */
const datesLine = (dates: readonly SeriesDate[]): string =>
  dates.map((it) => `${shortDate(it.on)}: ${problemWord(it) ?? ''}`).join(' · ');

/** Why something was refused; of a series also which dates are in the way. */
export const whyNot = (error: unknown): string => {
  if (!(error instanceof Problem)) return m.error_offline_text();
  const dates = (error.extra.dates ?? []) as SeriesDate[];
  return [error.message, dates.length > 0 && datesLine(dates)].filter(Boolean).join(' ');
};
