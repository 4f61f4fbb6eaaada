// For SQL of other plugins: json.ts's fragments take the query's alias, the two about allergies a patient column ('d.patient_id').
export {
  allergiesJson,
  allergyStateText,
  encounterItemJson,
  encounterJson,
  medicationJson,
  medicationRequestJson,
  observationJson,
} from './json.ts';
export { Allergy, AllergyState, Encounter, Medication, MedicationRequest, Observation } from './model.ts';
export { getEncounter, listEncounters } from './queries/encounters.ts';
export { getMedication, getMedicationRequest, listMedications } from './queries/medications.ts';
export { recordLaboratoryResults, withholdLaboratoryResult, type LaboratoryObservation } from './actions/laboratory.ts';
export { followStay, leadsVisitPlace, openStayVisit, type LeadsVisit } from './actions/stays.ts';
export { mayWriteFor } from './actions/encounters.ts';
// For the FHIR door of plugins that continue the record.
export { codedOf, conceptOf, instantOf, refTo, written } from './fhir/parts.ts';
export { tableOf } from './fhir/table.ts';
