import { may } from '../core/access.ts';
import type { Plugin } from '../core/plugin.ts';
import type { Db } from '../core/database.ts';
import { refuse } from '../core/refuse.ts';
import { isStorable } from './definitions.ts';
import { withParts } from './parts.ts';
import type { AnyResource } from './resource.ts';
import { storedResource } from './stored.ts';

/** Who owns which type in this deployment. */
export interface Types {
  /** What plugins declare; what they need stands before them. */
  owned: readonly AnyResource[];
  isOwned(type: string): boolean;
  /** @throws 404 for what is no type that can be stored */
  get(type: string): AnyResource;
  /** Rank for writing: a type's targets come before it. */
  rank(type: string): number;
}

/** `off`: types whose plugin is switched off. An import keeps them, nobody is served them. */
export const typesOf = (plugins: readonly Plugin[], off: ReadonlySet<string> = new Set()): Types => {
  const owned = plugins
    .flatMap((plugin) => (plugin.fhir ?? []) as readonly AnyResource[])
    .map((resource) => withParts(resource, plugins));
  const byType = new Map<string, AnyResource>(owned.map((resource) => [resource.type, resource]));
  const stored = new Map<string, AnyResource>();
  const ranks = new Map(owned.map((resource, index) => [resource.type as string, index]));
  return {
    owned,
    isOwned: (type) => byType.has(type),
    get(type) {
      const known = byType.get(type) ?? stored.get(type);
      if (known) return known;
      if (!isStorable(type)) throw refuse('fhir_type_unknown', { resourceType: type.slice(0, 64) });
      const made = off.has(type) ? { ...storedResource(type), unserved: true } : storedResource(type);
      stored.set(type, made);
      return made;
    },
    rank: (type) => ranks.get(type) ?? owned.length,
  };
};

/**
 * The same question at every door: path, bundle entry, include. Who may import history may write every type of it, and
 * reads no more for that. @throws 403 naming the permission
 */
export const demand = (db: Db, resource: AnyResource, right: 'read' | 'write'): void => {
  const permission = resource.permission[right];
  if (resource.unserved && db.origin !== 'import') throw refuse('fhir_type_unknown', { resourceType: resource.type });
  if (right === 'write' && mayImport(db)) return;
  if (!may(db.actor, permission)) throw refuse('permission_missing', { permission });
};

/** Whether a condition may be asked: it tells that something is there, not what. */
export const demandMatch = (db: Db, resource: AnyResource): void => {
  if (!mayImport(db)) demand(db, resource, 'read');
};

export const canCreate = (resource: AnyResource): boolean => Boolean(resource.create ?? resource.createMany);

export const mayRead = (db: Db, resource: AnyResource): boolean =>
  !resource.unserved && may(db.actor, resource.permission.read);

/** Who may not is not believed to: core/routes.ts. */
const mayImport = (db: Db): boolean => db.actor.kind !== 'service' && db.origin === 'import';
