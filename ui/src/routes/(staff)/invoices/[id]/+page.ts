import { api } from '#lib/api.ts';
import { need, session } from '#lib/session.svelte.ts';
import * as m from '#lib/messages.js';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params: { id }, parent, depends }) => {
  depends('openward:bill');
  await parent();
  need('invoice:read', m.permission_invoice_read);
  need('patient:read', m.permission_patient_read);
  const invoice = await api.get(`/api/invoices/${id}`);
  const [patient, shares] = await Promise.all([
    api.get(`/api/patients/${invoice.patientId}`),
    session.has('insurance') ? api.get(`/api/invoices/${id}/shares`) : undefined,
  ]);
  return { screen: 'patient' as const, invoice, patient, shares };
};
