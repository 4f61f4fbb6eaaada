import { api } from '#lib/api.ts';
import { everyPage } from '#lib/pages.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:lab-catalogue');
  await parent();
  need('laboratory-test:write', m.permission_laboratory_test_write);
  need('facility:read', m.permission_facility_read);
  const [tests, deputies, practitioners] = await Promise.all([
    api.get('/api/laboratory/tests'),
    api.get('/api/laboratory/deputies'),
    everyPage('/api/practitioners'),
  ]);
  return { tests: tests.items, deputies: deputies.items, practitioners: practitioners.filter((it) => it.active) };
};
