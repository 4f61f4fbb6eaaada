import { definePlugin } from '../../core/plugin.ts';
import { demoFacility } from './demo.ts';
import { resources } from './fhir/index.ts';
import { routes } from './routes.ts';
import { siteRoutes } from './sites.ts';

const read = ['facility:read'];

export default definePlugin({
  name: 'facility',
  title: 'facility_title',
  dependencies: ['auth'],
  permissions: { 'facility:read': 'permission_facility_read', 'facility:write': 'permission_facility_write' },
  roles: {
    receptionist: read,
    nurse: read,
    doctor: read,
    pharmacist: read,
    cashier: read,
    labtech: read,
    admin: ['facility:read', 'facility:write'],
  },
  refusals: {
    department_name_unique: [409, 'refusal_department_name_taken'],
    device_name_unique: [409, 'refusal_device_name_taken'],
    practitioner_user_unique: [409, 'refusal_practitioner_user_taken'],
    site_unknown: [422, 'refusal_site_unknown'],
  },
  routes: [...routes, ...siteRoutes],
  fhir: resources,
  demo: demoFacility,
  invariants: {},
  navigation: [
    {
      id: 'access',
      title: 'nav_access',
      path: '/access',
      icon: 'shield',
      permission: 'user:read',
      group: 'nav_group_house',
      order: 81,
    },
    {
      id: 'facility',
      title: 'nav_facility',
      path: '/facility',
      icon: 'building-2',
      permission: 'facility:write',
      needs: ['facility:read'],
      group: 'nav_group_house',
      order: 85,
    },
  ],
});
