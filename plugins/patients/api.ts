export { amendPatient } from './actions.ts';
export { Gender, Patient, PatientSummary } from './model.ts';
export { findDeceased, getPatient, patientExists, requirePatient } from './queries.ts';
export { patientSummaryJson } from './summary.ts';
