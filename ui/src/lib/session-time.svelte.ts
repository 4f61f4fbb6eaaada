import type { SessionTimes } from './types.ts';

const longestWarning = 120_000;

let idle = $state(0);
let idleEnd = $state(Infinity);
let lastEnd = $state(Infinity);
let lastUse = Date.now();

/** How long the session has, as far as this page knows: the server decides, and is asked before anything is said or locked. */
export const sessionTime = {
  get known() {
    return idle > 0;
  },
  /** Milliseconds without use after which it ends. */
  get idle() {
    return idle;
  },
  /** At this instant, in milliseconds of the device's clock, unless something is done. */
  get end() {
    return Math.min(idleEnd, lastEnd);
  },
  /** Nothing that is done makes it longer. */
  get isLast() {
    return lastEnd <= idleEnd;
  },
  /** This long before the end it is said. */
  get warning() {
    return Math.min(longestWarning, idle / 2);
  },
  get lastUse() {
    return lastUse;
  },
  /** What the server said. */
  learn(times: SessionTimes) {
    const now = Date.now();
    idle = times.idle * 1000;
    idleEnd = now + times.idleIn * 1000;
    lastEnd = now + times.endsIn * 1000;
  },
  /** A request went out that somebody wanted. */
  used() {
    lastUse = Date.now();
    if (idle > 0) idleEnd = lastUse + idle;
  },
  forget() {
    idle = 0;
    idleEnd = lastEnd = Infinity;
  },
};
