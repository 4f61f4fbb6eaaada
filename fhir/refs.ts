import type { Reference } from 'fhir/r4.js';
import { sql, type Db } from '../core/database.ts';
import { refuse } from '../core/refuse.ts';
import { isRaw } from './json.ts';
import { tableOf, visible } from './rows.ts';
import type { Types } from './types.ts';

/** References of a resource that is coming in, looked up: what they mean here. */
export interface Refs {
  /** The id, or null when there is no reference or it leads to nothing here (another system, contained, only an identifier). */
  find(reference: Reference | undefined, type: string | readonly string[]): string | null;
  /** The id. @throws 422 with the element's path when there is none: refs.id(it.subject, 'Patient', 'subject') */
  id(reference: Reference | undefined, type: string | readonly string[], path: string): string;
  /** The type that a reference leads to, for elements that allow several. */
  typeOf(reference: Reference | undefined): string | null;
}

const literal =
  /^([A-Z][A-Za-z]+)\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:\/_history\/\d+)?$/i;

/** `Patient/<uuid>` as [type, id]; null for every other form. */
export const partsOf = (reference: string | undefined): [type: string, id: string] | null => {
  const [, type, id] = literal.exec(reference ?? '') ?? [];
  return type && id ? [type, id.toLowerCase()] : null;
};

/** All `reference` texts of a resource. */
export const referencesIn = (value: unknown, found: string[] = []): string[] => {
  if (typeof value !== 'object' || value === null || isRaw(value)) return found;
  for (const [key, each] of Object.entries(value)) {
    if (key === 'reference' && typeof each === 'string') found.push(each);
    else if (typeof each === 'object') referencesIn(each, found);
  }
  return found;
};

/** Those of the references that lead to something here that this actor may see, as `Type/id`. One statement for all. */
export const lookUp = async (db: Db, types: Types, references: Iterable<string>): Promise<Set<string>> => {
  const idsByType = new Map<string, Set<string>>();
  for (const each of references) {
    const [type, id] = partsOf(each) ?? [];
    if (type && id) idsByType.set(type, (idsByType.get(type) ?? new Set()).add(id));
  }
  const parts = [...idsByType].flatMap(([type, ids]) => {
    const resource = safely(() => types.get(type));
    return resource
      ? [
          sql.fragment`select ${type}::text as type, it.id from ${tableOf(resource)} it where it.id = any(${sql.array([...ids], 'uuid')}) and ${visible(db, resource)}`,
        ]
      : [];
  });
  if (parts.length === 0) return new Set();
  const rows = await db.any(sql.unsafe`${sql.join(parts, sql.fragment` union all `)}`);
  return new Set((rows as readonly { type: string; id: string }[]).map(({ type, id }) => `${type}/${id}`));
};

const safely = <T>(work: () => T): T | null => {
  try {
    return work();
  } catch {
    return null;
  }
};

/** `known`: what lookUp found, and what the same transaction makes. */
export const refsFor = (known: ReadonlySet<string>): Refs => {
  const find: Refs['find'] = (reference, type) => {
    const [wanted, id] = partsOf(reference?.reference) ?? [];
    const allowed = typeof type === 'string' ? [type] : type;
    return wanted && id && allowed.includes(wanted) && known.has(`${wanted}/${id}`) ? id : null;
  };
  return {
    find,
    id(reference, type, path) {
      const id = find(reference, type);
      if (id === null)
        throw refuse('fhir_reference_unknown', { expression: path, reference: reference?.reference ?? '' });
      return id;
    },
    typeOf: (reference) => partsOf(reference?.reference)?.[0] ?? null,
  };
};
