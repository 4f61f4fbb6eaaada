import { redirect } from '@sveltejs/kit';
import { api } from '#lib/api.ts';
import { recentPatients } from '#lib/patient-search.svelte.ts';
import { session } from '#lib/session.svelte.ts';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ params, parent, depends, url }) => {
  await parent();
  depends('patient:record');
  const record = await api.get(`/api/patients/${encodeURIComponent(params.id)}/record`);
  const { id } = record.patient;
  // The record was merged into another, which is what came.
  if (id !== params.id) redirect(307, url.pathname.replace(params.id, id));
  recentPatients.opened(record.patient);
  const merges = session.may('patient:merge') ? (await api.get(`/api/patients/${id}/merges`)).items : [];
  return { screen: 'patient' as const, record, merges };
};
