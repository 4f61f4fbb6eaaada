import { maySee } from '../../core/access.ts';
import { sql, type Db, type Fragment } from '../../core/database.ts';
import { refuse } from '../../core/refuse.ts';
import type { AnyResource } from '../resource.ts';
import { columnsOf, rowOf, tableOf, visible, type Row } from '../rows.ts';
import { all, either } from './parameter.ts';
import { askedOf, type Condition, type Query } from './query.ts';

const conditionOf = (db: Db, condition: Condition): Fragment => {
  const { parameter, modifier, values } = condition;
  if (modifier === 'missing') {
    const missing = parameter.missing('it');
    return values[0] === 'true' ? missing : sql.fragment`not ${missing}`;
  }
  const any = either(
    values.map((value) => parameter.matches('it', askedOf(condition, value), (column) => maySee(db, column))),
  );
  // Without a value the row is not what was excluded.
  return modifier === 'not' ? sql.fragment`${any} is not true` : any;
};

const whereOf = (db: Db, resource: AnyResource, conditions: readonly Condition[]): Fragment =>
  all([visible(db, resource), ...conditions.map((each) => conditionOf(db, each))]);

/** Where the page before ended: the values of its last row in the order of the sort, then its id. */
export type Cursor = readonly (string | null)[];

interface Key {
  by: Fragment;
  descending: boolean;
}
const keysOf = (query: Query): Key[] => [
  ...query.sort.map(({ parameter, descending }) => ({
    by: parameter.order?.('it') ?? sql.fragment`it.id`,
    descending,
  })),
  { by: sql.fragment`it.id`, descending: false },
];

/** Rows after the cursor; nulls stand last in both directions. */
const after = (keys: readonly Key[], cursor: Cursor): Fragment => {
  const [key, ...more] = keys;
  const [value = null, ...rest] = cursor;
  if (!key) return sql.fragment`false`;
  const beyond =
    value === null
      ? sql.fragment`false`
      : key.descending
        ? sql.fragment`(${key.by} < ${value} or ${key.by} is null)`
        : sql.fragment`(${key.by} > ${value} or ${key.by} is null)`;
  const same = value === null ? sql.fragment`${key.by} is null` : sql.fragment`${key.by} = ${value}`;
  return more.length === 0 ? beyond : sql.fragment`(${beyond} or (${same} and ${after(more, rest)}))`;
};

/** One page of what matches, and whether there is more. */
export const findRows = async (
  db: Db,
  resource: AnyResource,
  query: Query,
  cursor: Cursor | null,
): Promise<{ rows: Row[]; next: Cursor | null }> => {
  const keys = keysOf(query);
  const sorts = keys
    .slice(0, -1)
    .map(({ by }, index) => sql.fragment`${by} as ${sql.identifier([`fhir_sort_${index + 1}`])}`);
  const order = keys.map(({ by, descending }) =>
    descending ? sql.fragment`${by} desc nulls last` : sql.fragment`${by} nulls last`,
  );
  if (cursor && cursor.length !== keys.length) throw refuse('cursor_unusable');
  const found = await db.any(sql.unsafe`
    select ${sql.join([columnsOf(db, resource), ...sorts], sql.fragment`, `)}
    from ${tableOf(resource)} it
    where ${whereOf(db, resource, query.conditions)} and ${cursor ? after(keys, cursor) : sql.fragment`true`}
    order by ${sql.join(order, sql.fragment`, `)}
    limit ${query.count + 1}
  `);
  const rows = found.slice(0, query.count).map((each) => rowOf(resource, each as Record<string, unknown>));
  const last = rows.at(-1);
  return { rows, next: found.length > query.count && last ? [...last.sort, last.id] : null };
};

export const countRows = async (db: Db, resource: AnyResource, conditions: readonly Condition[]): Promise<number> =>
  (await db.oneFirst(
    sql.unsafe`select count(*)::int from ${tableOf(resource)} it where ${whereOf(db, resource, conditions)}`,
  )) as number;

/** Ids of what matches, at most `limit`: for conditional creates and references. */
export const findIds = async (
  db: Db,
  resource: AnyResource,
  conditions: readonly Condition[],
  limit: number,
): Promise<string[]> =>
  (await db.anyFirst(sql.unsafe`
    select it.id from ${tableOf(resource)} it where ${whereOf(db, resource, conditions)} order by it.id limit ${limit}
  `)) as string[];
