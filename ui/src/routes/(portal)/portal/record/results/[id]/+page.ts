import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent }) => {
  await parent();
  return { result: await api.get(`/api/portal/results/${encodeURIComponent(params.id)}`) };
};
