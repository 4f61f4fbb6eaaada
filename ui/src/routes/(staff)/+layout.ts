import { redirect } from '@sveltejs/kit';
import { open, session } from '#lib/session.svelte.ts';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ url, untrack }) => {
  if (!(await open())) {
    const to = untrack(() => url.pathname);
    redirect(303, to === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(to)}`);
  }
  // Patients have a frame of their own; nothing here is for them.
  if (session.may('portal:use')) redirect(303, '/portal');
};
