import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent, depends }) => {
  await parent();
  depends('portal:visit');
  return { visit: await api.get(`/api/portal/visits/${encodeURIComponent(params.id)}`) };
};
