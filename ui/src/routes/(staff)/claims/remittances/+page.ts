import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url, parent, depends }) => {
  depends('openward:remittances');
  await parent();
  need('claim:read', m.permission_claim_read);
  const unapplied = url.searchParams.get('view') === 'unapplied';
  return { unapplied, remittances: await api.get('/api/remittances', { query: { unapplied, limit: 50 } }) };
};
