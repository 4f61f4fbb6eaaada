import { zone } from '../format.ts';
import type { AuditEntry } from '../types.ts';

/** Real time: the audit does not follow the clock of a demonstration. `all`: from the beginning; `own`: from one day to another. */
const days = { day: 1, week: 7, month: 30, year: 365, all: null, own: null } as const;
export type Period = keyof typeof days;
export const isPeriod = (text: string | null): text is Period => text !== null && Object.hasOwn(days, text);

type Outcome = 'success' | 'refused' | 'failed';
interface Kind {
  action?: AuditEntry['action'];
  subtype?: NonNullable<AuditEntry['subtype']>;
  outcome?: Outcome;
  kind?: 'sign-in';
  purpose?: 'break-glass';
}
/** What the choice "what was done" asks for. */
export const kinds: Readonly<Record<string, Kind>> = {
  opened: { subtype: 'opened' },
  listed: { subtype: 'listed' },
  created: { action: 'C' },
  changed: { action: 'U' },
  deleted: { action: 'D' },
  export: { subtype: 'export' },
  print: { subtype: 'print' },
  'sign-in': { kind: 'sign-in' },
  refused: { outcome: 'refused' },
  failed: { outcome: 'failed' },
  emergency: { purpose: 'break-glass' },
};

export interface View {
  period: Period;
  what: string;
  userId: string | null;
  patientId: string | null;
  about: string | null;
  source: string | null;
  /** Days in the clinic's zone, the last one included; of the period `own`. */
  from: string | null;
  to: string | null;
}

/** When a day begins here, or the one `after` days later. */
const begin = (day: string | null, after: number): string | null =>
  day === null
    ? null
    : Temporal.PlainDate.from(day).add({ days: after }).toZonedDateTime(zone()).toInstant().toString();

/** A day out of the address of the page; null for what is none. */
export const dayOf = (text: string | null): string | null => {
  try {
    return text === null ? null : Temporal.PlainDate.from(text).toString();
  } catch {
    return null;
  }
};

/** Whether the hospital can look for it: an address, or a network such as 10.1.0.0/16. */
export const isSource = (text: string): boolean => {
  const [, address = '', prefix = '0'] = /^([\da-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  if (address.includes(':')) return URL.canParse(`http://[${address}]/`) && Number(prefix) <= 128;
  return (
    /^(?:(?:0|[1-9]\d{0,2})(?:\.|$)){4}$/.test(address) &&
    address.split('.').every((it) => Number(it) < 256) &&
    Number(prefix) <= 32
  );
};

/** The query of /api/audit for what is chosen on the page. */
export const questionOf = ({ period, what, userId, patientId, about, source, ...own }: View) => {
  const back = days[period];
  const [from, to] =
    period === 'own'
      ? [begin(own.from, 0), begin(own.to, 1)]
      : [back === null ? null : new Date(Date.now() - back * 86_400_000).toISOString(), null];
  return { limit: 50, from, to, userId, patientId, about, source, ...kinds[what] };
};
