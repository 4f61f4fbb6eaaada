import { redirect } from '@sveltejs/kit';
import { startPage } from '#lib/navigation.ts';
import type { PageLoad } from './$types';

/** Each role begins on the first page of its menu. */
export const load: PageLoad = async ({ parent }) => {
  await parent();
  const start = startPage();
  if (start) redirect(303, start);
};
