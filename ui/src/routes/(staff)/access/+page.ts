import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:access');
  await parent();
  need('user:read', m.permission_user_read);
  return api.get('/api/access-policy');
};
