import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { patientJson } from '../queries.ts';
import { Merge, MergePreview, Unmerged } from './model.ts';

const Preview = z.strictObject({ preview: MergePreview.pick({ counts: true, blocked: true }) });

/** Whoever asks has been shown both records. */
export const previewMerge = (
  db: Db,
  keptId: string,
  goneId: string,
): Promise<Pick<MergePreview, 'counts' | 'blocked'>> =>
  db.oneFirst(sql.type(Preview)`select patients.merge_preview(${keptId}, ${goneId}) as preview`);

export interface Both {
  keptId: string;
  keptVersion: number;
  goneId: string;
  goneVersion: number;
}

/** The merge's id. @throws by constraint: version_stale, merge_already and what stands in the way */
export const merge = (tx: Db, it: Both, reason: string, columns: readonly string[]): Promise<string> =>
  tx.oneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    select patients.merge(${it.keptId}, ${it.keptVersion}::integer, ${it.goneId}, ${it.goneVersion}::integer, ${reason}, ${sql.array([...columns], 'text')}) as id
  `);

const Moved = z.strictObject({ moved: Unmerged.omit({ patient: true }) });

/** @throws by constraint: version_stale, unmerge_… */
export const unmerge = (tx: Db, it: Both, reason: string): Promise<z.infer<typeof Moved>['moved']> =>
  tx.oneFirst(sql.type(Moved)`
    select patients.unmerge(${it.goneId}, ${it.goneVersion}::integer, ${it.keptVersion}::integer, ${reason}) as moved
  `);

/** Whom it was merged into, not in the end but first; null when it is in use. */
export const findMergedInto = (db: Db, goneId: string): Promise<string | null> =>
  db.maybeOneFirst(sql.type(z.strictObject({ intoId: z.uuid() }))`
    select m.into_id from patients.merge m where m.patient_id = ${goneId} and m.undone_at is null and ${maySee(db, 'm.into_id')}
  `);

/** What was merged into a record and not parted again, the last first. */
export const listMerges = (db: Db, intoId: string): Promise<readonly Merge[]> =>
  db.any(sql.type(Merge)`
    select m.id, m.into_id, k.version as into_version, m.reason, m.merged_at, m.counts,
      (select u.display_name from auth."user" u where u.id = m.merged_by) as merged_by,
      ${patientJson('g')} as patient
    from patients.merge m
    join patients.patient g on g.id = m.patient_id
    join patients.patient k on k.id = m.into_id
    where m.into_id = ${intoId} and m.undone_at is null and ${maySee(db, 'k.id')} and ${maySee(db, 'g.id')}
    order by m.merged_at desc, m.id
    limit 100
  `);
