import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
  await parent();
  const [users, roles] = await Promise.all([api.get('/api/users', { query: { limit: 100 } }), api.get('/api/roles')]);
  return { users, roles: roles.items };
};
