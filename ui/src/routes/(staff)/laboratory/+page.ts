import { api } from '#lib/api.ts';
import type { Tab } from '#lib/laboratory/types.ts';
import { session } from '#lib/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends, url }) => {
  depends('openward:laboratory');
  const asked = url.searchParams.get('tab');
  await parent();
  // Who only collects sees that list alone.
  const tabs: Tab[] = session.may('specimen:write') ? ['collect', 'receive', 'results'] : ['collect'];
  const tab = tabs.find((one) => one === asked) ?? (tabs.includes('results') && asked === null ? 'results' : tabs[0]!);
  const [worklist, critical] = await Promise.all([
    api.get('/api/laboratory/worklist', { query: { tab } }),
    session.may('critical-result:call') ? api.get('/api/laboratory/critical-results') : undefined,
  ]);
  return { tab, tabs, worklist, critical: critical?.items ?? [] };
};
