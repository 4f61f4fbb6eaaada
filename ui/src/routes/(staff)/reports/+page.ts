import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
  await parent();
  need('report:read', m.permission_report_read);
  return { reports: (await api.get('/api/reports')).items };
};
