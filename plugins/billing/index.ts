import { definePlugin } from '../../core/plugin.ts';
import { demoBilling } from './demo.ts';
import { chargeBedDay, chargeDispense, chargeEncounter, chargeReport, withdrawBedDay } from './events.ts';
import { chargeItem, invoice } from './fhir.ts';
import { invariants } from './invariants.ts';
import { invoices } from './record.ts';
import { routes } from './routes.ts';

export default definePlugin({
  name: 'billing',
  title: 'billing_title',
  dependencies: ['patients'],
  optional: ['scheduling', 'ehr', 'pharmacy', 'laboratory', 'inpatient'],
  permissions: {
    'charge:read': 'permission_charge_read',
    'invoice:read': 'permission_invoice_read',
    'invoice:write': 'permission_invoice_write',
    'payment:write': 'permission_payment_write',
    'price:read': 'permission_price_read',
    'price:write': 'permission_price_write',
  },
  roles: {
    receptionist: ['charge:read', 'invoice:read'],
    cashier: ['charge:read', 'invoice:read', 'invoice:write', 'payment:write', 'price:read'],
    admin: ['invoice:read', 'price:read', 'price:write'],
  },
  refusals: {
    invoice_nothing_to_bill: [422, 'refusal_invoice_nothing_to_bill'],
    billed_here: [409, 'refusal_billed_here'],
    charge_needs_price: [422, 'refusal_charge_needs_price'],
    payment_exceeds_open: [422, 'refusal_payment_exceeds_open'],
    payer_payment_exceeds_open: [422, 'refusal_payer_payment_exceeds_open'],
    payment_tendered_short: [422, 'refusal_payment_tendered_short'],
    price_no_overlap: [409, 'refusal_price_just_changed'],
    price_other_currency: [422, 'refusal_price_other_currency'],
  },
  routes,
  fhir: [chargeItem, invoice],
  on: {
    'ehr.encounter-finished': chargeEncounter,
    'pharmacy.medication-dispensed': chargeDispense,
    'laboratory.report-issued': chargeReport,
    'inpatient.bed-day-due': chargeBedDay,
    'inpatient.bed-day-reversed': withdrawBedDay,
  },
  record: { invoices },
  demo: demoBilling,
  invariants,
  navigation: [
    {
      id: 'till',
      title: 'nav_till',
      path: '/till',
      icon: 'wallet',
      permission: 'payment:write',
      needs: ['invoice:read'],
      order: 50,
    },
  ],
});
