import { z } from 'zod';
import { sql, type Db } from '../../core/database.ts';

const Column = z.strictObject({ relation: z.string(), columnName: z.string() });
const Row = z.object({ line: z.string() });

/** By which columns rows belong to a patient; a table with two of them stands here twice. */
export const referenceColumns = (db: Db) =>
  db.any(sql.type(Column)`select relation::text, column_name from patients.reference_columns()`);

const tableOf = (relation: string) => sql.identifier(relation.split('.'));

/**
 * Every row of these two, by table, as text; without what only counts on. Relations that have ended say
 * nothing, and circles, and whom orders relate, follow from when a row was last changed.
 */
export const rowsOf = async (db: Db, ids: readonly string[]): Promise<Record<string, readonly string[]>> => {
  const found: Record<string, readonly string[]> = {};
  const patients = sql.array([...ids], 'uuid');
  for (const { relation, columnName } of await referenceColumns(db))
    found[`${relation} ${columnName}`] = await db.anyFirst(sql.type(Row)`
      select (to_jsonb(t) - '{version,updated_at,updated_by}'::text[])::text as line from ${tableOf(relation)} t
      where ${sql.identifier(['t', columnName])} = any(${patients}) order by 1
    `);
  for (const relation of ['core.access_relation', 'core.subject_site', 'core.subject_label'])
    found[relation] = await db.anyFirst(sql.type(Row)`
      select to_jsonb(t)::text as line from ${tableOf(relation)} t
      where t.subject_id = any(${patients}) and to_jsonb(t) ->> 'kind' is distinct from 'order' and coalesce((to_jsonb(t) ->> 'until')::timestamptz > core.now(), true) order by 1
    `);
  found['patients.patient'] = await db.anyFirst(sql.type(Row)`
    select (to_jsonb(t) - '{version,updated_at,updated_by}'::text[])::text as line from patients.patient t where id = any(${patients}) order by 1
  `);
  return found;
};

/** By which columns these rows belong to a patient. */
export const heldBy = (rows: Record<string, readonly string[]>, id: string): Set<string> =>
  new Set(
    Object.keys(rows).filter((name) => {
      const [, column] = name.split(' ');
      return column && rows[name]!.some((line) => JSON.parse(line)[column] === id);
    }),
  );

/** How many rows refer to a patient. */
export const countRows = async (db: Db, id: string): Promise<number> =>
  Object.entries(await rowsOf(db, [id]))
    .filter(([name]) => / /.test(name))
    .reduce((sum, [, rows]) => sum + rows.length, 0);

const Totals = z.strictObject({ totals: z.string() });

/** Money by patient, these two as one; money and stock of the house. */
export const totalsOf = (db: Db, ids: readonly string[]): Promise<string> =>
  db.oneFirst(sql.type(Totals)`
    select jsonb_build_object(
      'invoiced', (select jsonb_build_object('n', count(*), 'total', sum(total_minor), 'paid', sum(paid_minor), 'open', sum(open_minor)) from billing.invoice where patient_id = any(two)),
      'charged', (select jsonb_build_object('n', count(*), 'total', sum(amount_minor)) from billing.charge_item where patient_id = any(two)),
      'paid', (select jsonb_build_object('n', count(*), 'total', sum(amount_minor)) from billing.payment where patient_id = any(two)),
      'claimed', (select sum(submitted_minor) from insurance.claim_line where patient_id = any(two)),
      'of the house', (select jsonb_build_object('invoiced', (select sum(total_minor) from billing.invoice), 'paid', (select sum(amount_minor) from billing.payment),
        'posted', (select sum(amount_minor) from billing.posting), 'stock', (select sum(quantity) from pharmacy.stock_movement)))
    )::text as totals
    from (select ${sql.array([...ids], 'uuid')} as two) asked
  `);
