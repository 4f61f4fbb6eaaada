import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { everyPage } from '#lib/pages.ts';
import { loadHours } from '#lib/scheduling/availability/load.ts';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends, url }) => {
  depends('openward:availability');
  const asked = url.searchParams.get('practitioner');
  await parent();
  need('availability:write', m.permission_availability_write);
  need('appointment:read', m.permission_appointment_read);
  need('facility:read', m.permission_facility_read);
  const [practitioners, { items: holidays }] = await Promise.all([
    everyPage('/api/practitioners', { active: 'true' }),
    api.get('/api/holidays'),
  ]);
  const who = practitioners.find((one) => one.id === asked) ?? practitioners[0];
  return { practitioners, holidays, who, hours: who ? await loadHours(who.id) : null };
};
