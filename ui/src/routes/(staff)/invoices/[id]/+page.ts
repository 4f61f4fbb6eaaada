import { api } from '#lib/api.ts';
import { session } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params: { id }, parent, depends }) => {
  depends('openward:bill');
  await parent();
  const invoice = await api.get(`/api/invoices/${id}`);
  const [patient, shares] = await Promise.all([
    api.get(`/api/patients/${invoice.patientId}`),
    session.has('insurance') ? api.get(`/api/invoices/${id}/shares`) : undefined,
  ]);
  return { screen: 'patient' as const, invoice, patient, shares };
};
