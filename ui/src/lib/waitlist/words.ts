import { date, weekdayName } from '../format.ts';
import * as m from '../messages.js';
import type { Look } from '../statuses.ts';
import type { WaitlistEntryHead } from '../types.ts';

export type Priority = WaitlistEntryHead['priority'];

const looks: Record<Priority, readonly [Look['colour'], Look['icon'], () => string]> = {
  urgent: ['red', 'circle-alert', m.waitlist_priority_urgent],
  asap: ['amber', 'clock', m.waitlist_priority_asap],
  routine: ['grey', 'circle', m.waitlist_priority_routine],
};
export const priorityLook = (priority: Priority): Look => {
  const [colour, icon, word] = looks[priority];
  return { colour, icon, word: word() };
};
export const priorities = (['urgent', 'asap', 'routine'] as const).map((value) => ({
  value,
  label: () => looks[value][2](),
}));

/** Parts of the day as people say them; any other pair of times is shown as it is. */
export const dayParts = {
  morning: [null, '12:00'],
  afternoon: ['12:00', null],
} as const;
export type DayPart = '' | keyof typeof dayParts;
export const dayPartOf = (from: string | null, to: string | null): string =>
  from === null && to === null
    ? ''
    : (Object.entries(dayParts).find(([, times]) => times[0] === from && times[1] === to)?.[0] ??
      `${from ?? ''}-${to ?? ''}`);
export const dayPartWord = (part: string): string =>
  part === 'morning' ? m.waitlist_mornings() : part === 'afternoon' ? m.waitlist_afternoons() : part.replace('-', '–');
export const timesOf = (part: string): { fromTime: string | null; toTime: string | null } => {
  const [fromTime, toTime] =
    part in dayParts ? dayParts[part as keyof typeof dayParts] : part === '' ? [null, null] : part.split('-');
  return { fromTime: fromTime || null, toTime: toTime || null };
};

/** What would suit, in one line. */
export function wishWords(it: WaitlistEntryHead): string {
  const part = dayPartOf(it.fromTime, it.toTime);
  const days =
    it.earliestOn && it.latestOn
      ? `${date(it.earliestOn)} – ${date(it.latestOn)}`
      : it.earliestOn
        ? m.waitlist_from_day({ day: date(it.earliestOn) })
        : it.latestOn
          ? m.waitlist_until_day({ day: date(it.latestOn) })
          : '';
  const said = [
    it.practitioners.map((one) => one.name).join(', '),
    it.locationName,
    [...it.weekdays]
      .sort()
      .map((n) => weekdayName(n))
      .join(', '),
    part && dayPartWord(part),
    days,
  ].filter(Boolean);
  return said.length > 0 ? said.join(' · ') : m.waitlist_any_time();
}
