import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, params }) => {
  await parent();
  need('queue:read', m.permission_queue_read);
  return { ticket: await api.get(`/api/queue/tickets/${encodeURIComponent(params.id)}`) };
};
