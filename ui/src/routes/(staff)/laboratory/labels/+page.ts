import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, url }) => {
  await parent();
  need('specimen:read', m.permission_specimen_read);
  const ids = url.searchParams.getAll('id').slice(0, 20);
  const specimens = await Promise.all(ids.map((id) => api.get(`/api/laboratory/specimens/${encodeURIComponent(id)}`)));
  return { specimens };
};
