import pg from 'pg';

export interface Statement {
  text: string;
  values: unknown[];
  /** The first row: what later statements use of it. */
  result?: unknown[];
}

/**
 * Writes down what each request sends to the database, transaction statements included, by listening at the driver. The
 * requests of a capture run one after the other, so whatever the pool `app` sends belongs to the one under way.
 */
export const captureStatements = (isOurs: (client: pg.Client) => boolean) => {
  let current: Statement[] | undefined;
  const original = pg.Client.prototype.query as (...args: unknown[]) => unknown;
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [config, values] = args as [string | { text: string; values?: unknown[] }, unknown[] | undefined];
    const into = current;
    const sent = original.apply(this, args);
    if (into && isOurs(this)) {
      const statement: Statement =
        typeof config === 'string'
          ? { text: config, values: Array.isArray(values) ? values : [] }
          : { text: config.text, values: config.values ?? [] };
      into.push(statement);
      if (sent instanceof Promise)
        void sent.then(
          (result: pg.QueryResult) => {
            const row = result.rows?.[0] as Record<string, unknown> | unknown[] | undefined;
            if (row) statement.result = Object.values(row);
          },
          () => {},
        );
    }
    return sent;
  } as typeof pg.Client.prototype.query;
  return {
    begin: () => void (current = []),
    end: (): Statement[] => {
      const statements = current ?? [];
      current = undefined;
      return statements;
    },
  };
};

const isId = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value);
const isTransactional = /^(start transaction|begin|commit|rollback)/i;

/**
 * Sends the same statements through pg, each prepared under its text. Ids that the database draws anew are put where the
 * captured ones stood.
 */
export const replay = async (
  client: pg.PoolClient,
  statements: readonly Statement[],
  names: Map<string, string>,
): Promise<void> => {
  const fresh = new Map<unknown, unknown>();
  const renew = (value: unknown): unknown => {
    if (typeof value === 'string') {
      if (fresh.has(value)) return fresh.get(value);
      let renewed = value;
      for (const [old, drawn] of fresh) if (isId(old)) renewed = renewed.replaceAll(old, String(drawn));
      return renewed;
    }
    return Array.isArray(value) ? value.map(renew) : value;
  };
  for (const { text, values, result } of statements) {
    if (isTransactional.test(text)) {
      await client.query(text);
      continue;
    }
    let name = names.get(text);
    if (!name) names.set(text, (name = `bench_${names.size}`));
    const { rows } = await client.query<Record<string, unknown>>({ name, text, values: values.map(renew) });
    const drawn = Object.values(rows[0] ?? {});
    for (const [n, old] of (result ?? []).entries())
      if (drawn[n] !== undefined && drawn[n] !== old && (n === 0 || isId(old))) fresh.set(old, drawn[n]);
  }
};
