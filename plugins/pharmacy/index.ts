import { definePlugin } from '../../core/plugin.ts';
import { demoPharmacy } from './demo.ts';
import { medicationDispense } from './fhir.ts';
import { invariants } from './invariants.ts';
import { dispenses } from './record.ts';
import { routes } from './routes.ts';

export default definePlugin({
  name: 'pharmacy',
  title: 'pharmacy_title',
  dependencies: ['ehr'],
  permissions: {
    'dispense:read': 'permission_dispense_read',
    'dispense:write': 'permission_dispense_write',
    'stock:read': 'permission_stock_read',
    'stock:write': 'permission_stock_write',
  },
  roles: {
    pharmacist: ['dispense:read', 'dispense:write', 'stock:read', 'stock:write'],
    admin: ['stock:read'],
  },
  refusals: {
    stock_insufficient: [409, 'refusal_stock_insufficient'],
    stock_not_below_zero: [409, 'refusal_stock_not_below_zero'],
    dispense_exceeds_prescribed: [409, 'refusal_dispense_exceeds_prescribed'],
    dispense_is_final: [409, 'refusal_dispense_is_final'],
    request_not_dispensable: [409, 'refusal_request_not_dispensable'],
    lot_differs: [409, 'refusal_lot_differs'],
    lot_expired: [422, 'refusal_lot_expired'],
    lot_not_usable: [409, 'refusal_lot_not_usable'],
    stock_correction_has_reason: [422, 'refusal_stock_correction_has_reason'],
  },
  routes,
  fhir: [medicationDispense],
  record: { dispenses },
  demo: demoPharmacy,
  invariants,
  navigation: [
    { id: 'dispense', title: 'nav_dispense', path: '/dispense', icon: 'pill', permission: 'dispense:read', order: 40 },
    { id: 'stock', title: 'nav_stock', path: '/stock', icon: 'package', permission: 'stock:read', order: 45 },
  ],
});
