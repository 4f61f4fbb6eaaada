import { everyPage } from '#lib/pages.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:till');
  await parent();
  need('payment:write', m.permission_payment_write);
  need('invoice:read', m.permission_invoice_read);
  return { items: await everyPage('/api/till') };
};
