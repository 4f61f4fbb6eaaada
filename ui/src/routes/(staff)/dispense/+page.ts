import { everyPage } from '#lib/pages.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:dispense');
  await parent();
  need('dispense:read', m.permission_dispense_read);
  return { items: await everyPage('/api/dispense-queue') };
};
