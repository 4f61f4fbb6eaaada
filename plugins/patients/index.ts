import { definePlugin } from '../../core/plugin.ts';
import { demoPatients } from './demo.ts';
import { patientNames } from '../auth/api.ts';
import { patient } from './fhir.ts';
import { namesOf } from './queries.ts';
import { routes } from './routes.ts';

export default definePlugin({
  name: 'patients',
  title: 'patients_title',
  dependencies: ['facility'],
  permissions: { 'patient:read': 'permission_patient_read', 'patient:write': 'permission_patient_write' },
  roles: {
    receptionist: ['patient:read', 'patient:write'],
    nurse: ['patient:read'],
    doctor: ['patient:read', 'patient:write'],
    pharmacist: ['patient:read'],
    cashier: ['patient:read'],
    labtech: ['patient:read'],
    admin: ['patient:read'],
  },
  refusals: { patient_record_number_unique: [409, 'refusal_already_there'] },
  routes,
  fhir: [patient],
  offers: { [patientNames]: namesOf },
  demo: demoPatients,
});
