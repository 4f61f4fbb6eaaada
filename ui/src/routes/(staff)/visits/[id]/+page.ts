import { api } from '#lib/api.ts';
import { recentPatients } from '#lib/patient-search.svelte.ts';
import { need, session } from '#lib/session.svelte.ts';
import * as m from '#lib/messages.js';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent, depends }) => {
  await parent();
  need('encounter:read', m.permission_encounter_read);
  need('patient:read', m.permission_patient_read);
  depends('openward:visit', 'patient:record');
  const visit = await api.get(`/api/encounters/${encodeURIComponent(params.id)}`);
  const [record, orders] = await Promise.all([
    api.get(`/api/patients/${visit.encounter.patient.id}/record`),
    session.has('laboratory') && session.may('service-request:read')
      ? api.get('/api/laboratory/orders', { query: { encounterId: visit.encounter.id } })
      : undefined,
  ]);
  recentPatients.opened(record.patient);
  return { screen: 'patient' as const, visit, record, orders: orders?.items };
};
