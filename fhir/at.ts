import type { Request } from '@hapi/hapi';
import type { AuditNote } from '../core/audit/write.ts';
import type { Db } from '../core/database.ts';
import type { Hms } from '../core/hms.ts';
import type { Json } from './json.ts';
import type { Rendered } from './rows.ts';
import type { Types } from './types.ts';

/** Where an interaction happens: who asks (in `db`), in which hospital, through which request. */
export interface At {
  db: Db;
  hms: Hms;
  types: Types;
  request: Request;
  /** Our own address, without a slash at the end: https://hospital.example/fhir/R4 */
  base: string;
  /** Prefer: handling=strict. */
  strict: boolean;
}

/** What is written down about an interaction. */
export type Note = AuditNote & { patientIds: readonly string[] };

/** What goes out as a response. */
export interface Answer {
  status: number;
  body?: Json;
  /** Of the one resource that this is about. */
  one?: Pick<Rendered, 'version' | 'updatedAt'>;
  /** Relative to the base, with its version: Patient/123/_history/1 */
  location?: string;
}

/** What an interaction answers, whether it goes out as a response or as an entry of a Bundle. */
export interface Result extends Answer {
  audit: Note;
}

/** What a transaction answers: each interaction in it is written down by itself. */
export interface Whole extends Answer {
  audit: readonly Note[];
}

export const within = (at: At, tx: Db): At => ({ ...at, db: tx });

/** One resource as a result. */
export const resultOf = (
  type: string,
  rendered: Rendered,
  status = 200,
  action?: Result['audit']['action'],
): Result => ({
  status,
  body: rendered.body,
  one: rendered,
  ...(status === 201 || action === 'U' ? { location: `${type}/${rendered.id}/_history/${rendered.version}` } : {}),
  audit: {
    object: `${type}/${rendered.id}`,
    patientIds: rendered.patientId ? [rendered.patientId] : [],
    ...(action ? { action } : {}),
  },
});
