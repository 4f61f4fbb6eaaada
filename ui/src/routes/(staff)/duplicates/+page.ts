import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

const grades = ['certain', 'probable', 'possible'] as const;

export const load: PageLoad = async ({ parent, depends, url }) => {
  depends('openward:duplicates');
  await parent();
  need('patient:merge', m.permission_patient_merge);
  need('patient:read', m.permission_patient_read);
  const grade = grades.find((it) => it === url.searchParams.get('grade'));
  const cursor = url.searchParams.get('from') ?? undefined;
  const { items, next } = await api.get('/api/patients/duplicates', { query: { grade, cursor, limit: 20 } });
  return { grade, items, next, isFirst: cursor === undefined };
};
