import { api } from '../api.ts';

/** How somebody signs in, as they see it themselves: of staff and of patients. */
export async function loadWaysIn() {
  const [secondFactor, passkeys, { email }] = await Promise.all([
    api.get('/api/auth/second-factor'),
    api.get('/api/auth/passkeys'),
    api.get('/api/auth/email'),
  ]);
  return { secondFactor, passkeys: passkeys.items, email };
}
