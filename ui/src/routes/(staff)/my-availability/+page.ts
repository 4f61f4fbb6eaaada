import { api, Problem } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { loadHours } from '#lib/scheduling/availability/load.ts';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

/** Null when the user is nobody's practitioner. */
export const load: PageLoad = async ({ parent, depends }) => {
  depends('openward:availability');
  await parent();
  need('availability:own', m.permission_availability_own);
  try {
    await api.get('/api/availability/me');
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return { hours: null, link: null };
    throw error;
  }
  const [hours, link] = await Promise.all([loadHours('me'), api.get('/api/availability/me/calendar-feed')]);
  return { hours, link };
};
