import { api } from '#lib/api.ts';
import { recentPatients } from '#lib/patient-search.svelte.ts';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ params, parent, depends }) => {
  await parent();
  depends('patient:record');
  const record = await api.get(`/api/patients/${encodeURIComponent(params.id)}/record`);
  recentPatients.opened(record.patient);
  return { screen: 'patient' as const, record };
};
