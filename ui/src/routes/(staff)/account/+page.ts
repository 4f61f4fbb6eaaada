import { loadWaysIn } from '#lib/account/load.ts';
import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:account');
  await parent();
  const [ways, sessions, browsers] = await Promise.all([
    loadWaysIn(),
    api.get('/api/auth/sessions'),
    api.get('/api/auth/browsers'),
  ]);
  return { ...ways, sessions: sessions.items, browsers: browsers.items };
};
