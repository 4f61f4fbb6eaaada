import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:account');
  await parent();
  return { sessions: (await api.get('/api/auth/sessions')).items };
};
