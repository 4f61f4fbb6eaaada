import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:payers');
  await parent();
  const [connection, messages] = await Promise.all([
    api.get('/api/payer-connection'),
    api.get('/api/payer-messages', { query: { limit: 100 } }),
  ]);
  return { connection, messages: messages.items };
};
