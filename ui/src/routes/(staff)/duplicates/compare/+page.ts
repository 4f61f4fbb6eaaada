import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends, url }) => {
  depends('openward:compare');
  await parent();
  need('patient:merge', m.permission_patient_merge);
  need('patient:read', m.permission_patient_read);
  const id = encodeURIComponent(url.searchParams.get('patient') ?? '');
  const otherId = url.searchParams.get('other') ?? '';
  return { preview: await api.get(`/api/patients/${id}/merge`, { query: { otherId } }) };
};
