import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

const views = ['unmatched', 'in', 'out'] as const;
export type View = (typeof views)[number];

export const load: PageLoad = async ({ parent, depends, url }) => {
  depends('openward:lab-connections');
  await parent();
  need('lab-message:read', m.permission_lab_message_read);
  need('lab-connection:read', m.permission_lab_connection_read);
  const show = views.find((view) => view === url.searchParams.get('show')) ?? 'unmatched';
  const q = url.searchParams.get('q');
  const query = {
    direction: show === 'out' ? ('out' as const) : ('in' as const),
    state: show === 'unmatched' ? ('parked' as const) : null,
    q,
    limit: 50,
  };
  const [connections, messages] = await Promise.all([
    api.get('/api/lab-connections'),
    api.get('/api/lab-messages', { query }),
  ]);
  return { show, query, connections, messages };
};
