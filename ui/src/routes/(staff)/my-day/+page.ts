import { api, Problem } from '#lib/api.ts';
import { today } from '#lib/format.ts';
import { everyPage } from '#lib/pages.ts';
import { getBoard } from '#lib/scheduling/queue/calls.ts';
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
  const mayCall = me !== null && session.may('queue:write') && session.may('queue:read');
  const [visits, schedule, points] = await Promise.all([
    everyPage('/api/encounters', { date, practitionerId }),
    session.may('appointment:read') && session.has('scheduling')
      ? api.get('/api/schedule/day', { query: { date } })
      : undefined,
    mayCall ? everyPage('/api/queue/points') : [],
  ]);
  const point = points.find((it) => it.active && it.practitionerId === me?.id);
  // Who lies in a bed is on the page of wards.
  const encounters = visits.filter((it) => it.class !== 'IMP');
  const expected = (schedule?.appointments ?? []).filter(
    // A time that somebody only keeps while they make up their mind is no visit.
    (it) =>
      ['booked', 'pending'].includes(it.status) &&
      it.heldUntil === null &&
      (!practitionerId || it.practitionerId === practitionerId),
  );
  const queue = point && { point, board: await getBoard(point.id) };
  return { me, everybody, date, encounters, expected, queue };
};
