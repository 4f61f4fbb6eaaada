import { z, type ZodType } from 'zod';
import { sql, type Fragment } from '../../core/database.ts';
import { patientSummaryJson } from '../patients/api.ts';

// Each noun has one shape, built by PostgreSQL: what a single GET answers and what stands in a section of the record are the
// same text by construction. An alias is the query's name for the table.

const at = (alias: string) => (name: string) => sql.identifier([alias, name]);
const nameOfPractitioner = (id: Fragment): Fragment =>
  sql.fragment`(select p.display_name from facility.practitioner p where p.id = ${id})`;
const columnOf = (alias: string, name: string): Fragment => sql.fragment`${sql.identifier([alias, name])}`;

/** A row with one column, `it`. */
export const one = <T extends ZodType>(shape: T) => z.strictObject({ it: shape });

const encounterPairs = (alias: string): Fragment => {
  const c = at(alias);
  return sql.fragment`
    'id', ${c('id')}, 'version', ${c('version')}, 'status', ${c('status')}, 'class', ${c('class')}, 'startedAt', core.json_time(${c('started_at')}),
    'endedAt', core.json_time(${c('ended_at')}), 'arrivedAt', core.json_time(${c('arrived_at')}), 'practitionerId', ${c('practitioner_id')},
    'practitionerName', ${nameOfPractitioner(columnOf(alias, 'practitioner_id'))}, 'departmentId', ${c('department_id')},
    'departmentName', (select o.name from facility.organization o where o.id = ${c('department_id')}), 'serviceId', ${c('service_id')},
    'serviceName', (select s.name from facility.healthcare_service s where s.id = ${c('service_id')}), 'appointmentId', ${c('appointment_id')},
    'reason', ${c('reason')}, 'patientId', ${c('patient_id')},
    'diagnoses', (
      select coalesce(json_agg(json_build_object('code', d.code, 'display', d.display) order by d.recorded_at, d.id), '[]')
      from ehr.condition d
      where d.encounter_id = ${c('id')} and d.verification_status is distinct from 'entered-in-error'
    )`;
};
/** Head of a visit, without the patient: for lists that stand under a patient anyway. */
export const encounterJson = (alias: string): Fragment => sql.fragment`json_build_object(${encounterPairs(alias)})`;

/** With the patient's summary; `state` is how allergies are known, or null where that may not be read. */
export const encounterItemJson = (alias: string, mayReadAllergies: boolean): Fragment => {
  const state = mayReadAllergies ? allergyStateText(`${alias}.patient_id`) : sql.fragment`null::text`;
  return sql.fragment`json_build_object(${encounterPairs(alias)}, 'patient', (
    select ${patientSummaryJson('p')}::jsonb || jsonb_build_object('allergyState', ${state})
    from patients.patient p where p.id = ${at(alias)('patient_id')}
  ))`;
};

/** 'recorded', 'none-known' or 'not-recorded'; `column` is the patient's ('e.patient_id'). */
export const allergyStateText = (column: string): Fragment => sql.fragment`coalesce((
  select case when bool_or(not a.none_known) then 'recorded' when bool_or(a.none_known) then 'none-known' end
  from ehr.allergy_intolerance a
  where a.patient_id = ${sql.identifier(column.split('.'))} and a.active
), 'not-recorded')`;

/** Active allergies as [{display, criticality}], high ones first; `column` is the patient's. */
export const allergiesJson = (column: string): Fragment => sql.fragment`(
  select coalesce(json_agg(json_build_object('display', a.display, 'criticality', a.criticality) order by (a.criticality = 'high') desc nulls last, a.recorded_at, a.id), '[]')
  from ehr.allergy_intolerance a
  where a.patient_id = ${sql.identifier(column.split('.'))} and a.active and not a.none_known
)`;

export const conditionJson = (alias: string): Fragment => {
  const c = at(alias);
  return sql.fragment`json_build_object(
    'id', ${c('id')}, 'version', ${c('version')}, 'patientId', ${c('patient_id')}, 'encounterId', ${c('encounter_id')}, 'code', ${c('code')},
    'display', ${c('display')}, 'clinicalStatus', ${c('clinical_status')}, 'verificationStatus', ${c('verification_status')}, 'category', ${c('category')},
    'onsetOn', ${c('onset_on')}, 'recordedAt', core.json_time(${c('recorded_at')})
  )`;
};

export const observationJson = (alias: string): Fragment => {
  const c = at(alias);
  return sql.fragment`json_build_object(
    'id', ${c('id')}, 'version', ${c('version')}, 'patientId', ${c('patient_id')}, 'encounterId', ${c('encounter_id')}, 'status', ${c('status')},
    'category', ${c('category')}, 'code', ${c('code')}, 'display', ${c('display')}, 'value', coalesce(core.json_decimal(${c('value')}), ${c('value_text')}),
    'unit', ${c('unit')}, 'effectiveAt', core.json_time(${c('effective_at')}), 'interpretation', ${c('interpretation')}, 'components', ${c('components')}
  )`;
};

export const allergyJson = (alias: string): Fragment => {
  const c = at(alias);
  return sql.fragment`json_build_object(
    'id', ${c('id')}, 'version', ${c('version')}, 'patientId', ${c('patient_id')}, 'code', ${c('code')}, 'display', ${c('display')},
    'criticality', ${c('criticality')}, 'clinicalStatus', ${c('clinical_status')}, 'reaction', ${c('reaction')},
    'recordedAt', core.json_time(${c('recorded_at')}), 'noneKnown', ${c('none_known')}
  )`;
};

export const noteJson = (alias: string): Fragment => {
  const c = at(alias);
  return sql.fragment`json_build_object(
    'id', ${c('id')}, 'version', ${c('version')}, 'patientId', ${c('patient_id')}, 'encounterId', ${c('encounter_id')}, 'status', ${c('status')},
    'reason', ${c('reason')}, 'findings', ${c('findings')}, 'plan', ${c('plan')}, 'addenda', ${c('addenda')},
    'authorName', coalesce(${nameOfPractitioner(columnOf(alias, 'author_id'))}, ${c('author_name')}), 'signedAt', core.json_time(${c('signed_at')}),
    'updatedAt', core.json_time(${c('updated_at')})
  )`;
};

export const medicationJson = (alias: string): Fragment => {
  const c = at(alias);
  return sql.fragment`json_build_object(
    'id', ${c('id')}, 'code', ${c('code')}, 'display', ${c('display')}, 'strength', ${c('strength')}, 'form', ${c('form')}, 'unit', ${c('unit')},
    'ingredient', ${c('ingredient')}
  )`;
};

export const medicationRequestJson = (alias: string): Fragment => {
  const c = at(alias);
  return sql.fragment`json_build_object(
    'id', ${c('id')}, 'version', ${c('version')}, 'status', ${c('status')}, 'medicationId', ${c('medication_id')}, 'medicationDisplay', ${c('medication_display')},
    'dosageText', ${c('dosage_text')}, 'quantity', ${c('quantity')}, 'unit', ${c('unit')}, 'dispensedQuantity', ${c('dispensed_quantity')},
    'encounterId', ${c('encounter_id')}, 'patientId', ${c('patient_id')},
    'practitionerName', coalesce(${nameOfPractitioner(columnOf(alias, 'requester_id'))}, ${c('requester_name')}),
    'authoredAt', core.json_time(${c('authored_at')}), 'allergyCheck', ${c('allergy_check')}, 'overrideReason', ${c('override_reason')}
  )`;
};
