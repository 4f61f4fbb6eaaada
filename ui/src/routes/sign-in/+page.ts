import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

/** The page also opens when the server does not answer; it then says so. */
export const load: PageLoad = async () => ({
  about: await api.get('/api/auth/sign-in').catch(() => undefined),
});
