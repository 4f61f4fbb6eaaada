import { date, inDays, today } from '../format.ts';
import * as m from '../messages.js';
import type { Look } from '../statuses.ts';
import type { DateText } from '../types.ts';

/** From here on somebody should look at a lot: use it first, or send it back. */
export const expiringDays = 90;

export const isExpired = (on: DateText): boolean => on < today().toString();
export const isExpiring = (on: DateText): boolean =>
  !isExpired(on) && on <= today().add({ days: expiringDays }).toString();

/** How a lot's date looks: red when it may not be given any more, amber when it soon may not. */
export const expiryLook = (on: DateText): Look =>
  isExpired(on)
    ? { colour: 'red', icon: 'ban', word: m.stock_expired({ when: inDays(on) }) }
    : isExpiring(on)
      ? { colour: 'amber', icon: 'hourglass', word: m.stock_expiring({ when: inDays(on) }) }
      : { colour: 'grey', icon: 'calendar', word: date(on) };
