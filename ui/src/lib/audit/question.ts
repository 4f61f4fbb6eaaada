import type { AuditEntry } from '../types.ts';

/** Real time: the audit does not follow the clock of a demonstration. Null: from the beginning. */
const days = { day: 1, week: 7, month: 30, year: 365, all: null } as const;
export type Period = keyof typeof days;
export const isPeriod = (text: string | null): text is Period => text !== null && Object.hasOwn(days, text);

type Outcome = 'success' | 'refused' | 'failed';
interface Kind {
  action?: AuditEntry['action'];
  subtype?: NonNullable<AuditEntry['subtype']>;
  outcome?: Outcome;
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
}

/** The query of /api/audit for what is chosen on the page. */
export const questionOf = ({ period, what, userId, patientId, about, source }: View) => {
  const back = days[period];
  const from = back === null ? null : new Date(Date.now() - back * 86_400_000).toISOString();
  return { limit: 50, from, userId, patientId, about, source, ...kinds[what] };
};
