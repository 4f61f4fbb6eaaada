import type { Kind } from './model.ts';

/** What has become of an appointment. */
export interface Change {
  what: 'booked' | 'rescheduled' | 'cancelled' | 'reinstated';
  startsAt: string;
  previousStartsAt?: string | null;
}

/** A notice that had not gone out yet when this change came: nobody has read it. */
export interface Unsent {
  kind: Kind;
  startsAt: string;
  previousStartsAt?: string | null;
}

export interface Notice {
  kind: Kind;
  previousStartsAt: string | null;
}

/**
 * What the patient is to be told, given what they know: a change that is taken back before anybody was told of it is told
 * to nobody. Null: they know already.
 */
export const noticeOf = (change: Change, unsent: Unsent | undefined): Notice | null => {
  const known = knownBefore(change, unsent);
  if (change.what === 'cancelled')
    return known === null ? null : { kind: 'appointment-cancelled', previousStartsAt: null };
  if (known === null) return { kind: 'appointment-booked', previousStartsAt: null };
  return sameTime(known, change.startsAt) ? null : { kind: 'appointment-rescheduled', previousStartsAt: known };
};

/** The time that the patient takes the appointment to be at; null: they know of none. */
const knownBefore = (change: Change, unsent: Unsent | undefined): string | null => {
  switch (unsent?.kind) {
    case 'appointment-booked':
      return null;
    case 'appointment-rescheduled':
      return unsent.previousStartsAt ?? null;
    case 'appointment-cancelled':
      return unsent.startsAt;
    default:
      return change.what === 'booked' || change.what === 'reinstated'
        ? null
        : (change.previousStartsAt ?? change.startsAt);
  }
};

const sameTime = (a: string, b: string): boolean => Temporal.Instant.compare(a, b) === 0;
