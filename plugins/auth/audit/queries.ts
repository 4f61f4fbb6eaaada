import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { likeText } from '../../../core/like.ts';
import { AuditEntry, type AuditQuestion } from './model.ts';

const Row = AuditEntry.omit({ patients: true }).extend({ patientIds: z.array(z.uuid()) });
export type AuditRow = z.infer<typeof Row>;

const outcomes = { success: [0], refused: [4], failed: [8, 12] } as const;

/**
 * Newest first, after the entry that the cursor names. Each question has an index in which the entries of a patient, a user or a
 * time lie together; the others are looked for among those. `mostPatients`: of an entry at most so many are named.
 */
export const findEntries = (
  db: Db,
  by: AuditQuestion,
  { limit, after, mostPatients }: { limit: number; after: readonly (string | number)[] | null; mostPatients: number },
): Promise<readonly AuditRow[]> =>
  db.any(sql.type(Row)`
    select a.id, a.at, a.actor_id, a.actor_kind, u.display_name as actor_name, a.action, a.subtype, a.route, a.object, a.patient_ids[:${mostPatients}::int] as patient_ids,
      cardinality(a.patient_ids) as patient_count, a.outcome, a.detail, host(a.source) as source, a.purpose, a.origin, a.request_id
    from core.audit a
    left join auth."user" u on u.id = a.actor_id
    where ${sql.and([
      sql.fragment`true`,
      by.from && sql.fragment`a.at >= ${by.from}::timestamptz`,
      by.to && sql.fragment`a.at < ${by.to}::timestamptz`,
      by.userId && sql.fragment`a.actor_id = ${by.userId}::uuid`,
      by.patientId && sql.fragment`a.patient_ids @> array[${by.patientId}::uuid]`,
      by.action && sql.fragment`a.action = ${by.action}`,
      by.subtype && sql.fragment`a.subtype = ${by.subtype}`,
      by.outcome && sql.fragment`a.outcome = any(${sql.array([...outcomes[by.outcome]], 'int2')})`,
      by.source && sql.fragment`a.source <<= ${by.source}::inet`,
      by.about &&
        sql.fragment`(a.object ilike ${`${likeText(by.about)}%`} or a.route ilike ${`%${likeText(by.about)}%`})`,
      by.purpose && sql.fragment`a.purpose in ('BTG', 'ETREAT')`,
      after && sql.fragment`(a.at, a.id) < (${after[0]!}::timestamptz, ${after[1]!}::uuid)`,
    ])}
    order by a.at desc, a.id desc
    limit ${limit}
  `);
