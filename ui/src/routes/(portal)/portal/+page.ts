import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ depends, parent }) => {
  await parent();
  depends('portal:home');
  return { home: await api.get('/api/portal/home') };
};
