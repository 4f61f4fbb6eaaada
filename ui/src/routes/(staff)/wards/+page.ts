import { api } from '#lib/api.ts';
import { session } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:wards');
  await parent();
  const [board, departments] = await Promise.all([
    api.get('/api/bed-board'),
    session.may('ward:write') ? api.get('/api/departments', { query: { limit: 100 } }) : { items: [] },
  ]);
  return { board, departments: departments.items };
};
