import { everyPage } from '#lib/pages.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:till');
  await parent();
  return { items: await everyPage('/api/till') };
};
