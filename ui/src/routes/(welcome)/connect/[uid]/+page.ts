import { redirect } from '@sveltejs/kit';
import { api, Problem } from '#lib/api.ts';
import { open } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

/** An app has sent somebody here; who is not signed in does that first. */
export const load: PageLoad = async ({ params }) => {
  if (!(await open())) redirect(303, `/sign-in?to=${encodeURIComponent(`/connect/${params.uid}`)}`);
  try {
    return { request: await api.get(`/api/app-requests/${params.uid}`), problem: undefined };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { request: undefined, problem: error.detail ?? error.message };
  }
};
