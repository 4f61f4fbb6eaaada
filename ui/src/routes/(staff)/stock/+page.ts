import { everyPage } from '#lib/pages.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends, url }) => {
  depends('openward:stock');
  await parent();
  need('stock:read', m.permission_stock_read);
  return { items: await everyPage('/api/stock', { text: url.searchParams.get('text') }) };
};
