import { api, Problem } from '#lib/api.ts';
import { today } from '#lib/format.ts';
import { everyPage } from '#lib/pages.ts';
import { need, session } from '#lib/session.svelte.ts';
import type { Practitioner } from '#lib/types.ts';
import * as m from '#lib/messages.js';
import type { PageLoad } from './$types';

/** Null when the user is nobody's practitioner: a nurse, say. */
const findMe = async (): Promise<Practitioner | null> => {
  try {
    return await api.get('/api/me/practitioner');
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
};

export const load: PageLoad = async ({ parent, depends, url }) => {
  depends('openward:my-day');
  const everybody = url.searchParams.get('who') === 'all';
  await parent();
  need('encounter:write', m.permission_encounter_write);
  need('encounter:read', m.permission_encounter_read);
  // Doctors see their own patients first; who writes no notes works for all of them.
  const me = session.may('note:write') ? await findMe() : null;
  const date = today().toString();
  const practitionerId = everybody ? undefined : me?.id;
  const [visits, schedule] = await Promise.all([
    everyPage('/api/encounters', { date, practitionerId }),
    session.may('appointment:read') && session.has('scheduling')
      ? api.get('/api/schedule/day', { query: { date } })
      : undefined,
  ]);
  // Who lies in a bed is on the page of wards.
  const encounters = visits.filter((it) => it.class !== 'IMP');
  const expected = (schedule?.appointments ?? []).filter(
    (it) => ['booked', 'pending'].includes(it.status) && (!practitionerId || it.practitionerId === practitionerId),
  );
  return { me, everybody, date, encounters, expected };
};
