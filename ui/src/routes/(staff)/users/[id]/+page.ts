import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent, depends }) => {
  depends('openward:user');
  await parent();
  need('user:read', m.permission_user_read);
  const id = encodeURIComponent(params.id);
  const [user, grants, roles] = await Promise.all([
    api.get(`/api/users/${id}`),
    api.get(`/api/users/${id}/grants`),
    api.get('/api/role-titles'),
  ]);
  return { user, grants: grants.items, roles: roles.items };
};
