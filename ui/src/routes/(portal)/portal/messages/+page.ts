import { error } from '@sveltejs/kit';
import { api } from '#lib/api.ts';
import { session } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
  await parent();
  depends('portal:messages');
  if (!session.has('messaging')) error(404);
  const [messages, preference] = await Promise.all([
    api.get('/api/portal/messages'),
    api.get('/api/portal/message-preference'),
  ]);
  return { messages: messages.items, preference };
};
