import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { conditionJson, one } from '../json.ts';
import { Condition, icd10cm } from '../model.ts';

const Id = z.strictObject({ id: z.uuid() });

export const getCondition = (db: Db, id: string): Promise<Condition> =>
  db.oneFirst(
    sql.type(
      one(Condition),
    )`select ${conditionJson('c')} as it from ehr.condition c where c.id = ${id} and ${maySee(db, 'c.patient_id')}`,
  );

export interface ConditionRow {
  patientId: string;
  encounterId: string | null;
  code: string;
  display: string;
  category: string;
  recorderId: string | null;
}

/** Null when the visit has this diagnosis already. */
export const insertCondition = (tx: Db, it: ConditionRow): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    insert into ehr.condition (patient_id, encounter_id, code_system, code, display, category, recorded_at, recorder_id)
    values (${it.patientId}, ${it.encounterId}, ${icd10cm}, ${it.code}, ${it.display}, ${it.category}, core.now(), ${it.recorderId})
    on conflict do nothing
    returning id
  `);

/** R4 con-5: what was entered in error has no clinical status. Null when the version is no longer that one. */
export const retractCondition = (tx: Db, id: string, version: number): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update ehr.condition set verification_status = 'entered-in-error', clinical_status = null
    where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')}
    returning id
  `);
