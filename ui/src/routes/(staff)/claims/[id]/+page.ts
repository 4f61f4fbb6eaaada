import { api } from '#lib/api.ts';
import { need, session } from '#lib/session.svelte.ts';
import * as m from '#lib/messages.js';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params: { id }, parent, depends }) => {
  depends('openward:claims');
  await parent();
  need('claim:read', m.permission_claim_read);
  need('patient:read', m.permission_patient_read);
  const claim = await api.get(`/api/claims/${id}`);
  const connected = session.has('insurance-adapter');
  const [patient, messages] = await Promise.all([
    api.get(`/api/patients/${claim.patient.id}`),
    connected ? api.get('/api/payer-messages', { query: { claimId: id } }) : undefined,
  ]);
  return { screen: 'patient' as const, claim, patient, messages: messages?.items ?? [] };
};
