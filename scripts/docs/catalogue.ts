import { z } from 'zod';
import { sql, type Db } from '../../core/database.ts';

const Column = z.strictObject({
  table: z.string(),
  name: z.string(),
  type: z.string(),
  required: z.boolean(),
  key: z.boolean(),
  comment: z.string().nullable(),
});
const Reference = z.strictObject({
  table: z.string(),
  columns: z.array(z.string()),
  toSchema: z.string(),
  toTable: z.string(),
  /** The parent may be missing. */
  optional: z.boolean(),
  /** A parent has one child at most. */
  once: z.boolean(),
});
const Rule = z.strictObject({ table: z.string(), name: z.string(), kind: z.string(), definition: z.string() });
const Table = z.strictObject({ name: z.string(), comment: z.string().nullable(), confined: z.boolean() });

export interface Schema {
  name: string;
  tables: readonly z.infer<typeof Table>[];
  columns: readonly z.infer<typeof Column>[];
  references: readonly z.infer<typeof Reference>[];
  rules: readonly z.infer<typeof Rule>[];
}

/** One schema as PostgreSQL knows it, everything in the order of its names. The table of node-pg-migrate is left out. */
export const readSchema = async (db: Db, name: string): Promise<Schema> => {
  const ours = sql.fragment`c.relnamespace = to_regnamespace(${name}) and c.relkind in ('r', 'p') and not c.relispartition
    and c.relname not in ('migration', 'migration_file')`;
  const tables = await db.any(sql.type(Table)`
    select c.relname::text as name, obj_description(c.oid) as comment,
      exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'patient_own') as confined
    from pg_class c where ${ours} order by c.relname::text collate "C"
  `);
  const columns = await db.any(sql.type(Column)`
    select c.relname::text as table, a.attname::text as name, format_type(a.atttypid, null) as type, a.attnotnull as required,
      exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'p' and a.attnum = any (k.conkey)) as key,
      col_description(c.oid, a.attnum) as comment
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where ${ours} order by c.relname::text collate "C", a.attnum
  `);
  const references = await db.any(sql.type(Reference)`
    select c.relname::text as table, k.columns, n.nspname::text as to_schema, p.relname::text as to_table, k.optional,
      exists (
        select from pg_index i where i.indrelid = c.oid and i.indisunique and i.indpred is null
          and (select array_agg(x order by x) from unnest(i.indkey) x) = (select array_agg(x order by x) from unnest(f.conkey) x)
      ) as once
    from pg_class c
    join pg_constraint f on f.conrelid = c.oid and f.contype = 'f'
    join pg_class p on p.oid = f.confrelid
    join pg_namespace n on n.oid = p.relnamespace
    cross join lateral (
      select array_agg(a.attname::text order by u.n) as columns, bool_or(not a.attnotnull) as optional
      from unnest(f.conkey) with ordinality u (attnum, n) join pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum
    ) k
    where ${ours} order by c.relname::text collate "C", k.columns::text collate "C", p.relname::text collate "C"
  `);
  const rules = await db.any(sql.type(Rule)`
    select * from (
      select c.relname::text as table, k.conname::text as name,
        case k.contype when 'c' then 'check' when 'x' then 'exclusion' when 'u' then 'unique' when 'f' then 'reference' end as kind,
        pg_get_constraintdef(k.oid) as definition
      from pg_class c join pg_constraint k on k.conrelid = c.oid and k.contype in ('c', 'x', 'u', 'f')
      where ${ours}
      union all
      select c.relname::text, i.relname::text, 'unique index', regexp_replace(pg_get_indexdef(i.oid), '^.* USING ', '')
      from pg_class c join pg_index x on x.indrelid = c.oid and x.indisunique join pg_class i on i.oid = x.indexrelid
      where ${ours} and not exists (select from pg_constraint k where k.conindid = i.oid)
      union all
      select distinct coalesce(c.relname::text, ''), m.found[1], 'trigger', p.proname || '()'
      from pg_proc p
      cross join lateral regexp_matches(p.prosrc, 'constraint = ''(\\w+)''', 'g') m (found)
      left join pg_trigger t on t.tgfoid = p.oid and t.tgparentid = 0
      left join pg_class c on c.oid = t.tgrelid
      where p.pronamespace = to_regnamespace(${name})
    ) rule
    order by "table" collate "C", name collate "C", kind
  `);
  return { name, tables, columns, references, rules };
};

/** PostgreSQL's own names (`visit_pkey`, `price_code_check1`) say nothing; a name of ours reads as the rule. */
export const isNamed = ({ name, table }: z.infer<typeof Rule>): boolean =>
  !new RegExp(`^${table}_.*(check|fkey|key|pkey|excl)\\d*$|^${table}_(check|pkey)\\d*$`).test(name);
