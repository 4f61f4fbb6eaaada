import type { LoadedPlugin } from '../../core/loader.ts';

export interface PluginSet {
  name: string;
  plugins: readonly string[];
}

/** The plugin and what it needs, what those need, and so on: the smallest hospital that has it. */
export const neededBy = (name: string, all: readonly LoadedPlugin[]): string[] => {
  const found = new Set([name]);
  for (const each of found)
    for (const needed of all.find((plugin) => plugin.name === each)?.dependencies ?? []) found.add(needed);
  return all.map((plugin) => plugin.name).filter((each) => found.has(each));
};

/** Everything but this one and what cannot be without it. */
const without = (name: string, all: readonly LoadedPlugin[]): string[] =>
  all.map((plugin) => plugin.name).filter((each) => !neededBy(each, all).includes(name));

const together = (names: readonly string[], all: readonly LoadedPlugin[]): string[] => {
  const needed = new Set(names.flatMap((name) => neededBy(name, all)));
  return all.map((plugin) => plugin.name).filter((each) => needed.has(each));
};

export const singles = (all: readonly LoadedPlugin[]): PluginSet[] =>
  all.map(({ name }) => ({ name, plugins: neededBy(name, all) }));

/** Hospitals as somebody might want them. */
export const sensible = (all: readonly LoadedPlugin[]): PluginSet[] => [
  { name: 'front desk', plugins: together(['scheduling', 'messaging'], all) },
  { name: 'clinic without laboratory', plugins: without('laboratory', all) },
  { name: 'clinic without billing', plugins: without('billing', all) },
  { name: 'pharmacy shop', plugins: together(['pharmacy', 'billing'], all) },
  { name: 'everything', plugins: all.map(({ name }) => name) },
];
