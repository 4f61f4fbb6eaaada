import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, url, depends }) => {
  depends('openward:why');
  await parent();
  return { mine: await api.get('/api/auth/permissions'), asked: url.searchParams.get('permission') };
};
