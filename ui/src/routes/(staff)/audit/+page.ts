import { api } from '#lib/api.ts';
import { dayOf, isPeriod, isSource, questionOf } from '#lib/audit/question.ts';
import * as m from '#lib/messages.js';
import { need, session } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends, url }) => {
  depends('openward:audit');
  await parent();
  need('audit:read', m.permission_audit_read);
  const asked = (name: string) => url.searchParams.get(name);
  const period = asked('period');
  const source = asked('source');
  const view = {
    period: isPeriod(period) ? period : 'week',
    what: asked('what') ?? '',
    userId: asked('user'),
    patientId: asked('patient'),
    about: asked('about'),
    source: source !== null && isSource(source) ? source : null,
    from: dayOf(asked('from')),
    to: dayOf(asked('to')),
  };
  const question = questionOf(view);
  const { userId } = view;
  const [page, user] = await Promise.all([
    api.get('/api/audit', { query: question }),
    // Of an account that only sees its own record there is no such page; its entries say the name.
    userId !== null && session.may('user:read') ? api.get(`/api/users/${userId}`).catch(() => undefined) : undefined,
  ]);
  return { view, question, page, user };
};
