import { api } from '#lib/api.ts';
import { need, session } from '#lib/session.svelte.ts';
import * as m from '#lib/messages.js';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:wards');
  await parent();
  need('stay:read', m.permission_stay_read);
  const [board, departments] = await Promise.all([
    api.get('/api/bed-board'),
    session.may('ward:write') && session.may('facility:read')
      ? api.get('/api/departments', { query: { limit: 100 } })
      : { items: [] },
  ]);
  return { board, departments: departments.items };
};
