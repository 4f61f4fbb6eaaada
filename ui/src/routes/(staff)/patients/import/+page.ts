import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:imports');
  await parent();
  need('patient:import', m.permission_patient_import);
  need('patient:read', m.permission_patient_read);
  return { imports: await api.get('/api/patients/imports', { query: { limit: 20 } }) };
};
