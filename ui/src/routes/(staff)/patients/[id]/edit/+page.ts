import * as m from '#lib/messages.js';
import { api } from '#lib/api.ts';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

/** The version that is changed is the one that is read now, not the one of the record that was open for a while. */
export const load: PageLoad = async ({ params, parent }) => {
  await parent();
  need('patient:write', m.permission_patient_write);
  return { patient: await api.get(`/api/patients/${encodeURIComponent(params.id)}`) };
};
