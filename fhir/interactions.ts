import { sql } from '../core/database.ts';
import { refuse } from '../core/refuse.ts';
import { resultOf, type At, type Result } from './at.ts';
import { isUuid, newId } from './ids.ts';
import type { Json } from './json.ts';
import { resolveReferences } from './resolve.ts';
import type { AnyResource } from './resource.ts';
import { finish, pastRows, readRows, render, type Rendered } from './rows.ts';
import { findOne } from './search/index.ts';
import { demand, mayRead } from './types.ts';
import { faultsOf } from './validate.ts';
import { lockRow, removeOne, wasDeleted, writeAll, type Change } from './write.ts';

/** @throws 400 with every fault and its path */
export const checkStructure = (body: unknown, path?: string): Json => {
  const faults = faultsOf(body, path);
  if (faults.length > 0) throw refuse('fhir_malformed', { faults });
  return body as Json;
};

const rightType = (resource: AnyResource, body: Json, path: string): void => {
  if (body.resourceType !== resource.type)
    throw refuse('fhir_type_mismatch', { expression: `${path}.resourceType`, resourceType: resource.type });
};

/** The current version. @throws 404 hidden or never there, 410 deleted */
export const readOne = async (at: At, resource: AnyResource, id: string): Promise<Rendered> => {
  const [row] = isUuid(id) ? await readRows(at.db, resource, [id]) : [];
  if (row) return (await render(at.db, resource, [row]))[0] as Rendered;
  const [computed] = (await resource.computed?.(at.db, [id])) ?? [];
  if (computed)
    return finish(
      { id, version: 1, updatedAt: String((computed as { meta?: Json }).meta?.lastUpdated ?? ''), patientId: null },
      computed as unknown as Json,
    );
  if (isUuid(id) && (await wasDeleted(at.db, resource, id))) throw refuse('fhir_deleted');
  throw refuse('not_found');
};

export const read = async (at: At, type: string, id: string): Promise<Result> => {
  const resource = at.types.get(type);
  demand(at.db, resource, 'read');
  return resultOf(type, await readOne(at, resource, id));
};

/** One version, also of what is deleted since; who may not see the resource today may not see what it was. */
export const readVersion = async (at: At, type: string, id: string, version: string): Promise<Result> => {
  const resource = at.types.get(type);
  demand(at.db, resource, 'read');
  if (!isUuid(id) || !/^\d{1,9}$/.test(version)) throw refuse('not_found');
  const [row] = await readRows(at.db, resource, [id]);
  if (row && row.version === Number(version))
    return resultOf(type, (await render(at.db, resource, [row]))[0] as Rendered);
  if (!row && !(await wasDeleted(at.db, resource, id))) throw refuse('not_found');
  if (at.db.actor.kind === 'patient') throw refuse('not_found');
  const past = await pastRows(at.db, resource, [{ id, version: Number(version) }]);
  const [rendered] = await render(at.db, resource, past);
  if (!rendered) throw refuse('not_found');
  return resultOf(type, rendered);
};

/** In a transaction. What a condition means, for a write: two that ask the same at once must not both find nothing. */
export const lockedMatch = async (at: At, type: string, condition: string): Promise<string | null> => {
  await at.db.query(sql.unsafe`select pg_advisory_xact_lock(hashtextextended(${`${type}?${condition}`}, 3))`);
  return findOne(at, type, condition);
};

/** In a transaction. With a condition (If-None-Exist) what already matches is the answer. */
export const create = async (at: At, type: string, sent: unknown, ifNoneExist?: string): Promise<Result> => {
  const condition = ifNoneExist?.replace(/^[A-Za-z]*\?/, '');
  const resource = at.types.get(type);
  demand(at.db, resource, 'write');
  const body = checkStructure(sent);
  rightType(resource, body, type);
  if (condition !== undefined) {
    const found = await lockedMatch(at, type, condition);
    if (found !== null) return existing(at, resource, found);
  }
  const change: Change = {
    resource,
    id: newId(),
    body: await resolveReferences(at, body, type),
    path: type,
    before: null,
  };
  const [written] = await writeAll(at.db, at.types, [change]);
  return resultOf(type, written as Rendered, 201, 'C');
};

/** What a condition found: whole for who may read it. */
export const existing = async (at: At, resource: AnyResource, id: string): Promise<Result> => {
  const { body, ...result } = resultOf(resource.type, await readOne(at, resource, id));
  return { ...result, ...(body && mayRead(at.db, resource) ? { body } : {}), location: `${resource.type}/${id}` };
};

/** In a transaction. `expected` is the version of If-Match; without it the last word wins. */
export const update = async (
  at: At,
  type: string,
  id: string,
  sent: unknown,
  expected: number | null,
): Promise<Result> => {
  const resource = at.types.get(type);
  demand(at.db, resource, 'write');
  const body = checkStructure(sent);
  rightType(resource, body, type);
  if (body.id !== undefined && body.id !== id) throw refuse('fhir_id_mismatch', { expression: `${type}.id` });
  const before = await versionFor(at, resource, id, expected);
  const change: Change = { resource, id, body: await resolveReferences(at, body, type), path: type, before };
  const [written] = await writeAll(at.db, at.types, [change]);
  return resultOf(type, written as Rendered, before === null ? 201 : 200, before === null ? 'C' : 'U');
};

/** In a transaction. The resource that the condition means; where it means none, one is made. */
export const updateWhere = async (
  at: At,
  type: string,
  condition: string,
  sent: unknown,
  expected: number | null,
): Promise<Result> => {
  const found = await lockedMatch(at, type, condition);
  return found === null ? create(at, type, sent) : update(at, type, found, sent, expected);
};

/** Other ids than ours are nobody's, or those of what is only computed: that is there and cannot be written. */
const noRowOf = (resource: AnyResource) => refuse(resource.computed ? 'fhir_not_possible' : 'not_found');

/**
 * The version to be replaced, locked. Null when there is none and this is an import, which may bring its ids along; elsewhere
 * ids are ours to give, and an id that nobody has is a 404, like one that is hidden.
 */
export const versionFor = async (
  at: At,
  resource: AnyResource,
  id: string,
  expected: number | null,
): Promise<number | null> => {
  if (!isUuid(id)) throw noRowOf(resource);
  try {
    return await lockRow(at.db, resource, id, expected);
  } catch (error) {
    const missing = (error as { refusal?: string }).refusal === 'not_found';
    if (missing && expected === null && at.db.origin === 'import' && !(await isTaken(at, resource, id))) return null;
    throw error;
  }
};

const isTaken = (at: At, resource: AnyResource, id: string): Promise<boolean> =>
  at.db.exists(sql.unsafe`select from ${sql.identifier(resource.table.split('.'))} it where it.id = ${id}`);

/** In a transaction. A condition that means nothing leaves nothing to delete, and that is no error. */
export const removeWhere = async (
  at: At,
  type: string,
  condition: string,
  expected: number | null,
): Promise<Result> => {
  demand(at.db, at.types.get(type), 'write');
  const found = await lockedMatch(at, type, condition);
  return found === null
    ? { status: 204, audit: { object: type, patientIds: [], action: 'D' } }
    : remove(at, type, found, expected);
};

/** In a transaction. Deleting what is deleted already changes nothing. */
export const remove = async (at: At, type: string, id: string, expected: number | null): Promise<Result> => {
  const resource = at.types.get(type);
  demand(at.db, resource, 'write');
  if (!isUuid(id)) throw noRowOf(resource);
  try {
    const row = await removeOne(at.db, resource, id, expected);
    return {
      status: 204,
      audit: { object: `${type}/${id}`, patientIds: row?.patientId ? [row.patientId] : [], action: 'D' },
    };
  } catch (error) {
    if ((error as { refusal?: string }).refusal !== 'fhir_deleted') throw error;
    return { status: 204, audit: { object: `${type}/${id}`, patientIds: [], action: 'D' } };
  }
};
