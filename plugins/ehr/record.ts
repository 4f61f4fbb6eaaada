import { z, type ZodType } from 'zod';
import { maySee } from '../../core/access.ts';
import { sql, type Db, type Fragment } from '../../core/database.ts';
import type { RecordSection } from '../../core/plugin.ts';
import { itemsOf, newestOf } from '../../core/shapes.ts';
import { allergyJson, conditionJson, encounterJson, medicationRequestJson, noteJson, observationJson } from './json.ts';
import { Allergy, AllergyState, Condition, Encounter, MedicationRequest, Note, Observation } from './model.ts';

interface Source {
  json: Fragment;
  table: Fragment;
  /** Besides the patient: what was entered in error is not shown. */
  where: Fragment;
}

const mine = (db: Db, { table, where }: Source, patientId: Fragment): Fragment =>
  sql.fragment`from ${table} where r.patient_id = ${patientId} and ${maySee(db, 'r.patient_id')} and ${where}`;

/** Everything, in this order. */
const whole = (permission: string, shape: ZodType, source: Source & { order: Fragment }): RecordSection => ({
  permission,
  response: itemsOf(shape),
  query: (db, { patientId }) => sql.fragment`
      select json_build_object('items', coalesce(json_agg(s.it), '[]'))
      from (select ${source.json} as it ${mine(db, source, patientId)} order by ${source.order}) s
    `,
});

/** The newest, how many there are, and where the list of the rest begins. `at` is a column that is never null. */
const newest = (permission: string, shape: ZodType, source: Source & { at: Fragment }): RecordSection => ({
  permission,
  response: newestOf(shape),
  query: (db, { patientId, limit }) => sql.fragment`
      with page as materialized (
        select ${source.json} as it, r.id, ${source.at} as at ${mine(db, source, patientId)} order by ${source.at} desc, r.id desc limit ${limit}
      )
      select json_build_object(
        'items', (select coalesce(json_agg(page.it), '[]') from page),
        'total', t.total,
        'next', case when t.total > (select count(*) from page) then (select ehr.cursor(page.at, page.id) from page order by page.at, page.id limit 1) end)
      from (select count(*) as total ${mine(db, source, patientId)}) t
    `,
});

const kept = sql.fragment`r.status <> 'entered-in-error'`;

export const record: Record<string, RecordSection> = {
  allergies: {
    permission: 'allergy:read',
    response: z.strictObject({ state: AllergyState, items: z.array(Allergy) }),
    query: (db, { patientId }) => {
      const rows = mine(
        db,
        {
          json: sql.fragment``,
          table: sql.fragment`ehr.allergy_intolerance r`,
          where: sql.fragment`r.verification_status is distinct from 'entered-in-error'`,
        },
        patientId,
      );
      return sql.fragment`
        select json_build_object(
          'state', case when bool_or(s.active and not s.none_known) then 'recorded' when bool_or(s.active and s.none_known) then 'none-known' else 'not-recorded' end,
          'items', coalesce(json_agg(s.it) filter (where not s.none_known), '[]'))
        from (
          select ${allergyJson('r')} as it, r.active, r.none_known
          ${rows}
          order by r.active desc, (r.criticality = 'high') desc nulls last, r.recorded_at desc nulls last, r.id
        ) s
      `;
    },
  },
  // What was diagnosed at a visit stands with the visit; this is what stays.
  problems: whole('condition:read', Condition, {
    json: conditionJson('r'),
    table: sql.fragment`ehr.condition r`,
    where: sql.fragment`r.category is distinct from 'encounter-diagnosis' and r.verification_status is distinct from 'entered-in-error'`,
    order: sql.fragment`(r.clinical_status in ('active', 'recurrence', 'relapse')) desc nulls last, r.recorded_at desc nulls last, r.id`,
  }),
  medications: whole('medication-request:read', MedicationRequest, {
    json: medicationRequestJson('r'),
    table: sql.fragment`ehr.medication_request r`,
    where: kept,
    order: sql.fragment`(r.status = 'active') desc, r.authored_at desc nulls last, r.id`,
  }),
  encounters: newest('encounter:read', Encounter, {
    json: encounterJson('r'),
    table: sql.fragment`ehr.encounter r`,
    where: kept,
    at: sql.fragment`r.begins_at`,
  }),
  observations: newest('observation:read', Observation, {
    json: observationJson('r'),
    table: sql.fragment`ehr.observation r`,
    where: kept,
    at: sql.fragment`r.observed_at`,
  }),
  notes: newest('note:read', Note, {
    json: noteJson('r'),
    table: sql.fragment`ehr.composition r`,
    where: kept,
    at: sql.fragment`r.dated_at`,
  }),
};
