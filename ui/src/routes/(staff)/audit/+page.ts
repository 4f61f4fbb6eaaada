import { api } from '#lib/api.ts';
import { isPeriod, questionOf } from '#lib/audit/question.ts';
import * as m from '#lib/messages.js';
import { need, session } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends, url }) => {
  depends('openward:audit');
  await parent();
  need('audit:read', m.permission_audit_read);
  const asked = (name: string) => url.searchParams.get(name);
  const period = asked('period');
  const view = {
    period: isPeriod(period) ? period : 'week',
    what: asked('what') ?? '',
    userId: asked('user'),
    patientId: asked('patient'),
    about: asked('about'),
    source: asked('source'),
  };
  const question = questionOf(view);
  const [page, users] = await Promise.all([
    api.get('/api/audit', { query: question }),
    session.may('user:read') ? api.get('/api/users', { query: { limit: 100 } }) : { items: [] },
  ]);
  return { view, question, page, users: users.items };
};
