import { definePlugin } from '../../core/plugin.ts';
import { forgetOver } from './artifacts.ts';
import { consentRoutes } from './consent.ts';
import { discoveryRoutes } from './discovery.ts';
import { doorRoutes } from './door.ts';
import { letInRoutes } from './let-in.ts';
import { routes } from './routes.ts';
import { settings } from './settings.ts';

export default definePlugin({
  name: 'oauth',
  title: 'oauth_title',
  dependencies: ['auth'],
  optional: ['facility'],
  permissions: {
    'client:read': 'permission_client_read',
    'client:write': 'permission_client_write',
  },
  roles: { admin: ['client:read', 'client:write'] },
  refusals: {
    client_unusable: [422, 'refusal_client_unusable'],
    app_request_over: [410, 'refusal_app_request_over'],
    app_request_empty: [422, 'refusal_app_request_empty'],
  },
  settings,
  routes: [...doorRoutes, ...discoveryRoutes, ...routes, ...consentRoutes, ...letInRoutes],
  jobs: { 'oauth.forget': { every: 600_000, run: forgetOver } },
  invariants: {},
  navigation: [
    {
      id: 'clients',
      title: 'nav_clients',
      path: '/clients',
      icon: 'key-round',
      permission: 'client:read',
      group: 'nav_group_house',
      order: 83,
    },
  ],
});
