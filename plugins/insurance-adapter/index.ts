import { definePlugin } from '../../core/plugin.ts';
import { storeClaim, storeQuestion, takeBack } from './events.ts';
import { invariants } from './invariants.ts';
import { collectPayments, exchange } from './jobs.ts';
import { routes } from './routes.ts';
import { settings } from './settings.ts';

export default definePlugin({
  name: 'insurance-adapter',
  title: 'insurance_adapter_title',
  dependencies: ['insurance'],
  permissions: {
    'payer-connection:read': 'permission_payer_connection_read',
    'payer-connection:work': 'permission_payer_connection_work',
  },
  roles: { admin: ['payer-connection:read', 'payer-connection:work'], cashier: ['payer-connection:read'] },
  refusals: { message_not_parked: [409, 'refusal_message_not_parked'] },
  settings,
  routes,
  on: {
    'insurance.claim-submitted': storeClaim,
    'insurance.claim-recalled': takeBack,
    'insurance.eligibility-asked': storeQuestion,
  },
  jobs: {
    'insurance-adapter.exchange-messages': { every: 2_000, run: exchange },
    'insurance-adapter.collect-payments': { every: 15_000, run: collectPayments },
  },
  invariants,
  navigation: [
    {
      id: 'payer-connection',
      title: 'nav_payer_connection',
      path: '/payer-connection',
      icon: 'plug',
      permission: 'payer-connection:work',
      needs: ['payer-connection:read', 'claim:read'],
      order: 85,
    },
  ],
});
