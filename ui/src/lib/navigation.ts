import { session } from './session.svelte.ts';
import type { NavItem } from './types.ts';

/** Menu entries in order, with their group; those without a group come first. */
export function menu(): { group: string | undefined; items: NavItem[] }[] {
  const sorted = [...session.platform.navigation].sort((a, b) => a.order - b.order);
  const groups = new Map<string | undefined, NavItem[]>([[undefined, []]]);
  for (const item of sorted) groups.set(item.group, [...(groups.get(item.group) ?? []), item]);
  return [...groups].filter(([, items]) => items.length > 0).map(([group, items]) => ({ group, items }));
}

/** The entry that a page belongs to: the longest path that it begins with. */
export function entryOf(path: string): NavItem | undefined {
  return session.platform.navigation
    .filter((item) => path === item.path || path.startsWith(`${item.path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0];
}

/**
 * Where the role begins: the first entry of its menu. What belongs to running the house is nobody's first page as long as there are
 * patients to be found.
 */
export const startPage = (): string | undefined => {
  const [first] = menu();
  return first?.group !== undefined && session.may('patient:read') ? undefined : first?.items[0]?.path;
};
