import { sql, type Db, type Fragment } from '../../../core/database.ts';

type Type = 'uuid' | 'text' | '_text' | 'timestamptz' | 'date' | 'numeric' | 'int4' | 'bool' | 'jsonb';
type Columns = Readonly<Record<string, Type>>;

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const listed = (parts: readonly Fragment[]): Fragment => sql.fragment`${sql.join([...parts], sql.fragment`, `)}`;
const names = (columns: readonly string[]): Fragment =>
  listed(columns.map((name) => sql.fragment`${sql.identifier([snake(name)])}`));

/**
 * Statements over a table whose columns FHIR fills one to one: rows go in as one JSON value, however many they are.
 * A column that an input leaves out keeps its default on insert and its value on update.
 */
export const tableOf = <C extends Columns>(table: string, columns: C) => {
  const target = sql.identifier(table.split('.'));
  type Input = { readonly [K in keyof C]?: unknown };
  const given = (input: Input): string[] => Object.keys(columns).filter((name) => input[name] !== undefined);
  const record = (used: readonly string[]): Fragment =>
    listed(
      ['id', ...used].map(
        (name) =>
          sql.fragment`${sql.identifier([snake(name)])} ${sql.identifier([name === 'id' ? 'uuid' : columns[name]!])}`,
      ),
    );
  const toJson = (id: string, input: Input): Record<string, unknown> => ({
    id,
    ...Object.fromEntries(given(input).map((name) => [snake(name), input[name]])),
  });
  return {
    /** Select list with alias `it`. */
    columns: listed(['id', ...Object.keys(columns)].map((name) => sql.fragment`it.${sql.identifier([snake(name)])}`)),
    async insert(tx: Db, rows: readonly { id: string; input: Input }[]): Promise<void> {
      for (const alike of Map.groupBy(rows, ({ input }) => given(input).join()).values()) {
        const used = given(alike[0]!.input);
        await tx.query(sql.unsafe`
          insert into ${target} (${names(['id', ...used])})
          select ${names(['id', ...used])} from jsonb_to_recordset(${JSON.stringify(alike.map(({ id, input }) => toJson(id, input)))}::jsonb) r (${record(used)})
        `);
      }
    },
    async update(tx: Db, id: string, version: number, input: Input): Promise<boolean> {
      const used = given(input);
      const { rowCount } = await tx.query(sql.unsafe`
        update ${target} it set (${names(used)}) = row(${listed(used.map((name) => sql.fragment`r.${sql.identifier([snake(name)])}`))})
        from jsonb_to_record(${JSON.stringify(toJson(id, input))}::jsonb) r (${record(used)})
        where it.id = r.id and it.version = ${version}
      `);
      return rowCount > 0;
    },
  };
};
