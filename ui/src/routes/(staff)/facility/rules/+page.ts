import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:scheduling-rules');
  await parent();
  need('availability:write', m.permission_availability_write);
  need('appointment:read', m.permission_appointment_read);
  return { rules: await api.get('/api/scheduling-rules') };
};
