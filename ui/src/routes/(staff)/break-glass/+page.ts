import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends, url }) => {
  depends('openward:break-glass');
  await parent();
  need('access:review', m.permission_access_review);
  const show = url.searchParams.get('show') === 'decided' ? ('decided' as const) : ('open' as const);
  const { items } = await api.get('/api/break-glass', { query: { open: String(show === 'open'), limit: 100 } });
  return { show, items };
};
