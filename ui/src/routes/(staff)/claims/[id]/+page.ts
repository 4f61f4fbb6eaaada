import { api } from '#lib/api.ts';
import { session } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params: { id }, parent, depends }) => {
  depends('openward:claims');
  await parent();
  const claim = await api.get(`/api/claims/${id}`);
  const connected = session.has('insurance-adapter');
  const [patient, messages] = await Promise.all([
    api.get(`/api/patients/${claim.patient.id}`),
    connected ? api.get('/api/payer-messages', { query: { claimId: id } }) : undefined,
  ]);
  return { screen: 'patient' as const, claim, patient, messages: messages?.items ?? [] };
};
