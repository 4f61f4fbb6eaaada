import { api } from '#lib/api.ts';
import { everyPage } from '#lib/pages.ts';
import { getBoard, getVisits } from '#lib/scheduling/queue/calls.ts';
import { need, session } from '#lib/session.svelte.ts';
import { stored } from '#lib/stored.ts';
import type { Id } from '#lib/types.ts';
import * as m from '#lib/messages.js';
import type { PageLoad } from './$types';

/** `?point=`; without it the point where this browser was last. */
export const load: PageLoad = async ({ url, parent }) => {
  await parent();
  need('queue:read', m.permission_queue_read);
  const [points, priorities, rooms, visits] = await Promise.all([
    everyPage('/api/queue/points'),
    api.get('/api/queue/priorities'),
    session.may('facility:read')
      ? api.get('/api/locations', { query: { kind: 'room', active: true, limit: 100 } })
      : { items: [] },
    session.has('ehr') && session.may('visit-stage:read') ? getVisits() : undefined,
  ]);
  const inUse = points.filter((it) => it.active);
  const asked = url.searchParams.get('point') ?? stored('queue.point');
  const point: Id | '' = inUse.some(({ id }) => id === asked) ? asked! : '';
  return {
    points: inUse,
    priorities: priorities.items,
    // A room of a ward is for those who lie there.
    rooms: rooms.items.filter((it) => !it.inWard),
    point,
    visits,
    board: await getBoard(point || undefined),
  };
};
