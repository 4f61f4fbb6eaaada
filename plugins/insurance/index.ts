import { definePlugin } from '../../core/plugin.ts';
import { splitInvoicePlace } from '../billing/api.ts';
import { splitInvoice } from './actions/claims.ts';
import { loadCatalogue } from './catalogue.ts';
import { demoInsurance } from './demo/index.ts';
import { checkAgain, claimInvoice } from './events.ts';
import { resources } from './fhir/index.ts';
import { invariants } from './invariants.ts';
import { coverages } from './record.ts';
import { claimRoutes } from './routes/claims.ts';
import { coverageRoutes } from './routes/coverages.ts';
import { settings } from './settings.ts';

export default definePlugin({
  name: 'insurance',
  title: 'insurance_title',
  dependencies: ['billing'],
  optional: ['ehr'],
  permissions: {
    'coverage:read': 'permission_coverage_read',
    'coverage:write': 'permission_coverage_write',
    'payer:write': 'permission_payer_write',
    'claim:read': 'permission_claim_read',
    'claim:work': 'permission_claim_work',
  },
  roles: {
    receptionist: ['coverage:read', 'coverage:write'],
    cashier: ['coverage:read', 'coverage:write', 'claim:read', 'claim:work'],
    admin: ['coverage:read', 'payer:write', 'claim:read', 'claim:work'],
  },
  refusals: {
    coverage_one_in_force: [409, 'refusal_coverage_one_in_force'],
    coverage_ends_after_start: [422, 'refusal_coverage_ends_after_start'],
    payer_code_unique: [409, 'refusal_payer_code_unique'],
    plan_name_unique: [409, 'refusal_plan_name_unique'],
    charge_on_one_live_claim: [409, 'refusal_charge_on_one_live_claim'],
    claim_adjudicated_once: [409, 'refusal_claim_adjudicated_once'],
    claim_answer_unreadable: [422, 'refusal_claim_answer_unreadable'],
    claim_breaks_rules: [422, 'refusal_claim_breaks_rules'],
    claim_is_gone: [409, 'refusal_claim_is_gone'],
    claim_is_sent: [409, 'refusal_claim_is_sent'],
    claim_nothing_to_ask: [422, 'refusal_claim_nothing_to_ask'],
    claim_not_under_way: [409, 'refusal_claim_not_under_way'],
    claim_without_payer_reference: [422, 'refusal_claim_without_payer_reference'],
    insured_here: [409, 'refusal_insured_here'],
    line_not_denied: [409, 'refusal_line_not_denied'],
    remittance_is_its_lines: [422, 'refusal_remittance_is_its_lines'],
    remittance_posted_once: [409, 'refusal_remittance_posted_once'],
  },
  settings,
  routes: [...coverageRoutes, ...claimRoutes],
  fhir: resources,
  offers: { [splitInvoicePlace]: splitInvoice },
  on: { 'billing.invoice-issued': claimInvoice, 'ehr.condition-recorded': checkAgain },
  setUp: loadCatalogue,
  record: { coverages },
  demo: demoInsurance,
  invariants,
  navigation: [
    { id: 'claims', title: 'nav_claims', path: '/claims', icon: 'shield-check', permission: 'claim:read', order: 55 },
    {
      id: 'payers',
      title: 'nav_payers',
      path: '/payers',
      icon: 'shield',
      permission: 'payer:write',
      needs: ['coverage:read'],
      group: 'nav_group_house',
      order: 82,
    },
  ],
});
