import { sql, type Db } from '../core/database.ts';
import { refuse } from '../core/refuse.ts';
import { extraOf, withExtra, type Extra } from './extra.ts';
import { forgetIdentifiers, keepIdentifiers } from './identifiers.ts';
import { canonical, plain, type Json } from './json.ts';
import { mapTexts } from './paths.ts';
import { partsOf, lookUp, referencesIn, refsFor, type Refs } from './refs.ts';
import type { AnyResource } from './resource.ts';
import { finish, readRows, tableOf, visible, type Rendered, type Row } from './rows.ts';
import type { Types } from './types.ts';

/** A resource to be written; its references are `Type/id` by now. */
export interface Change {
  resource: AnyResource;
  id: string;
  body: Json;
  /** Where it stands in what was sent, for refusals: 'Patient' or 'Bundle.entry[3].resource'. */
  path: string;
  /** The version that is there; null when this makes the resource. */
  before: number | null;
}

/** Locks the row and gives its version. @throws 404, 410, 412 when `expected` is another */
export const lockRow = async (tx: Db, resource: AnyResource, id: string, expected: number | null): Promise<number> => {
  const version = (await tx.maybeOneFirst(sql.unsafe`
    select it.version from ${tableOf(resource)} it where it.id = ${id} and ${visible(tx, resource)} for update of it
  `)) as number | null;
  if (version === null) throw (await wasDeleted(tx, resource, id)) ? refuse('fhir_deleted') : refuse('not_found');
  if (expected !== null && expected !== version) throw refuse('version_stale', { currentVersion: version });
  return version;
};

/** A deleted resource answers 410 to those who could have seen it. */
export const wasDeleted = async (db: Db, resource: AnyResource, id: string): Promise<boolean> => {
  if (db.actor.kind === 'patient') return false;
  return db.exists(sql.unsafe`
    select from core.history h cross join lateral jsonb_populate_record(null::${tableOf(resource)}, h.document) it
    where h.relation = ${resource.table} and h.id = ${id} and ${visible(db, resource)}
      and not exists (select from ${tableOf(resource)} living where living.id = h.id)
  `);
};

/**
 * Creates and updates, then what each of them left over. Gives them back in the order they came, as they now read.
 * `oneByOne`: slower, but a refusal of the database names the change.
 */
export const writeAll = async (
  tx: Db,
  types: Types,
  changes: readonly Change[],
  oneByOne = false,
): Promise<Rendered[]> => {
  const refs = await refsOf(tx, types, changes);
  for (const group of inOrder(types, changes)) await writeGroup(tx, group, refs, oneByOne);
  const written = new Map<Change, Rendered>();
  for (const group of byType(changes))
    for (const [change, rendered] of await settle(tx, group)) written.set(change, rendered);
  await keepIdentifiers(
    tx,
    changes.map((change) => ({
      type: change.resource.type,
      id: change.id,
      patientId: written.get(change)?.patientId ?? null,
      body: change.body,
    })),
    changes.filter(({ before }) => before !== null).map(({ id }) => id),
  );
  return changes.map((change) => written.get(change) as Rendered);
};

export const removeOne = async (
  tx: Db,
  resource: AnyResource,
  id: string,
  expected: number | null,
): Promise<Row | undefined> => {
  if (!resource.remove)
    throw resource.instead ? refuse('fhir_not_deletable', { status: resource.instead }) : refuse('fhir_not_possible');
  const version = await lockRow(tx, resource, id, expected);
  const [row] = await readRows(tx, resource, [id]);
  await forgetIdentifiers(tx, [id]);
  await resource.remove(tx, id, version);
  return row;
};

const refsOf = async (tx: Db, types: Types, changes: readonly Change[]): Promise<Refs> => {
  const made = new Set(changes.map(({ resource, id }) => `${resource.type}/${id}`));
  const asked = changes.flatMap(({ body, resource }) =>
    referencesIn(body).filter((each) => !made.has(each) && (!resource.whole || each.startsWith('Patient/'))),
  );
  const found = await lookUp(tx, types, asked);
  const known = new Set([...made, ...found]);
  for (const { body, resource, path } of changes) if (!resource.whole) demandTargets(tx, types, body, path, known);
  return refsFor(known);
};

/**
 * `Practitioner/<id>` without such a practitioner would book nobody and look booked. History from elsewhere may refer to
 * what did not come with it; to a patient it may not. @throws 422 with the element's path
 */
const demandTargets = (tx: Db, types: Types, body: Json, path: string, known: ReadonlySet<string>): void => {
  mapTexts(
    body,
    new Set(['reference']),
    (reference, expression) => {
      const [type, id] = partsOf(reference) ?? [];
      const must = type && (tx.origin === 'import' ? type === 'Patient' : types.isOwned(type));
      if (must && !known.has(`${type}/${id}`))
        throw refuse('fhir_reference_unknown', { expression: expression.replace(/\.reference$/, ''), reference });
      return reference;
    },
    path,
  );
};

const byType = (changes: readonly Change[]): Change[][] => [
  ...Map.groupBy(changes, ({ resource }) => resource).values(),
];

/** Targets before what refers to them: by type as plugins declare them, within a type by their references to each other. */
const inOrder = (types: Types, changes: readonly Change[]): Change[][] =>
  byType(changes)
    .sort(([a], [b]) => types.rank(a?.resource.type ?? '') - types.rank(b?.resource.type ?? ''))
    .map(targetsFirst);

const targetsFirst = (changes: Change[]): Change[] => {
  const byId = new Map(changes.map((change) => [change.id, change]));
  const done = new Set<Change>();
  const sorted: Change[] = [];
  const visit = (change: Change): void => {
    if (done.has(change)) return;
    done.add(change);
    if (!change.resource.whole) {
      for (const each of referencesIn(change.body)) {
        const target = byId.get(partsOf(each)?.[1] ?? '');
        if (target) visit(target);
      }
    }
    sorted.push(change);
  };
  changes.forEach(visit);
  return sorted;
};

const writeGroup = async (tx: Db, changes: readonly Change[], refs: Refs, oneByOne: boolean): Promise<void> => {
  const made: { id: string; input: unknown }[] = [];
  for (const change of changes) {
    const { resource, id, body, path, before } = change;
    await blaming(path, async () => {
      const input: unknown = resource.fromFhir?.((resource.whole ? body : plain(body)) as never, refs);
      if (before !== null) {
        if (!resource.update) throw refuse('fhir_not_possible');
        await resource.update(tx, id, before, input);
      } else if (resource.createMany && !oneByOne && changes.length > 1) {
        made.push({ id, input });
      } else if (resource.createMany) {
        await resource.createMany(tx, [{ id, input }]);
      } else {
        if (!resource.create) throw refuse('fhir_not_possible');
        await resource.create(tx, input, { id });
      }
      // What is checked at the end of a transaction is checked now, while it is known whose it is.
      if (oneByOne) await tx.query(sql.unsafe`set constraints all immediate`);
      if (oneByOne) await tx.query(sql.unsafe`set constraints all deferred`);
    });
  }
  if (made.length > 0) await changes[0]?.resource.createMany?.(tx, made);
};

/** A refusal from here on says which part of what was sent it is about. */
export const blaming = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    const { extra } = error as { extra?: Record<string, unknown> };
    if (extra) extra.expression = below(path, extra.expression);
    else if (typeof error === 'object' && error !== null) Object.assign(error, { expression: path });
    throw error;
  }
};

const below = (path: string, expression: unknown): string =>
  typeof expression !== 'string'
    ? path
    : expression.startsWith(path)
      ? expression
      : [path, expression.replace(/^[A-Z]\w*\./, '')].join('.');

/** Reads the rows back, runs toFhir, and keeps what did not come back as it was sent. */
const settle = async (tx: Db, changes: readonly Change[]): Promise<Map<Change, Rendered>> => {
  const [{ resource } = {} as Change] = changes;
  const rows = new Map(
    (
      await readRows(
        tx,
        resource,
        changes.map(({ id }) => id),
      )
    ).map((row) => [row.id, row]),
  );
  const keep: { id: string; extra: Extra | null }[] = [];
  const settled = new Map<Change, Rendered>();
  for (const change of changes) {
    const row = rows.get(change.id);
    // Written, and now out of this actor's sight: the target patient is somebody they may not see.
    if (!row) throw refuse('not_found', { expression: change.path });
    const given = resource.toFhir(row.own) as unknown as Json;
    const untouched = row.version === change.before;
    const version = untouched ? row.version + 1 : row.version;
    const extra = resource.whole ? null : extraOf(change.body, given, version);
    const same = sameExtra(row.extra, extra) && Object.values(row.extra ?? {}).every((kept) => kept.at === row.version);
    if (!same) keep.push({ id: row.id, extra });
    const now = untouched && same ? row.version : version;
    settled.set(
      change,
      finish(
        { ...row, version: now },
        resource.whole ? given : withExtra(given, same ? row.extra : extra, new Set(), now),
      ),
    );
  }
  const kept = await keepExtra(tx, resource, keep);
  for (const rendered of settled.values()) {
    const updatedAt = kept.get(rendered.id);
    if (updatedAt) Object.assign(rendered, finish({ ...rendered, updatedAt }, rendered.body));
  }
  return settled;
};

const sameExtra = (a: Extra | null, b: Extra | null): boolean =>
  canonical(withoutVersions(a)) === canonical(withoutVersions(b));
const withoutVersions = (extra: Extra | null) =>
  Object.entries(extra ?? {}).map(([name, { sent, gave }]) => ({ name, sent, gave }));

const keepExtra = async (
  tx: Db,
  resource: AnyResource,
  keep: readonly { id: string; extra: Extra | null }[],
): Promise<Map<string, string>> => {
  if (keep.length === 0) return new Map();
  const rows = keep.map(({ id, extra }) => [id, extra === null ? null : JSON.stringify(extra)]);
  const kept = await tx.any(sql.unsafe`
    update ${tableOf(resource)} it set fhir_extra = new.extra
    from ${sql.unnest(rows, ['uuid', 'jsonb'])} new (id, extra)
    where it.id = new.id
    returning it.id, it.updated_at
  `);
  return new Map((kept as readonly { id: string; updatedAt: string }[]).map(({ id, updatedAt }) => [id, updatedAt]));
};
