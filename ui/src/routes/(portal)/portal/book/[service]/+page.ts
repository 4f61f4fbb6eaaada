import { error } from '@sveltejs/kit';
import { api } from '#lib/api.ts';
import { session } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent }) => {
  await parent();
  const [services, slots, preference] = await Promise.all([
    api.get('/api/portal/services'),
    api.get('/api/portal/slots', { query: { serviceId: params.service, limit: 20 } }),
    session.has('messaging') ? api.get('/api/portal/message-preference') : null,
  ]);
  const service = services.items.find(({ id }) => id === params.service) ?? error(404);
  return { service, slots: slots.items, preference };
};
