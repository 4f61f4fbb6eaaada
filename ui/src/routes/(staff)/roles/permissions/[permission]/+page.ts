import { error } from '@sveltejs/kit';
import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need, session } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent, depends }) => {
  depends('openward:roles');
  await parent();
  need('role:read', m.permission_role_read);
  const [permissions, holders] = await Promise.all([
    api.get('/api/permissions'),
    session.may('user:read')
      ? api.get(`/api/permissions/${encodeURIComponent(params.permission)}/holders`, { query: { limit: 100 } })
      : undefined,
  ]);
  const permission = permissions.items.find((it) => it.permission === params.permission) ?? error(404);
  return { permission, holders };
};
