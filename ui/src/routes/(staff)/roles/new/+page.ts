import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:roles');
  await parent();
  need('role:write', m.permission_role_write);
  need('role:read', m.permission_role_read);
  return { permissions: (await api.get('/api/permissions')).items };
};
