import { loadWaysIn } from '#lib/account/load.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:account');
  await parent();
  return loadWaysIn();
};
