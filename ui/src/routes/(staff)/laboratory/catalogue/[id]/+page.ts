import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params: { id }, parent }) => {
  await parent();
  need('laboratory-test:write', m.permission_laboratory_test_write);
  return { test: await api.get(`/api/laboratory/tests/${id}`) };
};
