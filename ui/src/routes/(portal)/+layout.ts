import { redirect } from '@sveltejs/kit';
import { api } from '#lib/api.ts';
import { open, session } from '#lib/session.svelte.ts';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ url, untrack, depends }) => {
  if (!(await open())) redirect(303, `/sign-in?to=${encodeURIComponent(untrack(() => url.pathname))}`);
  if (!session.may('portal:use')) redirect(303, '/');
  depends('portal:me');
  return { me: await api.get('/api/portal/me') };
};
