import { duration } from '../format.ts';
import * as m from '../messages.js';
import { appointmentStatus, type Look } from '../statuses.ts';
import type { TimedAppointment } from '../types.ts';
import { expected, isSeen, ms, waits } from './day.ts';

/** Waiting longer than this needs somebody to look. */
const longWait = 30;
const since = (at: number, now: number) => Math.max(0, Math.floor((now - at) / 60_000));

export const waitingMinutes = (it: TimedAppointment, now: number): number =>
  since(ms(it.checkedInAt ?? it.startsAt), now);

/** How a visit stands now: whom somebody has to find another doctor for, that before all; who waits, waits so many minutes; who is with the doctor no longer does; who is booked and due is late. On another day, only the status. */
export function lookOf(it: TimedAppointment, now: number, isToday = true): Look {
  const plain = appointmentStatus(it.status);
  if (expected(it) && it.declinedBy.length > 0)
    return { colour: 'amber', icon: 'triangle-alert', word: m.day_declined_by({ name: it.declinedBy.join(', ') }) };
  if (!isToday) return plain;
  if (waits(it)) {
    const waiting = waitingMinutes(it, now);
    return {
      colour: waiting > longWait ? 'amber' : plain.colour,
      icon: 'hourglass',
      word: m.day_waiting_for({ time: duration(waiting) }),
    };
  }
  if (isSeen(it)) return { colour: 'blue', icon: 'circle-play', word: m.day_with_doctor() };
  const late = since(ms(it.startsAt), now);
  return expected(it) && late > 0
    ? { colour: 'amber', icon: 'clock', word: m.day_late_by({ time: duration(late) }) }
    : plain;
}
