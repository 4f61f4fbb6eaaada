import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

/** The page also opens when the server does not answer; it then says so when it is asked to write. */
export const load: PageLoad = async () => ({
  about: await api.get('/api/auth/sign-in').catch(() => undefined),
});
