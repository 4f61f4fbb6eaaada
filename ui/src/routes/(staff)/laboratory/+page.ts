import { api } from '#lib/api.ts';
import type { Tab } from '#lib/laboratory/types.ts';
import { need, session } from '#lib/session.svelte.ts';
import * as m from '#lib/messages.js';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends, url }) => {
  depends('openward:laboratory');
  const asked = url.searchParams.get('tab');
  await parent();
  need('specimen:collect', m.permission_specimen_collect);
  need('specimen:read', m.permission_specimen_read);
  // Who only collects sees that list alone.
  const tabs: Tab[] = session.may('specimen:write') ? ['collect', 'receive', 'results'] : ['collect'];
  const tab = tabs.find((one) => one === asked) ?? (tabs.includes('results') && asked === null ? 'results' : tabs[0]!);
  const [worklist, critical] = await Promise.all([
    api.get('/api/laboratory/worklist', { query: { tab } }),
    session.may('critical-result:call') && session.may('critical-result:read')
      ? api.get('/api/laboratory/critical-results')
      : undefined,
  ]);
  return { tab, tabs, worklist, critical: critical?.items ?? [] };
};
