import { sql, type Db } from '../../../core/database.ts';

/** A verified result as the chart keeps it. `withheldUntil`: when the patient may see it; null at once, 'infinity' once somebody releases it. */
export interface LaboratoryObservation {
  id: string;
  status: 'final' | 'corrected' | 'entered-in-error';
  patientId: string;
  encounterId: string | null;
  code: string;
  display: string;
  value: string | null;
  unit: string | null;
  valueText: string | null;
  valueSystem: string | null;
  valueCode: string | null;
  interpretation: string | null;
  effectiveAt: string;
  withheldUntil: string | null;
}

const columns = sql.fragment`id uuid, status text, patient_id uuid, encounter_id uuid, code text, display text, value numeric, unit text, value_text text,
  value_system text, value_code text, interpretation text, effective_at timestamptz, withheld_until timestamptz`;
const snake = (it: LaboratoryObservation) =>
  Object.fromEntries(
    Object.entries(it).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value as unknown,
    ]),
  );

/**
 * Puts verified laboratory results into the chart; one that is there already is corrected, its former state stays in its
 * history. The laboratory has checked who may do so.
 */
export const recordLaboratoryResults = (tx: Db, results: readonly LaboratoryObservation[]): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into ehr.observation as o (id, status, patient_id, encounter_id, category, code_system, code, display, value, unit, value_text, value_system, value_code,
      interpretation, effective_at, issued_at, withheld_until, kept_by)
    select r.id, r.status, r.patient_id, r.encounter_id, 'laboratory', 'http://loinc.org', r.code, r.display, r.value, r.unit, r.value_text, r.value_system, r.value_code,
      r.interpretation, r.effective_at, core.now(), r.withheld_until, 'laboratory'
    from jsonb_to_recordset(${JSON.stringify(results.map(snake))}::jsonb) r (${columns})
    on conflict (id) do update set status = excluded.status, value = excluded.value, unit = excluded.unit, value_text = excluded.value_text,
      value_system = excluded.value_system, value_code = excluded.value_code, interpretation = excluded.interpretation, issued_at = excluded.issued_at
  `);

/** When the patient's own door may show it: null now, 'infinity' not yet. */
export const withholdLaboratoryResult = (tx: Db, observationId: string, until: string | null): Promise<unknown> =>
  tx.query(sql.unsafe`
    -- held by its parent
    update ehr.observation set withheld_until = ${until} where id = ${observationId}
  `);
