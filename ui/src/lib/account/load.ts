import { api } from '../api.ts';
import { session } from '../session.svelte.ts';

/** How somebody signs in, and whom they have let in, as they see it themselves: of staff and of patients. */
export async function loadWaysIn() {
  const [secondFactor, passkeys, { email }, apps] = await Promise.all([
    api.get('/api/auth/second-factor'),
    api.get('/api/auth/passkeys'),
    api.get('/api/auth/email'),
    session.has('oauth') ? api.get('/api/apps-let-in') : undefined,
  ]);
  return { secondFactor, passkeys: passkeys.items, email, apps: apps?.items };
}
