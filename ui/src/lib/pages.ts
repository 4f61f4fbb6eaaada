import { api } from './api.ts';
import type { AnswerOf, Known } from './paths.ts';
import type { Items } from './types.ts';

type ItemOf<List> = List extends Items<infer T> ? T : never;

/** A list that is looked at as a whole: its pages one after the other, at most a thousand rows. */
export async function everyPage<const P extends string>(
  path: P & Known<'GET', P>,
  query: Record<string, string | null | undefined> = {},
): Promise<ItemOf<AnswerOf<'GET', P>>[]> {
  const all: ItemOf<AnswerOf<'GET', P>>[] = [];
  let cursor: string | undefined;
  do {
    const page = (await api.get(path as never, { query: { ...query, cursor } })) as Items<ItemOf<AnswerOf<'GET', P>>>;
    all.push(...page.items);
    cursor = page.next;
  } while (cursor && all.length < 1000);
  return all;
}
