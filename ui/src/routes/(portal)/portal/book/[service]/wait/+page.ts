import { error } from '@sveltejs/kit';
import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent }) => {
  await parent();
  const [services, slots] = await Promise.all([
    api.get('/api/portal/services'),
    api.get('/api/portal/slots', { query: { serviceId: params.service, limit: 100 } }),
  ]);
  const service = services.items.find(({ id }) => id === params.service) ?? error(404);
  const people = [...new Map(slots.items.map((slot) => [slot.practitionerId, slot.practitionerName]))];
  return { service, people: people.map(([value, label]) => ({ value, label })) };
};
