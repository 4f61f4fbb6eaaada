import { definePlugin } from '../../core/plugin.ts';
import { reportsOf } from './catalogue.ts';
import { houseOf } from './dashboard.ts';
import { subscriptions } from './events.ts';
import { catchUp, forget } from './rollups.ts';
import { routes } from './routes.ts';

export default definePlugin({
  name: 'reports',
  title: 'reports_title',
  dependencies: ['auth'],
  optional: ['facility', 'patients', 'scheduling', 'ehr', 'pharmacy', 'billing'],
  permissions: { 'dashboard:read': 'permission_dashboard_read', 'report:read': 'permission_report_read' },
  roles: {
    admin: ['dashboard:read', 'report:read'],
    doctor: ['report:read'],
    pharmacist: ['report:read'],
    cashier: ['report:read'],
  },
  refusals: {
    period_unusable: [422, 'refusal_period_unusable'],
    report_parameter_unknown: [422, 'refusal_report_parameter_unknown'],
    report_takes_too_long: [422, 'refusal_report_takes_too_long'],
    report_too_long: [422, 'refusal_report_too_long'],
  },
  routes,
  on: subscriptions,
  jobs: { 'reports.catch-up': { every: 60_000, run: (db, hms) => catchUp(db, houseOf(hms)) } },
  demo: forget,
  // Read before the doors open: a report that is wrong stops the start.
  register: (_server, hms) => void reportsOf(hms),
  navigation: [
    {
      id: 'dashboard',
      title: 'nav_dashboard',
      path: '/dashboard',
      icon: 'layout-dashboard',
      permission: 'dashboard:read',
      order: 5,
    },
    { id: 'reports', title: 'nav_reports', path: '/reports', icon: 'chart-line', permission: 'report:read', order: 90 },
  ],
});
