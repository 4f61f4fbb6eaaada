import { api } from '#lib/api.ts';
import { rangeOf, spanOf } from '#lib/reports/ranges.ts';
import { session } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends, url }) => {
  depends('openward:dashboard');
  const range = rangeOf(url.searchParams.get('range'));
  const departmentId = url.searchParams.get('department') ?? undefined;
  await parent();
  const [dashboard, departments] = await Promise.all([
    api.get('/api/dashboard', { query: { ...spanOf(range), departmentId } }),
    session.has('facility') ? api.get('/api/departments') : { items: [] },
  ]);
  return { range, departmentId, dashboard, departments: departments.items };
};
