import { api } from '#lib/api.ts';
import { everyPage } from '#lib/pages.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params: { patientId }, parent, depends }) => {
  depends('openward:bill');
  await parent();
  need('invoice:read', m.permission_invoice_read);
  need('charge:read', m.permission_charge_read);
  need('patient:read', m.permission_patient_read);
  const [patient, charges, invoices] = await Promise.all([
    api.get(`/api/patients/${patientId}`),
    everyPage('/api/charge-items', { patientId }),
    everyPage('/api/invoices', { patientId }),
  ]);
  // The oldest open one is paid first; its lines come with it.
  const oldest = invoices.filter((it) => it.openMinor > 0).sort((a, b) => (a.issuedAt < b.issuedAt ? -1 : 1))[0];
  const open = oldest && (await api.get(`/api/invoices/${oldest.id}`));
  return {
    screen: 'patient' as const,
    patient,
    billable: charges.filter((it) => it.status === 'billable' && it.invoiceId === null),
    withoutPrice: charges.filter((it) => it.status === 'planned'),
    invoices,
    open,
  };
};
