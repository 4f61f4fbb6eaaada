import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:payers');
  await parent();
  need('payer:write', m.permission_payer_write);
  need('coverage:read', m.permission_coverage_read);
  return { payers: (await api.get('/api/payers')).items };
};
