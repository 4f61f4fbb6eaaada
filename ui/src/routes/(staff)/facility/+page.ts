import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:facility');
  await parent();
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
