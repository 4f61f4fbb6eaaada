import { api } from '#lib/api.ts';
import { queues, type Queue } from '#lib/insurance/types.ts';
import * as m from '#lib/messages.js';
import { need } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url, parent, depends }) => {
  depends('openward:claims');
  await parent();
  need('claim:read', m.permission_claim_read);
  const counts = await api.get('/api/claims/counts');
  const asked = url.searchParams.get('view') as Queue | null;
  // Whoever opens the list sees what needs a decision first.
  const first = (['denied', 'rejected', 'failing', 'ready'] as const).find((queue) => counts[queue] > 0);
  const queue: Queue = asked && queues.includes(asked) ? asked : (first ?? 'ready');
  const claims = await api.get('/api/claims', { query: { queue, limit: 100 } });
  return { counts, queue, claims };
};
