import { createHash } from 'node:crypto';
import { sql } from '../database.ts';

/**
 * An entry of core.audit (as `a`) as one text: the JSON array of its columns, the time in UTC to the microsecond. Asked from the
 * tables themselves, never through a function in the database: whoever changes entries could change that function too.
 */
export const entryText = sql.fragment`jsonb_build_array(
  a.id, to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), a.actor_id, a.actor_kind, a.action, a.subtype, a.route, a.object, a.patient_ids, a.outcome,
  a.detail, a.request_id, a.source, a.purpose, a.origin
)::text`;

/** What the first entry is chained to. */
export const noHash = '0'.repeat(64);

/** The hash of an entry in the chain, in hex: SHA-256 over the hash before it, its place and its text, a line each. */
export const chained = (before: string, seq: number, text: string): string =>
  createHash('sha256').update(`${before}\n${seq}\n${text}`).digest('hex');
