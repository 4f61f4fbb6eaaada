import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:operations');
  await parent();
  need('operations:read', m.permission_operations_read);
  return { state: await api.get('/api/operations') };
};
