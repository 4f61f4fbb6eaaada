import { api } from '#lib/api.ts';
import { need, session } from '#lib/session.svelte.ts';
import * as m from '#lib/messages.js';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, url, params }) => {
  await parent();
  need('report:read', m.permission_report_read);
  const query = Object.fromEntries(url.searchParams);
  const [result, departments] = await Promise.all([
    api.get(`/api/reports/${params.id}`, { query }),
    session.may('facility:read') ? api.get('/api/departments') : { items: [] },
  ]);
  return { result, query, departments: departments.items };
};
