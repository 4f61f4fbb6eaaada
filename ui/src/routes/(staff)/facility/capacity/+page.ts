import { api } from '#lib/api.ts';
import type { Actor } from '#lib/facility/actors.ts';
import * as m from '#lib/messages.js';
import { everyPage } from '#lib/pages.ts';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

/** Whoever and whatever can be booked, and of those the ones that serve more than one at a time. */
export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:capacities');
  await parent();
  need('availability:write', m.permission_availability_write);
  need('appointment:read', m.permission_appointment_read);
  need('facility:read', m.permission_facility_read);
  const [capacities, practitioners, locations, devices] = await Promise.all([
    api.get('/api/capacities'),
    everyPage('/api/practitioners'),
    everyPage('/api/locations'),
    everyPage('/api/devices'),
  ]);
  const actors: Actor[] = [
    ...practitioners.map((it) => ({ id: it.id, name: it.displayName, kind: 'doctor' as const, offered: it.active })),
    // A room of a ward is for those who lie there.
    ...locations.map((it) => ({
      id: it.id,
      name: it.name,
      kind: 'room' as const,
      offered: it.active && it.kind === 'room' && !it.inWard,
    })),
    ...devices.map((it) => ({ id: it.id, name: it.name, kind: 'device' as const, offered: it.active })),
  ];
  return { capacities: capacities.items, actors };
};
