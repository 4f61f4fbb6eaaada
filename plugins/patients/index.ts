import { definePlugin } from '../../core/plugin.ts';
import { demoPatients } from './demo.ts';
import { patientNames } from '../auth/api.ts';
import { patient } from './fhir.ts';
import { namesOf } from './queries.ts';
import { printRoutes } from './print/routes.ts';
import { protectionRoutes } from './protection/routes.ts';
import { routes } from './routes.ts';

export default definePlugin({
  name: 'patients',
  title: 'patients_title',
  dependencies: ['facility'],
  permissions: {
    'patient:read': 'permission_patient_read',
    'patient:write': 'permission_patient_write',
    'patient:print': 'permission_patient_print',
    'label:write': 'permission_label_write',
    'glass:break': 'permission_glass_break',
  },
  roles: {
    receptionist: ['patient:read', 'patient:write', 'patient:print'],
    nurse: ['patient:read', 'patient:print', 'glass:break'],
    doctor: ['patient:read', 'patient:write', 'patient:print', 'label:write', 'glass:break'],
    pharmacist: ['patient:read'],
    cashier: ['patient:read'],
    labtech: ['patient:read'],
    admin: ['patient:read', 'label:write'],
  },
  refusals: {
    patient_here_already: [409, 'refusal_patient_here_already'],
    patient_record_number_unique: [409, 'refusal_already_there'],
    glass_nobody: [404, 'refusal_glass_nobody'],
    glass_several: [409, 'refusal_glass_several'],
    glass_needless: [409, 'refusal_glass_needless'],
    glass_decided: [409, 'refusal_glass_decided'],
    review_by_another: [403, 'refusal_review_by_another'],
  },
  routes: [...routes, ...printRoutes, ...protectionRoutes],
  fhir: [patient],
  offers: { [patientNames]: namesOf },
  demo: demoPatients,
  navigation: [
    {
      id: 'break-glass',
      title: 'nav_break_glass',
      path: '/break-glass',
      icon: 'shield-alert',
      permission: 'access:review',
      group: 'nav_group_house',
      order: 83,
    },
  ],
});
