import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { allergyJson, one } from '../json.ts';
import { Allergy, rxnorm } from '../model.ts';

const Id = z.strictObject({ id: z.uuid() });

export const getAllergy = (db: Db, id: string): Promise<Allergy> =>
  db.oneFirst(
    sql.type(
      one(Allergy),
    )`select ${allergyJson('a')} as it from ehr.allergy_intolerance a where a.id = ${id} and ${maySee(db, 'a.patient_id')}`,
  );

export interface AllergyRow {
  patientId: string;
  system: string | null;
  code: string | null;
  display: string;
  criticality: string | null;
  reaction: string | null;
  recorderId: string | null;
}

/** Null when the patient has this one already. */
export const insertAllergy = (tx: Db, it: AllergyRow): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    insert into ehr.allergy_intolerance (patient_id, code_system, code, display, type, criticality, reaction, recorded_at, recorder_id)
    values (${it.patientId}, ${it.system}, ${it.code}, ${it.display}, 'allergy', ${it.criticality}, ${it.reaction}, core.now(), ${it.recorderId})
    on conflict do nothing
    returning id
  `);

/** One at a time for a patient, so that an allergy and "no known allergy" cannot pass each other. */
export const lockAllergies = (tx: Db, patientId: string): Promise<unknown> =>
  tx.query(sql.unsafe`select pg_advisory_xact_lock(hashtextextended(${patientId}, 5))`);

export const hasAllergies = (db: Db, patientId: string): Promise<boolean> =>
  db.exists(sql.unsafe`
    select from ehr.allergy_intolerance a where a.patient_id = ${patientId} and a.active and not a.none_known and ${maySee(db, 'a.patient_id')}
  `);

/** "No known allergy" ends when an allergy is found. */
export const endNoneKnown = (tx: Db, patientId: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    update ehr.allergy_intolerance set clinical_status = 'inactive'
    where patient_id = ${patientId} and active and none_known and ${maySee(tx, 'patient_id')}
  `);

/** R4 ait-2: what was entered in error has no clinical status. Null when the version is no longer that one. */
export const retractAllergy = (tx: Db, id: string, version: number): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update ehr.allergy_intolerance set verification_status = 'entered-in-error', clinical_status = null
    where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')}
    returning id
  `);

export const Conflict = z.strictObject({
  id: z.uuid(),
  display: z.string(),
  criticality: z.string().nullable(),
  substance: z.string(),
});
export type Conflict = z.infer<typeof Conflict>;

/**
 * Active allergies that speak against this medication, worst first: the same ingredient, by code or by its name in the words of
 * the allergy, or one of the same group (penicillins, NSAIDs, …). A medication without known ingredients is looked for by its display.
 */
export const allergyConflicts = (
  db: Db,
  patientId: string,
  medication: { ingredientCodes: readonly string[]; display: string },
): Promise<readonly Conflict[]> =>
  db.any(sql.type(Conflict)`
    with contained as (
      select s.code, s.allergy_group from ehr.substance s
      where s.system = ${rxnorm} and (s.code = any(${sql.array([...medication.ingredientCodes], 'text')})
        or (${medication.ingredientCodes.length} = 0 and lower(${medication.display}) ~ ('\\m' || s.name)))
    )
    select distinct on ((a.criticality = 'high') is true, a.id) a.id, a.display, a.criticality, s.display as substance
    from ehr.allergy_intolerance a
    join ehr.substance s on (s.system = a.code_system and s.code = a.code) or lower(a.display) ~ ('\\m' || s.name)
    where a.patient_id = ${patientId} and a.active and not a.none_known and ${maySee(db, 'a.patient_id')}
      and exists (select from contained c where (s.system = ${rxnorm} and c.code = s.code) or c.allergy_group = s.allergy_group)
    order by (a.criticality = 'high') is true desc, a.id
  `);
