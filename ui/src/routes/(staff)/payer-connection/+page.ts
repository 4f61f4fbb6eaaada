import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:payers');
  await parent();
  need('payer-connection:work', m.permission_payer_connection_work);
  need('payer-connection:read', m.permission_payer_connection_read);
  need('claim:read', m.permission_claim_read);
  const [connection, messages] = await Promise.all([
    api.get('/api/payer-connection'),
    api.get('/api/payer-messages', { query: { limit: 100 } }),
  ]);
  return { connection, messages: messages.items };
};
