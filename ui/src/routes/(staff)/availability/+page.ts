import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { everyPage } from '#lib/pages.ts';
import { loadHours } from '#lib/scheduling/availability/load.ts';
import { need, session } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends, url }) => {
  depends('openward:availability');
  const asked = url.searchParams.get('practitioner');
  await parent();
  need('availability:write', m.permission_availability_write);
  need('appointment:read', m.permission_appointment_read);
  need('facility:read', m.permission_facility_read);
  const [practitioners, { items: holidays }, calendar] = await Promise.all([
    everyPage('/api/practitioners', { active: 'true' }),
    api.get('/api/holidays'),
    session.may('calendar-feed:write') ? api.get('/api/calendar-rules') : null,
  ]);
  const who = practitioners.find((one) => one.id === asked) ?? practitioners[0];
  const [hours, link] = who
    ? await Promise.all([loadHours(who.id), api.get(`/api/availability/${who.id}/calendar-feed`)])
    : [null, null];
  return { practitioners, holidays, calendar, who, hours, link };
};
