import { date } from '../format.ts';
import { getLocale } from '../locale.svelte.ts';
import * as m from '../messages.js';
import type { Instant } from '../types.ts';
import { plain } from '../words.ts';

/** Until when a role or a permission is held. */
export const untilWord = (until: Instant | null): string =>
  until === null ? m.grants_no_end() : m.grants_until({ date: date(until) });

/** Roles of one's own, each with its end when it has one. */
export const throughWords = (roles: readonly { title: string; until: Instant | null }[]): string =>
  listOf(roles.map(({ title, until }) => (until === null ? title : `${title} (${untilWord(until)})`)));

const inList = (type: 'conjunction' | 'disjunction') => (words: readonly string[]) =>
  new Intl.ListFormat(getLocale(), { type }).format(words);
export const listOf = inList('conjunction');
export const anyOf = inList('disjunction');

interface Named {
  permission: string;
  title: string;
  plugin: string;
}

/** Those that are found by their words or their code, under the words of their part. */
export function grouped<It extends Named>(items: readonly It[], text = ''): { plugin: string; items: It[] }[] {
  const wanted = plain(text);
  const groups = new Map<string, It[]>();
  for (const it of items)
    if (plain(`${it.title} ${it.permission} ${it.plugin}`).includes(wanted))
      groups.set(it.plugin, [...(groups.get(it.plugin) ?? []), it]);
  return [...groups].map(([plugin, of]) => ({ plugin, items: of }));
}
