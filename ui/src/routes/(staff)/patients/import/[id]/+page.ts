import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { outcomes } from '#lib/patient-import/words.ts';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends, params, url }) => {
  depends('openward:import');
  await parent();
  need('patient:import', m.permission_patient_import);
  need('patient:read', m.permission_patient_read);
  const outcome = outcomes.find((it) => it === url.searchParams.get('show'));
  const cursor = url.searchParams.get('from') ?? undefined;
  const [it, types] = await Promise.all([
    api.get(`/api/patients/imports/${params.id}`),
    api.get('/api/identifier-types'),
  ]);
  const page =
    it.counts === null
      ? { items: [] }
      : await api.get(`/api/patients/imports/${params.id}/lines`, { query: { outcome, cursor, limit: 25 } });
  return { it, types: types.items, outcome, page, isFirst: cursor === undefined };
};
