import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:facility');
  await parent();
  need('facility:write', m.permission_facility_write);
  need('facility:read', m.permission_facility_read);
  const query = { limit: 100 };
  const [departments, rooms, devices] = await Promise.all([
    api.get('/api/departments', { query }),
    api.get('/api/locations', { query: { ...query, kind: 'room' as const } }),
    api.get('/api/devices', { query }),
  ]);
  return {
    departments: departments.items,
    rooms: rooms.items.filter((it) => !it.inWard),
    devices: devices.items,
  };
};
