import { causeOf, sql, type Db } from '../core/database.ts';
import type { Plugin } from '../core/plugin.ts';
import { forgetIdentifiers } from './identifiers.ts';
import { parseJson, type Json } from './json.ts';
import type { AnyResource } from './resource.ts';
import { canCreate, typesOf, type Types } from './types.ts';
import { writeAll } from './write.ts';

interface Waiting {
  id: string;
  content: string;
}

const batch = 500;

/**
 * A plugin that starts for the first time takes over what was stored of its types while it was not there, through its own
 * create and as history: no charge, message or task comes of it. What it refuses stays, with the reason, in fhir.not_adopted.
 */
export const adopt = async (owner: Db, plugins: readonly Plugin[]): Promise<void> => {
  const types = typesOf(plugins);
  for (const resource of types.owned) {
    if (!canCreate(resource) || resource.table === 'fhir.resource') continue;
    let after = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const waiting = (await owner.any(sql.unsafe`
        select id, content from fhir.resource where type = ${resource.type} and id > ${after} order by id limit ${batch}
      `)) as readonly Waiting[];
      if (waiting.length === 0) break;
      after = waiting.at(-1)?.id ?? after;
      await adoptAll(owner, types, resource, waiting).catch(() => adoptEach(owner, types, resource, waiting));
    }
  }
};

const adoptAll = (owner: Db, types: Types, resource: AnyResource, waiting: readonly Waiting[]): Promise<void> =>
  owner.transaction(async (plain) => {
    const tx = asHistory(plain);
    const ids = waiting.map(({ id }) => id);
    await forgetIdentifiers(tx, ids);
    await writeAll(
      tx,
      types,
      waiting.map(({ id, content }) => ({
        resource,
        id,
        body: parseJson(content) as Json,
        path: resource.type,
        before: null,
      })),
    );
    await tx.query(sql.unsafe`delete from fhir.resource where id = any(${sql.array(ids, 'uuid')})`);
  });

const adoptEach = async (
  owner: Db,
  types: Types,
  resource: AnyResource,
  waiting: readonly Waiting[],
): Promise<void> => {
  for (const one of waiting) {
    try {
      await adoptAll(owner, types, resource, [one]);
    } catch (error) {
      await owner.query(sql.unsafe`
        insert into fhir.not_adopted (id, reason) values (${one.id}, ${reasonOf(error)})
        on conflict (id) do update set reason = excluded.reason, tried_at = excluded.tried_at
      `);
    }
  }
};

/** The name of the rule and the element: never what the resource says. */
const reasonOf = (error: unknown): string => {
  const { refusal, extra, expression } = error as {
    refusal?: string;
    extra?: { expression?: string };
    expression?: string;
  };
  const { constraint, code } = causeOf(error);
  return [refusal ?? constraint ?? code ?? (error as Error).name, extra?.expression ?? expression]
    .filter(Boolean)
    .join(' at ');
};

/** The same transaction, as an import. */
const asHistory = (tx: Db): Db => {
  const history: Db = {
    ...tx,
    origin: 'import',
    transaction: (work) => work(history),
    savepoint: (work) => tx.savepoint((inner) => work(asHistory(inner))),
  };
  return history;
};

/** How many of which type are waiting in vain, for the log of a start. */
export const notAdopted = async (db: Db): Promise<readonly { type: string; count: number }[]> =>
  (await db.any(sql.unsafe`
    select r.type, count(*)::int as count from fhir.not_adopted n join fhir.resource r on r.id = n.id group by r.type order by r.type
  `)) as readonly { type: string; count: number }[];
