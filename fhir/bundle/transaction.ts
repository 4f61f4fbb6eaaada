import { sql } from '../../core/database.ts';
import { refuse } from '../../core/refuse.ts';
import { resultOf, type At, type Result } from '../at.ts';
import { isUuid, newId } from '../ids.ts';
import { existing, lockedMatch, versionFor } from '../interactions.ts';
import type { Json } from '../json.ts';
import { resolveReferences } from '../resolve.ts';
import { tableOf, type Rendered } from '../rows.ts';
import { demand } from '../types.ts';
import { blaming, writeAll, type Change } from '../write.ts';
import { isWrite, perform, targetOf, versionOf, type Entry, type Target } from './entry.ts';

/** All or nothing. In a transaction; gives a result for each entry, in the order of the entries. */
export const transact = async (at: At, entries: readonly Entry[], oneByOne: boolean): Promise<Result[]> => {
  const results = new Map<Entry, Result>();
  const performAll = async (some: readonly Entry[]): Promise<void> => {
    for (const entry of some) results.set(entry, await blaming(entry.path, () => perform(at, entry)));
  };
  for (const entry of entries) demand(at.db, at.types.get(targetOf(entry).type), isWrite(entry) ? 'write' : 'read');
  await performAll(entries.filter(({ method }) => method === 'DELETE'));
  await write(at, entries, results, oneByOne);
  await performAll(entries.filter((entry) => !isWrite(entry)));
  return entries.map((entry) => results.get(entry) as Result);
};

interface Placed {
  entry: Entry;
  target: Target;
  id: string;
  before: number | null;
}

/** Ids first, then references, then rows: entries may refer to each other in any order. */
const write = async (
  at: At,
  entries: readonly Entry[],
  results: Map<Entry, Result>,
  oneByOne: boolean,
): Promise<void> => {
  const ids = new Map<string, string>();
  const placed: Placed[] = [];
  const free = await freeIds(at, entries);
  for (const entry of entries) {
    if (entry.method === 'DELETE' || !isWrite(entry)) continue;
    const place = await blaming(entry.path, () => placeOf(at, entry, free));
    const { type } = place.target;
    if (entry.fullUrl) ids.set(entry.fullUrl, `${type}/${place.id}`);
    // An address elsewhere: its entries refer to each other by its last two parts.
    const [, relative] = /^https?:.*\/([A-Z][A-Za-z]+\/[^/]+)$/.exec(entry.fullUrl ?? '') ?? [];
    if (relative && entry.method === 'POST') ids.set(relative, `${type}/${place.id}`);
    if ('result' in place) results.set(entry, place.result);
    else placed.push(place);
  }
  const seen = new Set<string>();
  for (const { id, target, entry } of placed) {
    if (seen.has(`${target.type}/${id}`)) throw refuse('fhir_entry_twice', { expression: entry.path });
    seen.add(`${target.type}/${id}`);
  }
  const known = new Map<string, string>();
  const changes: Change[] = [];
  for (const { entry, target, id, before } of placed) {
    const path = `${entry.path}.resource`;
    const body = await resolveReferences(at, entry.resource as Json, path, { ids, known });
    changes.push({ resource: at.types.get(target.type), id, body, path, before });
  }
  const written = await writeAll(at.db, at.types, changes, oneByOne);
  placed.forEach(({ entry, target, before }, index) => {
    const made = before === null;
    results.set(entry, resultOf(target.type, written[index] as Rendered, made ? 201 : 200, made ? 'C' : 'U'));
  });
};

const placeOf = async (
  at: At,
  entry: Entry,
  free: ReadonlySet<string>,
): Promise<Placed | { target: Target; id: string; result: Result }> => {
  const target = targetOf(entry);
  const resource = at.types.get(target.type);
  const fail = (element: string) => refuse('fhir_entry_unusable', { expression: `${entry.path}.${element}` });
  if (entry.resource?.resourceType !== target.type) throw fail('resource.resourceType');
  if (entry.method === 'PUT') {
    const { id = target.query === undefined ? undefined : await lockedMatch(at, target.type, target.query) } = target;
    if (id === undefined) throw fail('request.url');
    if (id === null) return { entry, target, id: newId(), before: null };
    return { entry, target, id, before: await versionFor(at, resource, id, versionOf(entry.ifMatch)) };
  }
  if (target.id !== undefined) throw fail('request.url');
  if (entry.ifNoneExist !== undefined) {
    const found = await lockedMatch(at, target.type, entry.ifNoneExist);
    if (found !== null) return { target, id: found, result: await existing(at, resource, found) };
  }
  const own = entry.fullUrl?.replace('urn:uuid:', '') ?? '';
  return { entry, target, id: free.has(`${target.type}/${own}`) ? own : newId(), before: null };
};

/** In an import an entry keeps the id of its urn:uuid where nobody has it. */
const freeIds = async (at: At, entries: readonly Entry[]): Promise<Set<string>> => {
  if (at.db.origin !== 'import') return new Set();
  const wished = entries.flatMap((entry) => {
    const id = entry.fullUrl?.startsWith('urn:uuid:') ? entry.fullUrl.slice(9) : '';
    return entry.method === 'POST' && isUuid(id) ? [{ type: targetOf(entry).type, id }] : [];
  });
  const free = new Set(wished.map(({ type, id }) => `${type}/${id}`));
  const parts = [...Map.groupBy(wished, ({ type }) => type)].map(([type, list]) => {
    const ids = sql.array(
      list.map(({ id }) => id),
      'uuid',
    );
    const { table } = at.types.get(type);
    return sql.fragment`
      select ${type}::text as type, it.id from ${tableOf(at.types.get(type))} it where it.id = any(${ids})
      union all
      select ${type}::text, h.id from core.history h where h.relation = ${table} and h.id = any(${ids})`;
  });
  if (parts.length === 0) return free;
  const taken = (await at.db.any(sql.unsafe`${sql.join(parts, sql.fragment` union all `)}`)) as readonly {
    type: string;
    id: string;
  }[];
  for (const { type, id } of taken) free.delete(`${type}/${id}`);
  return free;
};
