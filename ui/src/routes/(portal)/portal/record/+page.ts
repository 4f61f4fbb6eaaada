import { api } from '#lib/api.ts';
import { session } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
  await parent();
  const [results, medicines, allergies] = await Promise.all([
    session.has('laboratory') ? api.get('/api/portal/results') : null,
    session.has('ehr') ? api.get('/api/portal/medicines') : null,
    session.has('ehr') ? api.get('/api/portal/allergies') : null,
  ]);
  return { results: results?.items ?? null, medicines: medicines?.items ?? null, allergies };
};
