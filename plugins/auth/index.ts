import { definePlugin } from '../../core/plugin.ts';
import { auditEvent } from './audit/fhir.ts';
import { auditRoutes } from './audit/routes.ts';
import { browserRoutes } from './browsers/routes.ts';
import { contactRoutes } from './contact.ts';
import { deviceCookie, deviceDays } from './devices.ts';
import { demoUsers } from './demo.ts';
import { forgetOld } from './forget.ts';
import { forgottenRoutes } from './forgotten/routes.ts';
import { sendResets } from './forgotten/send.ts';
import { passkeyRoutes } from './passkeys/routes.ts';
import { whoGivesPlace } from '../../core/missing-permission.ts';
import { grantDefaults } from './roles/defaults.ts';
import { grantRoutes } from './roles/grant-routes.ts';
import { permissionRoutes, whoGives } from './roles/permission-routes.ts';
import { roleRoutes } from './roles/routes.ts';
import { protectionRoutes } from './protection/routes.ts';
import { holdToRecent } from './recently/enforce.ts';
import { recentlyRoutes } from './recently/routes.ts';
import { routes } from './routes.ts';
import { secondFactorRoutes } from './second-factor/routes.ts';
import { authenticate } from './session/actors.ts';
import { bakeCookie } from './session/cookie.ts';
import { endOverdue } from './session/queries.ts';
import { sessionSettings } from './session/settings.ts';
import { keepUses } from './session/uses.ts';
import { watchSessions } from './session/watch.ts';

export default definePlugin({
  name: 'auth',
  title: 'auth_title',
  permissions: {
    'user:read': 'permission_user_read',
    'user:write': 'permission_user_write',
    'role:read': 'permission_role_read',
    'role:write': 'permission_role_write',
    'record:import': 'permission_record_import',
    'audit:read': 'permission_audit_read',
    'audit:export': 'permission_audit_export',
    'clearance:write': 'permission_clearance_write',
    'access:review': 'permission_access_review',
  },
  roles: {
    admin: [
      'user:read',
      'user:write',
      'role:read',
      'role:write',
      'record:import',
      'audit:read',
      'audit:export',
      'clearance:write',
      'access:review',
    ],
  },
  refusals: {
    sign_in_refused: [401, 'refusal_sign_in_refused'],
    sign_in_busy: [429, 'refusal_too_many'],
    sign_in_locked: [429, 'refusal_sign_in_locked'],
    password_must_change: [403, 'refusal_password_must_change'],
    password_guessable: [422, 'refusal_password_guessable'],
    second_factor_needed: [401, 'refusal_second_factor_needed'],
    second_factor_wrong: [401, 'refusal_second_factor_wrong'],
    second_factor_must_enrol: [403, 'refusal_second_factor_must_enrol'],
    second_factor_code_wrong: [422, 'refusal_second_factor_wrong'],
    second_factor_there: [409, 'refusal_second_factor_there'],
    second_factor_not_there: [409, 'refusal_second_factor_not_there'],
    second_factor_required: [422, 'refusal_second_factor_required'],
    reauthentication_needed: [403, 'refusal_reauthentication_needed'],
    passkey_refused: [401, 'refusal_passkey_refused'],
    passkey_wrong: [422, 'refusal_passkey_refused'],
    passkey_not_made: [422, 'refusal_passkey_not_made'],
    reset_over: [410, 'refusal_reset_over'],
    reset_not_here: [409, 'refusal_reset_not_here'],
    password_wrong: [422, 'refusal_password_wrong'],
    password_too_short: [422, 'refusal_password_too_short'],
    session_over: [401, 'refusal_session_over'],
    user_username_unique: [409, 'refusal_username_taken'],
    access_own: [422, 'refusal_access_own'],
    last_administrator: [422, 'refusal_last_administrator'],
    audit_too_long: [422, 'refusal_audit_too_long'],
    role_unknown: [422, 'refusal_role_unknown'],
    role_beyond: [403, 'refusal_role_beyond'],
    role_fixed: [422, 'refusal_role_fixed'],
    role_ships: [422, 'refusal_role_ships'],
    role_title_unique: [409, 'refusal_role_title_taken'],
    permission_unknown: [422, 'refusal_permission_unknown'],
    permission_of_patients: [422, 'refusal_permission_of_patients'],
    permission_both_ways: [422, 'refusal_permission_both_ways'],
    grant_until_past: [422, 'refusal_grant_until_past'],
  },
  routes: [
    ...routes,
    ...recentlyRoutes,
    ...passkeyRoutes,
    ...secondFactorRoutes,
    ...browserRoutes,
    ...contactRoutes,
    ...forgottenRoutes,
    ...roleRoutes,
    ...grantRoutes,
    ...permissionRoutes,
    ...protectionRoutes,
    ...auditRoutes,
  ],
  offers: { [whoGivesPlace]: whoGives },
  fhir: [auditEvent],
  settings: sessionSettings,
  jobs: {
    'auth.end-sessions': { every: 60_000, run: endOverdue },
    'auth.send-resets': { every: 2_000, run: sendResets },
    'auth.forget-old': { every: 60_000, run: forgetOld },
  },
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
    {
      id: 'roles',
      title: 'nav_roles',
      path: '/roles',
      icon: 'lock',
      permission: 'role:read',
      group: 'nav_group_house',
      order: 81,
    },
    {
      id: 'audit',
      title: 'nav_audit',
      path: '/audit',
      icon: 'history',
      permission: 'audit:read',
      group: 'nav_group_house',
      order: 82,
    },
  ],
  register(server, hms) {
    bakeCookie(server, hms);
    keepUses(server, hms);
    watchSessions(server, hms);
    holdToRecent(server, hms);
    server.state(deviceCookie, {
      ttl: deviceDays * 86_400_000,
      isSecure: hms.config.origin.startsWith('https:'),
      isHttpOnly: true,
      isSameSite: 'Strict',
      path: '/api/auth',
      encoding: 'none',
      strictHeader: true,
    });
  },
});
