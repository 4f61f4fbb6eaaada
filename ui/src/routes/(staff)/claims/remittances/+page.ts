import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url, parent, depends }) => {
  depends('openward:remittances');
  await parent();
  const unapplied = url.searchParams.get('view') === 'unapplied';
  return { unapplied, remittances: await api.get('/api/remittances', { query: { unapplied, limit: 50 } }) };
};
