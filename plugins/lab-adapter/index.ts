import { definePlugin } from '../../core/plugin.ts';
import { demoConnections } from './demo.ts';
import { door } from './door.ts';
import { cancelOrder, cancelSpecimen, storeOrder, tellPatient } from './events.ts';
import { invariants } from './invariants.ts';
import { fetchReports } from './jobs.ts';
import { routes } from './routes.ts';
import { sender } from './sender.ts';
import { settings } from './settings.ts';

export default definePlugin({
  name: 'lab-adapter',
  title: 'lab_adapter_title',
  dependencies: ['laboratory'],
  optional: ['messaging'],
  permissions: {
    'lab-connection:read': 'permission_lab_connection_read',
    'lab-connection:write': 'permission_lab_connection_write',
    'lab-message:read': 'permission_lab_message_read',
    'lab-message:work': 'permission_lab_message_work',
  },
  roles: {
    admin: ['lab-connection:read', 'lab-connection:write', 'lab-message:read', 'lab-message:work'],
    labtech: ['lab-connection:read', 'lab-message:read', 'lab-message:work'],
  },
  refusals: {
    lab_message_not_parked: [409, 'refusal_lab_message_not_parked'],
    lab_message_not_sent: [409, 'refusal_lab_message_not_sent'],
    lab_message_does_not_fit: [422, 'refusal_lab_message_does_not_fit'],
    performed_section_once: [409, 'refusal_performed_once'],
    performed_test_once: [409, 'refusal_performed_once'],
  },
  settings,
  routes,
  on: {
    'laboratory.specimen-collected': storeOrder,
    'laboratory.specimen-rejected': cancelSpecimen,
    'laboratory.request-cancelled': cancelOrder,
    'patients.patient-amended': tellPatient,
  },
  services: { door, sender },
  jobs: { 'lab-adapter.fetch-reports': { every: 3_000, run: fetchReports } },
  demo: demoConnections,
  invariants,
  navigation: [
    {
      id: 'lab-connections',
      title: 'nav_lab_connections',
      path: '/lab-connections',
      icon: 'plug',
      permission: 'lab-message:read',
      needs: ['lab-connection:read'],
      order: 84,
    },
  ],
});
