import { bindSessionPlace } from '../auth/api.ts';
import { definePlugin } from '../../core/plugin.ts';
import { bindSession } from './binding.ts';
import { demoPortal } from './demo.ts';
import { tellOfReleased, tellOfReport } from './events.ts';
import { invariants } from './invariants.ts';
import { jobs } from './jobs.ts';
import { portal } from './record.ts';
import { routes } from './routes/index.ts';
import { settings } from './settings.ts';

export default definePlugin({
  name: 'portal',
  title: 'portal_title',
  dependencies: ['auth', 'patients'],
  optional: ['scheduling', 'ehr', 'laboratory', 'pharmacy', 'billing', 'insurance', 'messaging'],
  permissions: {
    'portal:use': 'permission_portal_use',
    'portal-account:read': 'permission_portal_account_read',
    'portal-account:write': 'permission_portal_account_write',
    'portal-rules:write': 'permission_portal_rules_write',
  },
  roles: {
    patient: ['portal:use'],
    receptionist: ['portal-account:read', 'portal-account:write'],
    admin: ['portal-account:read', 'portal-account:write', 'portal-rules:write'],
  },
  settings,
  refusals: {
    invitation_refused: [422, 'refusal_invitation_refused'],
    invitation_not_open: [409, 'refusal_invitation_not_open'],
    access_once: [409, 'refusal_access_once'],
    access_self_once: [409, 'refusal_access_self_once'],
    access_ended: [409, 'refusal_access_ended'],
    portal_rules_service: [422, 'refusal_reference_unknown'],
    portal_service: [422, 'refusal_portal_service'],
    portal_too_soon: [422, 'refusal_portal_too_soon'],
    portal_too_late: [422, 'refusal_portal_too_late'],
    portal_too_far: [422, 'refusal_portal_too_far'],
    portal_bookings_limited: [422, 'refusal_portal_bookings_limited'],
    portal_not_for_carers: [403, 'refusal_portal_not_for_carers'],
    nothing_to_pay: [422, 'refusal_nothing_to_pay'],
    payment_provider_away: [503, 'refusal_payment_provider_away'],
    callback_not_signed: [401, 'refusal_callback_not_signed'],
  },
  offers: { [bindSessionPlace]: bindSession },
  routes,
  on: { 'laboratory.report-issued': tellOfReport, 'laboratory.result-released': tellOfReleased },
  record: { portal },
  jobs,
  demo: demoPortal,
  invariants,
});
