import { definePlugin } from '../../core/plugin.ts';
import { demoUsers } from './demo.ts';
import { grantDefaults } from './roles.ts';
import { refreshCookie } from './entry.ts';
import { protectionRoutes } from './protection/routes.ts';
import { routes } from './routes.ts';
import { authenticate, sessionHours } from './sessions.ts';

export default definePlugin({
  name: 'auth',
  title: 'auth_title',
  permissions: {
    'user:read': 'permission_user_read',
    'user:write': 'permission_user_write',
    'role:read': 'permission_role_read',
    'role:write': 'permission_role_write',
    'record:import': 'permission_record_import',
    'clearance:write': 'permission_clearance_write',
    'access:review': 'permission_access_review',
  },
  roles: {
    admin: ['user:read', 'user:write', 'role:read', 'role:write', 'record:import', 'clearance:write', 'access:review'],
  },
  refusals: {
    sign_in_refused: [401, 'refusal_sign_in_refused'],
    sign_in_busy: [429, 'refusal_too_many'],
    session_over: [401, 'refusal_session_over'],
    user_username_unique: [409, 'refusal_username_taken'],
    access_own: [422, 'refusal_access_own'],
    last_administrator: [422, 'refusal_last_administrator'],
    user_role_role_fkey: [422, 'refusal_role_unknown'],
  },
  routes: [...routes, ...protectionRoutes],
  authenticate,
  setUp: grantDefaults,
  demo: demoUsers,
  invariants: {},
  navigation: [
    {
      id: 'users',
      title: 'nav_users',
      path: '/users',
      icon: 'user-cog',
      permission: 'user:read',
      group: 'nav_group_house',
      order: 80,
    },
  ],
  register(server, hms) {
    server.state(refreshCookie, {
      ttl: sessionHours * 3600 * 1000,
      isSecure: hms.config.origin.startsWith('https:'),
      isHttpOnly: true,
      isSameSite: 'Strict',
      path: '/api/auth',
      encoding: 'none',
      strictHeader: true,
    });
  },
});
