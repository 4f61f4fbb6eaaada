import * as m from '#lib/messages.js';
import { everyPage } from '#lib/pages.ts';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:services');
  await parent();
  need('facility:write', m.permission_facility_write);
  need('facility:read', m.permission_facility_read);
  const [departments, services, devices] = await Promise.all([
    everyPage('/api/departments'),
    everyPage('/api/services'),
    everyPage('/api/devices', { active: 'true' }),
  ]);
  const types = devices.map((it) => it.type).filter((type) => type !== null);
  return { departments, services, deviceTypes: [...new Set(types)].sort((a, b) => a.localeCompare(b)) };
};
