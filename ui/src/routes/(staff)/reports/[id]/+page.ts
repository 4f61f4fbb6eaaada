import { api } from '#lib/api.ts';
import { session } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, url, params }) => {
  await parent();
  const query = Object.fromEntries(url.searchParams);
  const [result, departments] = await Promise.all([
    api.get(`/api/reports/${params.id}`, { query }),
    session.has('facility') ? api.get('/api/departments') : { items: [] },
  ]);
  return { result, query, departments: departments.items };
};
