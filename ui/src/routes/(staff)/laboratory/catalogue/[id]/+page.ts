import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params: { id }, parent }) => {
  await parent();
  return { test: await api.get(`/api/laboratory/tests/${id}`) };
};
