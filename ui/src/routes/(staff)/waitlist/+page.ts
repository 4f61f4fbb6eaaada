import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need, session } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends, url }) => {
  depends('openward:waitlist');
  await parent();
  need('appointment:read', m.permission_appointment_read);
  const query = { status: 'waiting', serviceId: url.searchParams.get('service'), limit: 50 };
  const mayRead = session.may('facility:read');
  const none = { items: [] };
  const [waiting, services, practitioners] = await Promise.all([
    api.get('/api/waitlist', { query }),
    mayRead ? api.get('/api/services', { query: { limit: 100 } }) : none,
    mayRead ? api.get('/api/practitioners', { query: { limit: 100 } }) : none,
  ]);
  return {
    query,
    waiting,
    services: services.items.filter((it) => it.active),
    practitioners: practitioners.items,
  };
};
