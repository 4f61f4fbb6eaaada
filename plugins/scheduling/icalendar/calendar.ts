import ical, { ICalCalendarMethod, ICalEventStatus, ICalEventTransparency } from 'ical-generator';
import type { Locale } from '../../../core/messages.ts';
import type { AppointmentStatus } from '../booking/model.ts';

/** One entry of somebody's calendar. */
export interface Entry {
  /** The same for as long as the thing is the same, so that a later version stands instead of an earlier one. */
  uid: string;
  /** Counts up from 1. */
  version: number;
  changedAt: string;
  startsAt: string;
  endsAt: string;
  summary: string;
  location: string | null;
  status: 'confirmed' | 'tentative' | 'cancelled';
}

interface Calendar {
  locale: Locale;
  /** What programs call the calendar; null: one entry that goes into a calendar of the reader's own. */
  name: string | null;
  entries: readonly Entry[];
}

/** What programs are asked to wait before they read it again. */
const everyQuarter = 15 * 60;

/**
 * RFC 5545. Times are instants in UTC: a program shows each at the hour of its reader's zone, on both sides of a change of the clocks,
 * and no table of zones can be out of date.
 */
export const calendarText = ({ locale, name, entries }: Calendar): string => {
  const calendar = ical({
    prodId: { company: 'OpenWard', product: 'Appointments', language: locale.toUpperCase() },
    method: ICalCalendarMethod.PUBLISH,
    ...(name === null ? {} : { name: clean(name), ttl: everyQuarter }),
  });
  for (const it of entries)
    calendar.createEvent({
      id: it.uid,
      sequence: it.version - 1,
      stamp: dateOf(it.changedAt),
      lastModified: dateOf(it.changedAt),
      start: dateOf(it.startsAt),
      end: dateOf(it.endsAt),
      summary: clean(it.summary),
      ...(it.location === null ? {} : { location: clean(it.location) }),
      status: statuses[it.status],
      transparency: it.status === 'cancelled' ? ICalEventTransparency.TRANSPARENT : ICalEventTransparency.OPAQUE,
    });
  const text = calendar.toString();
  return text.endsWith('\r\n') ? text : `${text}\r\n`; // each line ends, the last one too
};

const statuses = {
  confirmed: ICalEventStatus.CONFIRMED,
  tentative: ICalEventStatus.TENTATIVE,
  cancelled: ICalEventStatus.CANCELLED,
};

const dateOf = (at: string): Date => new Date(Temporal.Instant.from(at).epochMilliseconds);

/** A text may hold no control characters but a line's end. */
const clean = (text: string): string => text.replace(/[^\P{Cc}\n]/gu, ' ');

/** How a calendar says it. */
export const entryStatus = (status: AppointmentStatus): Entry['status'] =>
  ['proposed', 'pending', 'waitlist'].includes(status)
    ? 'tentative'
    : ['cancelled', 'noshow', 'entered-in-error'].includes(status)
      ? 'cancelled'
      : 'confirmed';

export const uidOf = (kind: 'appointment' | 'leave', id: string, origin: string): string =>
  `${kind}-${id}@${new URL(origin).hostname}`;

export const mediaType = 'text/calendar; charset=utf-8';
