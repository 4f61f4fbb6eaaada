import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need, session } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent, depends }) => {
  depends('openward:role');
  await parent();
  need('role:read', m.permission_role_read);
  const name = encodeURIComponent(params.name);
  const [role, permissions, members] = await Promise.all([
    api.get(`/api/roles/${name}`),
    api.get('/api/permissions'),
    session.may('user:read') ? api.get(`/api/roles/${name}/members`, { query: { limit: 100 } }) : undefined,
  ]);
  return { role, permissions: permissions.items, members };
};
