import { api } from '#lib/api.ts';
import { session } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('portal:visits');
  await parent();
  const [coming, waiting, past] = await Promise.all([
    session.has('scheduling') ? api.get('/api/portal/visits') : null,
    session.has('scheduling') ? api.get('/api/portal/waitlist') : null,
    session.has('ehr') ? api.get('/api/portal/past-visits') : null,
  ]);
  return { coming: coming?.items ?? null, waiting: waiting?.items ?? null, past: past?.items ?? null };
};
