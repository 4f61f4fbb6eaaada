import { api } from '#lib/api.ts';
import { session } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
  await parent();
  const [coming, past] = await Promise.all([
    session.has('scheduling') ? api.get('/api/portal/visits') : null,
    session.has('ehr') ? api.get('/api/portal/past-visits') : null,
  ]);
  return { coming: coming?.items ?? null, past: past?.items ?? null };
};
