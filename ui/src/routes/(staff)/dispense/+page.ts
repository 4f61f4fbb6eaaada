import { everyPage } from '#lib/pages.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:dispense');
  await parent();
  return { items: await everyPage('/api/dispense-queue') };
};
