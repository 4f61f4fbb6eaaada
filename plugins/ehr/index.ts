import { definePlugin } from '../../core/plugin.ts';
import { demoRecord } from './demo/index.ts';
import { countDispense, eraseVisitOfAppointment, visitOfAppointment } from './events.ts';
import { resources } from './fhir/index.ts';
import { invariants } from './invariants.ts';
import { record } from './record.ts';
import { routes } from './routes/index.ts';
import { loadTerminology } from './terminology.ts';

const nurse = [
  'encounter:read',
  'visit-stage:read',
  'encounter:write',
  'observation:read',
  'observation:write',
  'allergy:read',
  'allergy:write',
  'note:read',
  'condition:read',
  'medication:read',
  'medication-request:read',
];

export default definePlugin({
  name: 'ehr',
  title: 'ehr_title',
  dependencies: ['patients'],
  optional: ['scheduling'],
  permissions: {
    'encounter:read': 'permission_encounter_read',
    'encounter:write': 'permission_encounter_write',
    'visit-stage:read': 'permission_visit_stage_read',
    'note:read': 'permission_note_read',
    'note:write': 'permission_note_write',
    'note:sign': 'permission_note_sign',
    'condition:read': 'permission_condition_read',
    'condition:write': 'permission_condition_write',
    'observation:read': 'permission_observation_read',
    'observation:write': 'permission_observation_write',
    'allergy:read': 'permission_allergy_read',
    'allergy:write': 'permission_allergy_write',
    'medication:read': 'permission_medication_read',
    'medication-request:read': 'permission_medication_request_read',
    'medication-request:write': 'permission_medication_request_write',
  },
  roles: {
    nurse,
    doctor: [...nurse, 'note:write', 'note:sign', 'condition:write', 'medication-request:write'],
    pharmacist: ['allergy:read', 'medication:read', 'medication-request:read'],
    cashier: ['encounter:read', 'visit-stage:read'],
    admin: ['visit-stage:read'],
    receptionist: ['visit-stage:read'],
    labtech: ['observation:read'], // results stand among them; what is measured at the bedside is not theirs to write
  },
  refusals: {
    encounter_once_per_appointment: [409, 'refusal_encounter_once_per_appointment'],
    encounter_not_waiting: [409, 'refusal_encounter_not_waiting'],
    encounter_not_under_way: [409, 'refusal_encounter_not_under_way'],
    encounter_led_by_stay: [409, 'refusal_encounter_led_by_stay'],
    encounter_ends_after_start: [422, 'refusal_encounter_ends_after_start'],
    encounter_of_other_patient: [422, 'refusal_encounter_of_other_patient'],
    condition_encounter_of_same_patient: [422, 'refusal_encounter_of_other_patient'],
    observation_encounter_of_same_patient: [422, 'refusal_encounter_of_other_patient'],
    composition_encounter_of_same_patient: [422, 'refusal_encounter_of_other_patient'],
    medication_request_encounter_of_same_patient: [422, 'refusal_encounter_of_other_patient'],
    note_signed: [409, 'refusal_note_signed'],
    note_not_signed: [409, 'refusal_note_not_signed'],
    note_empty: [422, 'refusal_note_empty'],
    note_once_per_visit: [409, 'refusal_note_once_per_visit'],
    code_unknown: [422, 'refusal_code_unknown'],
    condition_once_per_visit: [409, 'refusal_condition_once_per_visit'],
    allergy_once_per_substance: [409, 'refusal_allergy_once_per_substance'],
    allergies_recorded: [409, 'refusal_allergies_recorded'],
    allergy_conflict: [409, 'refusal_allergy_conflict'],
    medication_unknown: [422, 'refusal_medication_unknown'],
    medication_request_closed: [409, 'refusal_medication_request_closed'],
    dispensed_within_prescribed: [422, 'refusal_dispensed_within_prescribed'],
    vital_implausible: [422, 'refusal_vital_implausible'],
    observation_kept: [409, 'refusal_observation_kept'],
    effective_in_future: [422, 'refusal_effective_in_future'],
  },
  routes,
  fhir: resources,
  record,
  on: {
    'scheduling.appointment-checked-in': visitOfAppointment,
    'scheduling.appointment-reinstated': eraseVisitOfAppointment,
    'scheduling.appointment-cancelled': eraseVisitOfAppointment,
    'scheduling.appointment-noshow': eraseVisitOfAppointment,
    'pharmacy.medication-dispensed': countDispense,
  },
  setUp: loadTerminology,
  demo: demoRecord,
  invariants,
  navigation: [
    {
      id: 'my-day',
      title: 'nav_my_day',
      path: '/my-day',
      icon: 'stethoscope',
      permission: 'encounter:write',
      needs: ['encounter:read'],
      order: 10,
    },
  ],
});
