import { api } from '#lib/api.ts';
import { everyPage } from '#lib/pages.ts';
import { need, session } from '#lib/session.svelte.ts';
import * as m from '#lib/messages.js';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:queue-setup');
  await parent();
  need('queue:configure', m.permission_queue_configure);
  need('queue:read', m.permission_queue_read);
  const query = { limit: 100 };
  const none = { items: [] };
  const mayRead = session.may('facility:read');
  const [points, priorities, displays, rooms, practitioners, departments] = await Promise.all([
    everyPage('/api/queue/points'),
    api.get('/api/queue/priorities'),
    api.get('/api/queue/displays', { query }),
    mayRead ? api.get('/api/locations', { query: { ...query, kind: 'room' as const, active: true } }) : none,
    mayRead ? api.get('/api/practitioners', { query }) : none,
    mayRead ? api.get('/api/departments', { query }) : none,
  ]);
  return {
    points,
    priorities: priorities.items,
    displays: displays.items,
    rooms: rooms.items.filter((it) => !it.inWard),
    practitioners: practitioners.items,
    departments: departments.items,
  };
};
