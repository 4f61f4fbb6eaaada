import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:account');
  await parent();
  const [sessions, secondFactor] = await Promise.all([
    api.get('/api/auth/sessions'),
    api.get('/api/auth/second-factor'),
  ]);
  return { sessions: sessions.items, secondFactor };
};
