import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:identifier-types');
  await parent();
  need('identifier-type:write', m.permission_identifier_type_write);
  need('patient:read', m.permission_patient_read);
  return { types: (await api.get('/api/identifier-types')).items };
};
