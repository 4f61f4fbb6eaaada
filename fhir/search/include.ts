import { searchDefinition } from '../definitions.ts';
import { valuesAt } from '../paths.ts';
import { partsOf, referencesIn } from '../refs.ts';
import { readRows, render, type Rendered } from '../rows.ts';
import { mayRead } from '../types.ts';
import type { At } from '../at.ts';
import type { AnyResource } from '../resource.ts';
import type { Condition, Include, Query } from './query.ts';
import { parametersOf } from './query.ts';
import { findRows } from './rows.ts';

export interface Included {
  type: string;
  rendered: Rendered;
}

const most = 1000;

interface Round {
  resource: AnyResource;
  found: readonly Rendered[];
}

/**
 * What the found resources refer to, and what refers to them; each through the same permission and sight as a read. What
 * `:iterate` says is asked again of what came in, until nothing new comes.
 */
export const included = async (
  at: At,
  resource: AnyResource,
  found: readonly Rendered[],
  query: Query,
): Promise<Included[]> => {
  const seen = new Set(found.map(({ id }) => `${resource.type}/${id}`));
  const result: Included[] = [];
  let rounds: Round[] = [{ resource, found }];
  for (let first = true; rounds.length > 0 && result.length < most; first = false) {
    const asked = (includes: readonly Include[]) => includes.filter(({ iterate }) => first || iterate);
    const fresh = await oneRound(at, rounds, asked(query.include), asked(query.revinclude));
    const added = [...new Map(fresh.map((each) => [`${each.type}/${each.rendered.id}`, each]))]
      .filter(([key]) => !seen.has(key))
      .slice(0, most - result.length);
    for (const [key] of added) seen.add(key);
    result.push(...added.map(([, each]) => each));
    rounds = [...Map.groupBy(added, ([, { type }]) => type)].map(([type, each]) => ({
      resource: at.types.get(type),
      found: each.map(([, { rendered }]) => rendered),
    }));
  }
  return result;
};

const oneRound = async (
  at: At,
  rounds: readonly Round[],
  includes: readonly Include[],
  revincludes: readonly Include[],
): Promise<Included[]> => {
  const result: Included[] = [];
  const wanted = new Map<string, Set<string>>();
  for (const { resource, found } of rounds) {
    for (const key of includes.filter(({ type }) => type === resource.type).flatMap((each) => targetsOf(found, each))) {
      const [type, id] = partsOf(key) ?? [];
      if (type && id) wanted.set(type, (wanted.get(type) ?? new Set()).add(id));
    }
    for (const include of revincludes) result.push(...(await referring(at, resource, found, include)));
  }
  for (const [type, ids] of wanted) {
    const target = knownType(at, type);
    if (!target) continue;
    const rows = await readRows(at.db, target, [...ids].slice(0, most));
    for (const rendered of await render(at.db, target, rows)) result.push({ type, rendered });
  }
  return result;
};

const knownType = (at: At, type: string): AnyResource | null => {
  try {
    const target = at.types.get(type);
    return mayRead(at.db, target) ? target : null;
  } catch {
    return null;
  }
};

/** References at the places where R4 says the parameter stands; `*` takes them all. */
const targetsOf = (found: readonly Rendered[], { type, parameter, target }: Include): string[] => {
  if (parameter === '*')
    return found
      .flatMap(({ body }) => referencesIn(body))
      .filter((each) => target === undefined || partsOf(each)?.[0] === target);
  const definition = searchDefinition(type, parameter);
  const targets = new Set(definition?.targets ?? []);
  return found
    .flatMap(({ body }) => (definition?.paths ?? []).flatMap((path) => valuesAt(body, path)))
    .flatMap((value) => {
      const { reference } = (value ?? {}) as { reference?: string };
      const [to] = partsOf(reference) ?? [];
      return reference && to && targets.has(to) && (target === undefined || target === to) ? [reference] : [];
    });
};

const referring = async (
  at: At,
  resource: AnyResource,
  found: readonly Rendered[],
  { type, parameter: name }: Include,
): Promise<Included[]> => {
  const source = knownType(at, type);
  const parameter = source && parametersOf(source).get(name);
  if (!source || parameter?.kind !== 'reference' || !parameter.targets?.includes(resource.type) || found.length === 0)
    return [];
  const conditions: Condition[] = [
    { parameter, name, modifier: undefined, values: found.map(({ id }) => `${resource.type}/${id}`) },
  ];
  const query: Query = {
    conditions,
    sort: [],
    count: most,
    total: 'none',
    onlyTotal: false,
    include: [],
    revinclude: [],
    elements: null,
    summary: null,
    used: [],
  };
  const { rows } = await findRows(at.db, source, query, null);
  return (await render(at.db, source, rows)).map((rendered) => ({ type, rendered }));
};
