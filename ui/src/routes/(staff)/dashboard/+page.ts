import { api } from '#lib/api.ts';
import { rangeOf, spanOf } from '#lib/reports/ranges.ts';
import { need, session } from '#lib/session.svelte.ts';
import * as m from '#lib/messages.js';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends, url }) => {
  depends('openward:dashboard');
  const range = rangeOf(url.searchParams.get('range'));
  const departmentId = url.searchParams.get('department') ?? undefined;
  await parent();
  need('dashboard:read', m.permission_dashboard_read);
  const [dashboard, departments] = await Promise.all([
    api.get('/api/dashboard', { query: { ...spanOf(range), departmentId } }),
    session.may('facility:read') ? api.get('/api/departments') : { items: [] },
  ]);
  return { range, departmentId, dashboard, departments: departments.items };
};
