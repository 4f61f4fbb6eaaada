import { date, zone } from '../format.ts';
import type { IconName } from '../icons.ts';
import * as m from '../messages.js';
import type { Colour, Look } from '../statuses.ts';
import type { AuditEntry } from '../types.ts';

export const kindWords: Readonly<Record<string, () => string>> = {
  opened: m.audit_opened,
  listed: m.audit_listed,
  created: m.audit_created,
  changed: m.audit_changed,
  deleted: m.audit_deleted,
  export: m.audit_exported,
  print: m.audit_printed,
  'sign-in': m.audit_sign_in,
  refused: m.audit_refused,
  failed: m.audit_failed,
  emergency: m.audit_emergency,
};

const looks: Readonly<Record<string, readonly [Colour, IconName, () => string]>> = {
  opened: ['grey', 'eye', m.audit_opened],
  listed: ['grey', 'list', m.audit_listed],
  C: ['blue', 'plus', m.audit_created],
  U: ['blue', 'pencil', m.audit_changed],
  D: ['amber', 'trash-2', m.audit_deleted],
  R: ['grey', 'eye', m.audit_opened],
  E: ['grey', 'circle-play', m.audit_done],
  export: ['purple', 'file-text', m.audit_exported],
  print: ['purple', 'printer', m.audit_printed],
  refused: ['red', 'ban', m.audit_refused],
  failed: ['red', 'circle-alert', m.audit_failed],
};

export const auditStatus = ({ outcome, subtype, action }: Pick<AuditEntry, 'outcome' | 'subtype' | 'action'>): Look => {
  const [colour, icon, word] = looks[outcome === 4 ? 'refused' : outcome > 4 ? 'failed' : (subtype ?? action)]!;
  return { colour, icon, word: word() };
};

export const isEmergency = ({ purpose }: AuditEntry): boolean => purpose === 'BTG' || purpose === 'ETREAT';

/** `14-Jul-2026 10:05:09`, in the clinic's zone: which of two came first is asked of this list. */
export const exactly = (at: string): string =>
  `${date(at)} ${Temporal.Instant.from(at).toZonedDateTimeISO(zone()).toPlainTime().toString({ smallestUnit: 'second' })}`;

/** What it was about: the thing, else the part of the address after /api. */
export const about = ({ object, route, detail }: Pick<AuditEntry, 'object' | 'route'> & Partial<AuditEntry>): string =>
  detail?.startsWith('sign-in')
    ? m.audit_sign_in()
    : (object?.replace(/\/[0-9a-f-]{36}$/, '') ?? route.replace(/^\w+ \/(api\/)?/, ''));
