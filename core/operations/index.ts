import { definePlugin } from '../plugin.ts';
import { sealer } from '../audit/service.ts';
import { routes } from './routes.ts';

/** What keeps the hospital running, for whoever is called when it does not: a part of core that is a plugin in form. */
export default definePlugin({
  name: 'operations',
  title: 'operations_title',
  permissions: {
    'operations:read': 'permission_operations_read',
    'operations:write': 'permission_operations_write',
  },
  roles: { admin: ['operations:read', 'operations:write'] },
  refusals: { delivery_not_parked: [409, 'refusal_delivery_not_parked'] },
  routes,
  services: { sealer },
  navigation: [
    {
      id: 'operations',
      title: 'nav_operations',
      path: '/operations',
      icon: 'activity',
      permission: 'operations:read',
      group: 'nav_group_house',
      order: 90,
    },
  ],
});
