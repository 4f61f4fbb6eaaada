import { everyPage } from '#lib/pages.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends, url }) => {
  depends('openward:stock');
  await parent();
  return { items: await everyPage('/api/stock', { text: url.searchParams.get('text') }) };
};
