import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import {
  BackendTerminatedError,
  BackendTerminatedUnexpectedlyError,
  ConnectionError,
  createPool,
  createSqlTag,
  type DatabasePool,
  type DatabasePoolConnection,
  type DatabaseTransactionConnection,
  type Interceptor,
  InvalidInputError,
  type QueryResultRow,
  SchemaValidationError,
} from 'slonik';
import type { Actor } from './actor.ts';

export const sql = createSqlTag();
export type Fragment = ReturnType<typeof sql.fragment>;
export type Query = ReturnType<typeof sql.unsafe>;

const queryMethods = ['any', 'anyFirst', 'exists', 'maybeOne', 'maybeOneFirst', 'one', 'oneFirst', 'query'] as const;
type QueryMethods = Pick<DatabasePoolConnection, (typeof queryMethods)[number]>;

export type Origin = 'here' | 'import';
/** Who hears of it live: everybody who is signed in, one user, or those who hold a permission. */
export type Audience = { userId: string } | { permission: string };
export type Announced = { name: string; subjectId: string; only?: Audience };

/**
 * A connection that carries who asks. `one` without a row is a 404.
 * Everything that touches data takes it first, so the same function works alone and inside a transaction.
 */
export interface Db extends QueryMethods {
  readonly actor: Actor;
  readonly origin: Origin;
  readonly policy: SeePolicy;
  /** Inside a transaction it joins that one. Runs again after 40001 and 40P01: nothing in it may reach outside the database. */
  transaction<R>(work: (tx: Db) => Promise<R>): Promise<R>;
  /** Like `transaction`, but inside one a refusal takes back only this part. */
  savepoint<R>(work: (tx: Db) => Promise<R>): Promise<R>;
  /** Tells this and other processes, after the commit, that something has happened; never after a rollback. */
  announce(event: Announced): void;
}

export type SeePolicy = 'open' | 'sites' | 'care-relation';

// -- rows -------------------------------------------------------------------------------------------------------------

const iso = (value: string): string =>
  value.includes('infinity')
    ? value
    : value
        .replace(' ', 'T')
        .replace(/([+-]\d\d)$/, '$1:00')
        .replace('+00:00', 'Z');
const asIs = (value: string): string => value;
const safeInteger = (value: string): number => {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError('a bigint beyond 2^53 cannot be a number');
  return number;
};

const typeParsers = [
  { name: 'timestamptz', parse: iso },
  { name: 'timestamp', parse: (value: string) => value.replace(' ', 'T') },
  { name: 'date', parse: asIs },
  { name: 'numeric', parse: asIs },
  { name: 'interval', parse: asIs },
  { name: 'int8', parse: safeInteger },
];

const camel = new Map<string, string>();
export const camelCase = (name: string): string => {
  let known = camel.get(name);
  if (known === undefined) {
    known = name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    camel.set(name, known);
  }
  return known;
};

/** Names first, then the check: a row that is not what its schema says never leaves the database layer. */
const checkRows: Interceptor = {
  name: 'check-rows',
  transformRow({ resultParser }, query, row) {
    const named: Record<string, unknown> = {};
    for (const name in row) named[camelCase(name)] = row[name];
    if (!resultParser) return named as QueryResultRow;
    const result = resultParser['~standard'].validate(named);
    if (result instanceof Promise) throw new TypeError('row schemas must be synchronous');
    if (result.issues) throw new SchemaValidationError(query, row, result.issues);
    return result.value as QueryResultRow;
  },
};

// -- prepared statements ------------------------------------------------------------------------------------------------

const mostPrepared = 2000;
const statementNames = new Map<string, string>();

/** Every statement is prepared under the hash of its text, so each connection parses and plans it once. */
const prepareByText: Interceptor = {
  name: 'prepare-by-text',
  transformQuery(_context, query) {
    let name = statementNames.get(query.sql);
    if (name === undefined && statementNames.size < mostPrepared) {
      name = createHash('sha1').update(query.sql).digest('base64url');
      statementNames.set(query.sql, name);
    }
    return name === undefined ? query : { ...query, name };
  },
};

// -- pools --------------------------------------------------------------------------------------------------------------

export interface PoolOptions {
  max: number;
  statementTimeout?: number;
  /** How long to wait for a connection, milliseconds. A command waits; whoever answers people does not let them. */
  connectionTimeout?: number;
}

/** `resetConnection` is off: its DISCARD ALL costs a round trip and forgets prepared statements. Session state is only ever set local. */
export const openPool = (
  uri: string,
  { max, statementTimeout = 15_000, connectionTimeout = 20_000 }: PoolOptions,
): Promise<DatabasePool> =>
  createPool(withLimits(uri), {
    maxPoolSize: max,
    resetConnection: async () => {},
    queryRetryLimit: 0,
    transactionRetryLimit: 4,
    connectionTimeout,
    connectionRetryLimit: 0,
    idleTimeout: 60_000,
    statementTimeout,
    typeParsers,
    interceptors: [prepareByText, checkRows],
  });

const withLimits = (uri: string): string => {
  const url = new URL(uri);
  if (!url.searchParams.has('options')) url.searchParams.set('options', '-c lock_timeout=5000');
  return url.toString();
};

/**
 * An error is carried out by value: thrown through Slonik it would destroy the connection
 * (measured: 900 refused bookings cost 900 new backends). One that says the connection is gone has to: the pool would
 * give it to the next who asks.
 */
const connected = async <R>(
  pool: DatabasePool,
  work: (connection: DatabasePoolConnection) => Promise<R>,
): Promise<R> => {
  const outcome = await pool.connect<{ value: R } | { error: unknown }>((connection) =>
    work(connection).then(
      (value) => ({ value }),
      (error: unknown) => {
        if (isConnectionGone(error)) throw error;
        return { error };
      },
    ),
  );
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
};

const methodsOf = (
  run: <T>(work: (c: DatabasePoolConnection | DatabaseTransactionConnection) => Promise<T>) => Promise<T>,
): QueryMethods =>
  Object.fromEntries(
    queryMethods.map((method) => [
      method,
      (query: never) => run((c) => (c[method] as (q: never) => Promise<unknown>)(query)),
    ]),
  ) as unknown as QueryMethods;

interface Asking {
  actor: Actor;
  origin?: Origin;
  policy: SeePolicy;
  announce?: (events: readonly Announced[]) => void;
}

/** The database as one actor sees it. Cheap: one object a request. */
export const databaseFor = (pool: DatabasePool, asking: Asking): Db => {
  const { actor, origin = 'here', policy, announce = () => {} } = asking;
  const transaction: Db['transaction'] = async (work) => {
    let events: Announced[] = [];
    const value = await connected(pool, (connection) =>
      connection.transaction(async (c) => {
        events = [];
        await c.query(setActor(actor));
        return work(joined(c, asking, events));
      }),
    );
    if (events.length > 0) announce(events);
    return value;
  };
  return {
    actor,
    origin,
    policy,
    ...methodsOf((work) => connected(pool, work)),
    transaction,
    savepoint: transaction,
    announce: (event) => announce([event]),
  };
};

const setActor = (actor: Actor): Query =>
  sql.unsafe`select set_config('openward.actor', ${actor.id ?? ''}, true), set_config('openward.patient_id', ${actor.patientId ?? ''}, true)`;

const joined = (c: DatabaseTransactionConnection, asking: Asking, events: Announced[]): Db => {
  const tx: Db = {
    actor: asking.actor,
    origin: asking.origin ?? 'here',
    policy: asking.policy,
    ...methodsOf((work) => work(c)),
    transaction: (work) => work(tx),
    savepoint: async (work) => {
      const inner: Announced[] = [];
      const value = await c.transaction((nested) => work(joined(nested, asking, inner)), 0);
      events.push(...inner);
      return value;
    },
    announce: (event) => void events.push(event),
  };
  return tx;
};

/**
 * Called before a transaction, it gives a way to use other connections within it, which Slonik else takes for a slip: for what
 * should be seen before the commit, such as progress, and for reading side by side.
 */
export const besides = (): (<R>(work: () => Promise<R>) => Promise<R>) => AsyncLocalStorage.snapshot();

/**
 * Of `visit_room_id_fkey` of the table `visit`: `room_id`, as PostgreSQL names what nobody has named. The detail of its error would
 * say it, but not of tables under row-level security.
 */
const columnsIn = (constraint: string, table: unknown): string[] => {
  const rest =
    typeof table === 'string' && constraint.startsWith(`${table}_`) ? constraint.slice(table.length + 1) : '';
  return /^(\w+)_(?:fkey|key|check)$/.exec(rest)?.[1]?.split(/(?<=_id)_/) ?? [];
};

interface Said {
  cause?: unknown;
  code?: unknown;
  constraint?: unknown;
  table?: unknown;
}

/** What the driver said beneath Slonik's error: SQLSTATE or system error code, the constraint and the columns it is about. */
export const causeOf = (error: unknown): { code?: string; constraint?: string; columns?: string[] } => {
  for (let at = error as Said | undefined; at; at = at.cause as Said | undefined) {
    const { code, constraint, table } = at;
    // The one that Slonik carries no cause of.
    if (at instanceof InvalidInputError) return { code: '22P02' };
    if (typeof code === 'string' && /^([0-9A-Z]{5}|E[A-Z]+)$/.test(code))
      return { code, ...(typeof constraint === 'string' ? { constraint, columns: columnsIn(constraint, table) } : {}) };
  }
  return {};
};

/** What `pg` and Slonik say, without a code, of a connection that died before they were asked. */
const afterDeath = /not queryable|^Client (is|was) (destroyed|pending destroy|closed)/;

/** Whether the connection that said so is of no use any more, or never came to be. */
export const isConnectionGone = (error: unknown): boolean => {
  if (
    error instanceof ConnectionError ||
    error instanceof BackendTerminatedError ||
    error instanceof BackendTerminatedUnexpectedlyError
  )
    return true;
  const { code } = causeOf(error);
  return code === undefined
    ? error instanceof Error && afterDeath.test(error.message)
    : /^(08|57P|E(CONN|PIPE|TIMEDOUT|AI))|^(ENOENT|EHOSTUNREACH)$/.test(code);
};
