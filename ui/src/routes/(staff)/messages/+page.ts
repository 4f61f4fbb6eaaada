import { api } from '#lib/api.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends, url }) => {
  depends('openward:messages');
  await parent();
  need('message:read', m.permission_message_read);
  const asked = (name: string) => url.searchParams.get(name);
  const query = {
    status: asked('status') ?? 'waiting',
    channel: asked('channel'),
    kind: asked('kind'),
    patientId: asked('patient'),
    limit: 50,
  };
  const [messages, settings] = await Promise.all([
    api.get('/api/messages', { query }),
    api.get('/api/messages/settings'),
  ]);
  return { query, messages, settings };
};
