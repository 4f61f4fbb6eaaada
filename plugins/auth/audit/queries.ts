import { z } from 'zod';
import { mayCount } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { likeText } from '../../../core/like.ts';
import { AuditEntry, signInDoors, type AuditQuestion } from './model.ts';
import { seenDetail, seenObject, seenPatients, showsPatient } from './sight.ts';

const Row = AuditEntry.omit({ patients: true }).extend({ patientIds: z.array(z.uuid()) });
export type AuditRow = z.infer<typeof Row>;

/** `User/1` and `users/1` are one: changes of rights are written under FHIR's kind of name, requests under their path. */
const spelled = (about: string): string => likeText(about).replace(/^(user|role|client)s?\//i, '$1%/');

const outcomes = { success: [0], refused: [4], failed: [8, 12] } as const;

/**
 * Newest first, after the entry that the cursor names. Each question has an index in which the entries of a patient, a user or a
 * time lie together; the others are looked for among those. `mostPatients`: of an entry at most so many are named. An entry about
 * somebody whom the reader may not see stays, for what was done must be there, and does not say about whom.
 */
export const findEntries = (
  db: Db,
  by: AuditQuestion,
  { limit, after, mostPatients }: { limit: number; after: readonly (string | number)[] | null; mostPatients: number },
): Promise<readonly AuditRow[]> => {
  const see = (column: string) => mayCount(db, column);
  return db.any(sql.type(Row)`
    select a.id, a.at, a.actor_id, a.actor_kind, u.display_name as actor_name, a.action, a.subtype, a.route, ${seenObject('a', see)} as object,
      seen.ids[:${mostPatients}::int] as patient_ids, cardinality(seen.ids) as patient_count, a.outcome, ${seenDetail('a', see)} as detail, host(a.source) as source, a.purpose, a.origin, a.request_id
    from core.audit a
    left join auth."user" u on u.id = a.actor_id
    cross join lateral (select ${seenPatients('a', see)} as ids) seen
    where ${sql.and([
      sql.fragment`true`,
      by.from && sql.fragment`a.at >= ${by.from}::timestamptz`,
      by.to && sql.fragment`a.at < ${by.to}::timestamptz`,
      by.userId && sql.fragment`a.actor_id = ${by.userId}::uuid`,
      by.patientId && showsPatient('a', by.patientId, see),
      by.action && sql.fragment`a.action = ${by.action}`,
      by.subtype && sql.fragment`a.subtype = ${by.subtype}`,
      by.kind === 'sign-in' && sql.fragment`a.route = any(${sql.array(signInDoors, 'text')})`,
      by.outcome && sql.fragment`a.outcome = any(${sql.array([...outcomes[by.outcome]], 'int2')})`,
      by.source && sql.fragment`a.source <<= ${by.source}::inet`,
      by.about &&
        sql.fragment`(${seenObject('a', see)} ilike ${`${spelled(by.about)}%`} or a.route ilike ${`%${likeText(by.about)}%`})`,
      by.purpose && sql.fragment`a.purpose in ('BTG', 'ETREAT')`,
      after && sql.fragment`(a.at, a.id) < (${after[0]!}::timestamptz, ${after[1]!}::uuid)`,
    ])}
    order by a.at desc, a.id desc
    limit ${limit}
  `);
};
