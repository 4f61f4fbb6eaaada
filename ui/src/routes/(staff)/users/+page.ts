import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
  await parent();
  need('user:read', m.permission_user_read);
  const [users, roles] = await Promise.all([
    api.get('/api/users', { query: { limit: 100 } }),
    api.get('/api/role-titles'),
  ]);
  return { users, roles: roles.items };
};
