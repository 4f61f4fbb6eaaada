import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
  await parent();
  need('claim:work', m.permission_claim_work);
  need('claim:read', m.permission_claim_read);
  need('coverage:read', m.permission_coverage_read);
  return { payers: (await api.get('/api/payers')).items };
};
