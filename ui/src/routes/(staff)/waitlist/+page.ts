import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { everyPage } from '#lib/pages.ts';
import { need, session } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends, url }) => {
  depends('openward:waitlist');
  await parent();
  need('appointment:read', m.permission_appointment_read);
  const query = { status: 'waiting', serviceId: url.searchParams.get('service'), limit: 50 };
  const mayRead = session.may('facility:read');
  const [waiting, services, practitioners, places] = await Promise.all([
    api.get('/api/waitlist', { query }),
    mayRead ? everyPage('/api/services', { active: 'true' }) : [],
    mayRead ? everyPage('/api/practitioners', { active: 'true' }) : [],
    mayRead ? everyPage('/api/locations', { active: 'true' }) : [],
  ]);
  return {
    query,
    waiting,
    services,
    practitioners,
    places: places.filter((it) => it.kind === 'site' || (it.kind === 'room' && !it.inWard)),
  };
};
