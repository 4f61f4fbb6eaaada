import { anybody, Problem } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import type { PageLoad } from './$types';

/** What the letter has behind the #, which a browser sends to nobody. */
export const load: PageLoad = async () => {
  const token = location.hash.slice(1);
  if (!/^[\w-]{43}$/.test(token)) return { token, over: m.new_password_no_link() };
  try {
    return { token, link: await anybody.post('/api/auth/forgotten/link', { token }) };
  } catch (error) {
    return { token, over: error instanceof Problem ? error.message : m.sign_in_offline() };
  }
};
