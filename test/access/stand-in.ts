import * as real from '../../core/access.ts';
import { sql, type Db, type Fragment } from '../../core/database.ts';

/**
 * Stands in for core/access.ts in a test's own process (see switch.ts): the same filter, but it remembers which statements asked
 * for it, and one of them can be answered with `true`. Nothing in the product imports it or can be told to.
 */
export * from '../../core/access.ts';

/** Where maySee was called, file:line:column, since this was last cleared. Services and patients (who have a second lock) are left out. */
export const asked = new Set<string>();
export const askedByOthers = new Set<string>();
let off: (site: string) => boolean = () => false;

/** Switches the filter of these call sites off, all others on. */
export const switchOff = (sites: (site: string) => boolean = () => false): void => {
  off = sites;
};

export const maySee = (db: Db, column: string): Fragment => {
  const site = `${callerOf()} ${column}`;
  if (db.actor.kind !== 'user') {
    askedByOthers.add(site);
    return real.maySee(db, column);
  }
  asked.add(site);
  return off(site) ? sql.fragment`true` : real.maySee(db, column);
};

/** Where `may` was called, since this was last cleared. */
export const askedWhether = new Set<string>();
let answer: { site: string; is: boolean } | undefined;

/** Answers the permission check at this call site with yes or no, whoever asks; the others as they are. */
export const answerAt = (site?: string, is = true): void => {
  answer = site === undefined ? undefined : { site, is };
};

export const may: typeof real.may = (actor, permission) => {
  const site = callerOf().replace(/:\d+$/, '');
  askedWhether.add(site);
  return answer?.site === site ? answer.is : real.may(actor, permission);
};

const callerOf = (): string => {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 3;
  const line = new Error().stack?.split('\n')[3] ?? '';
  Error.stackTraceLimit = limit;
  return /(?:core|fhir|plugins)\/[^()]+:\d+:\d+/.exec(line)?.[0] ?? line.trim();
};
