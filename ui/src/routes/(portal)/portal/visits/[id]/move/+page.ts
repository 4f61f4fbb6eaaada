import { error } from '@sveltejs/kit';
import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent }) => {
  await parent();
  const visit = await api.get(`/api/portal/visits/${encodeURIComponent(params.id)}`);
  if (!visit.serviceId) error(404);
  const practitionerId = visit.practitionerId ?? '';
  const { items } = await api.get('/api/portal/slots', {
    query: { serviceId: visit.serviceId, practitionerId, limit: 20 },
  });
  return { visit, serviceId: visit.serviceId, practitionerId, slots: items };
};
