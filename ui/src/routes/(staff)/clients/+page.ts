import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  await parent();
  depends('openward:clients');
  need('client:read', m.permission_client_read);
  return { clients: await api.get('/api/clients') };
};
