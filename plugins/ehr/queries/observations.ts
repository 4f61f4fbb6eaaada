import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { observationJson, one } from '../json.ts';
import { loinc, Observation, vitalFields, type Component } from '../model.ts';

const Id = z.strictObject({ id: z.uuid() });

export const getObservation = (db: Db, id: string): Promise<Observation> =>
  db.oneFirst(
    sql.type(
      one(Observation),
    )`select ${observationJson('o')} as it from ehr.observation o where o.id = ${id} and ${maySee(db, 'o.patient_id')}`,
  );

/** Newest first. A component's code finds its observation too. */
export const listObservations = (
  db: Db,
  by: { patientId: string; code?: string; category?: string; limit: number; after: readonly [string, string] | null },
): Promise<readonly Observation[]> =>
  db.anyFirst(sql.type(one(Observation))`
    select ${observationJson('o')} as it
    from ehr.observation o
    where ${sql.and([
      maySee(db, 'o.patient_id'),
      sql.fragment`o.patient_id = ${by.patientId} and o.status <> 'entered-in-error'`,
      by.category !== undefined && sql.fragment`o.category = ${by.category}`,
      by.code !== undefined &&
        sql.fragment`(o.code = ${by.code} or o.components @> ${JSON.stringify([{ code: by.code }])}::jsonb)`,
      by.after && sql.fragment`(o.observed_at, o.id) < (${by.after[0]}::timestamptz, ${by.after[1]}::uuid)`,
    ])}
    order by o.observed_at desc, o.id desc
    limit ${by.limit}
  `);

export const VitalLimit = z.strictObject({
  field: z.enum(vitalFields),
  position: z.int(),
  code: z.string(),
  display: z.string(),
  unit: z.string(),
  lowest: z.string(),
  highest: z.string(),
  low: z.string().nullable(),
  high: z.string().nullable(),
  criticalLow: z.string().nullable(),
  criticalHigh: z.string().nullable(),
});
export type VitalLimit = z.infer<typeof VitalLimit>;

/** What holds at this patient's age on that day, for each field; an adult's where no birth date is known. */
export const vitalLimits = (db: Db, patientId: string, at: string | null): Promise<readonly VitalLimit[]> =>
  db.any(sql.type(VitalLimit)`
    select distinct on (l.field) l.field, l.position, l.code, l.display, l.unit, l.lowest, l.highest, l.low, l.high, l.critical_low, l.critical_high
    from ehr.vital_limit l, patients.patient p
    where p.id = ${patientId} and ${maySee(db, 'p.id')}
      and l.from_age <= coalesce(extract(year from age(coalesce(${at}::timestamptz, core.now()), p.birth_date)), 999)
    order by l.field, l.from_age desc
  `);

export const isInFuture = (db: Db, at: string): Promise<boolean> =>
  db.oneFirst(
    sql.type(
      z.strictObject({ future: z.boolean() }),
    )`select ${at}::timestamptz > core.now() + interval '5 minutes' as future`,
  );

export interface VitalRow {
  code: string;
  display: string;
  value: string | null;
  unit: string | null;
  interpretation: string | null;
  components: Component[] | null;
}

/** All of one reading, in one statement. `at` null is now. */
export const insertVitals = (
  tx: Db,
  to: { patientId: string; encounterId: string | null; at: string | null; performerId: string | null },
  rows: readonly VitalRow[],
): Promise<readonly string[]> =>
  tx.anyFirst(sql.type(Id)`
    insert into ehr.observation (patient_id, encounter_id, category, code_system, code, display, value, unit, interpretation, components, effective_at, issued_at, performer_id)
    select ${to.patientId}, ${to.encounterId}, 'vital-signs', ${loinc}, r.code, r.display, r.value, r.unit, r.interpretation, r.components,
      coalesce(${to.at}::timestamptz, core.now()), core.now(), ${to.performerId}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) r (code text, display text, value numeric, unit text, interpretation text, components jsonb)
    returning id
  `);

export const getObservations = (db: Db, ids: readonly string[]): Promise<readonly Observation[]> =>
  db.anyFirst(sql.type(one(Observation))`
    select ${observationJson('o')} as it from ehr.observation o
    where o.id = any(${sql.array([...ids], 'uuid')}) and ${maySee(db, 'o.patient_id')}
    order by o.id
  `);
