import { createHash, randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import pg from 'pg';
import { service } from '../core/actor.ts';
import { setClock } from '../core/clock.ts';
import { readConfig } from '../core/config.ts';
import { databaseFor, openPool, sql, type Db } from '../core/database.ts';
import { openHms, prepareDatabase, type Hms } from '../core/hms.ts';
import { isPlatform, loadPlugins, type LoadedPlugin } from '../core/loader.ts';
import { fingerprint } from '../core/migrations.ts';
import { createDatabase, dropDatabase } from '../core/postgres/index.ts';
import { hashPassword } from '../plugins/auth/password.ts';
import { roles } from '../plugins/auth/roles/defaults.ts';
import { seed } from '../scripts/demo.ts';
import { checkAnswer } from './answers.ts';
import { testPostgres } from './postgres.ts';

export interface Answer {
  status: number;
  // Tests look at what came back as their reader sees it; each says what it expects.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
  headers: Headers;
}
type Headed = Record<string, string>;

export interface Client {
  token: string;
  get: (path: string, headers?: Headed) => Promise<Answer>;
  post: (path: string, body?: unknown, headers?: Headed) => Promise<Answer>;
  put: (path: string, body?: unknown, headers?: Headed) => Promise<Answer>;
  del: (path: string, headers?: Headed) => Promise<Answer>;
  fetch: (path: string, init?: RequestInit) => Promise<Response>;
}

export interface TestHms {
  url: string;
  hms: Hms;
  /** Signs in through the front door as that role's user. */
  as: (role: string) => Promise<Client>;
  anonymous: Client;
  /** The owner's connection, for arranging and looking. */
  db: Db;
  /** One statement as the superuser, for what no role of ours may do. */
  asAdmin: (statement: string) => Promise<unknown>;
  /** Delivers every waiting event. */
  settle: () => Promise<void>;
  setClock: (at: string, speed?: number) => Promise<unknown>;
  stop: () => Promise<void>;
}

export interface TestOptions {
  /** Hospital time at the start; it stands still unless `speed` says otherwise. */
  now?: string;
  speed?: number;
  env?: Record<string, string>;
  /** The demo hospital of this size, made before the server starts. */
  demo?: { patients: number; visitsPerPatient: number };
}

export const password = 'openward-demo';
const pepper = 'openward-development-pepper-is-no-secret';

/**
 * A hospital with these plugins (names or paths; what they need is not added silently) on a real socket and a database of
 * its own, cloned from a migrated template that all files with the same plugins share.
 */
export const startHms = (names: readonly string[], options: TestOptions = {}): Promise<TestHms> =>
  start(names, options).catch((error: unknown) => {
    console.error(error); // uvu keeps what a hook throws to itself
    process.exit(1);
  });

const start = async (wanted: readonly string[], { now, speed = 0, env = {}, demo }: TestOptions): Promise<TestHms> => {
  const postgres = await testPostgres();
  // `npm run plugin-matrix` tries a file of tests with fewer plugins, and asks with which it ran.
  const { OPENWARD_TEST_WITHOUT: without = '', OPENWARD_TEST_SETS: sets } = process.env;
  const names = wanted.filter((name) => !without.split(',').includes(name));
  const plugins = await loadPlugins(names);
  if (sets) appendFileSync(sets, `${JSON.stringify(names)}\n`);
  const template = await (demo
    ? filledTemplateFor(postgres.urls, plugins, demo, now)
    : templateFor(postgres.urls, plugins));
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await createDatabase(postgres.urls.admin, name, { template });
  const urls = {
    owner: inDatabase(postgres.urls.owner, name),
    app: inDatabase(postgres.urls.app, name),
    patient: inDatabase(postgres.urls.patient, name),
  };
  const pool = await openPool(urls.owner, { max: 3, statementTimeout: 120_000 });
  const db = databaseFor(pool, { actor: service('test'), policy: 'open' });
  if (now) await setClock(db, now, speed);
  const config = readConfig(
    {
      NODE_ENV: 'test',
      PORT: '0',
      LOG_LEVEL: 'error',
      OPENWARD_DEMO: '0',
      // What production would not start with.
      ...(env.NODE_ENV !== 'production' && { OPENWARD_PASSWORD_COST: '4', OPENWARD_ADMIN_SECOND_FACTOR: '0' }),
      OPENWARD_LIMITS: 'all=100000000',
      ...env,
    },
    plugins,
  );
  const hms = await openHms({ config, plugins, urls });
  hms.server.ext('onPreResponse', checkAnswer);
  const url = `http://127.0.0.1:${hms.server.info.port}`;
  const clients = new Map<string, Promise<Client>>();
  const signIn = async (role: string): Promise<Client> => {
    const { status, body } = await clientOf(url, '').post('/api/auth/login', { username: role, password });
    if (status !== 200) throw new Error(`${role} cannot sign in: ${status} ${JSON.stringify(body)}`);
    return clientOf(url, (body as { accessToken: string }).accessToken);
  };
  return {
    url,
    hms,
    db,
    anonymous: clientOf(url, ''),
    as(role) {
      const client = clients.get(role) ?? signIn(role);
      clients.set(role, client);
      return client;
    },
    async asAdmin(statement) {
      const client = new pg.Client({ connectionString: inDatabase(postgres.urls.admin, name) });
      await client.connect();
      await client.query(statement).finally(() => client.end());
    },
    settle: async () => hms.relay?.drain(),
    setClock: (at, pace = 0) => setClock(db, at, pace),
    async stop() {
      await hms.stop();
      await pool.end();
      await dropDatabase(postgres.urls.admin, name);
      await postgres.stop();
    },
  };
};

const inDatabase = (url: string, name: string): string => url.replace(/\/[^/?]*(\?|$)/, `/${name}$1`);

/** The same with the demo's data of a moment, for files that ask for as much of it at the same time. */
const filledTemplateFor = async (
  urls: { admin: string; owner: string },
  plugins: readonly LoadedPlugin[],
  demo: NonNullable<TestOptions['demo']>,
  now: string | undefined,
): Promise<string> => {
  const empty = await templateFor(urls, plugins);
  // Without a time it is the time of now, and tests count on that.
  const asked = JSON.stringify([empty, demo, now ?? randomUUID()]);
  return make(urls, `template_${createHash('sha1').update(asked).digest('hex').slice(0, 20)}`, empty, async (owner) => {
    const pool = await openPool(owner, { max: 1 });
    if (now) await setClock(databaseFor(pool, { actor: service('test'), policy: 'open' }), now, 0);
    await pool.end();
    await seed(owner, plugins, readConfig({ NODE_ENV: 'test' }, plugins), demo, { step: () => {}, within: () => {} });
  });
};

/**
 * Migrated once for each set of plugins and each state of their migrations, whichever test file comes first. Those with a
 * clinical record begin from one that has it: its list of diagnoses takes longer than everything else.
 */
const templateFor = async (
  urls: { admin: string; owner: string },
  plugins: readonly LoadedPlugin[],
): Promise<string> => {
  const grants = JSON.stringify(plugins.map(({ roles: granted }) => granted));
  const name = `template_${createHash('sha1')
    .update(fingerprint(plugins) + grants)
    .digest('hex')
    .slice(0, 20)}`;
  const ofRecord = plugins.filter((it) => isPlatform(it) || ['auth', 'facility', 'patients', 'ehr'].includes(it.name));
  const hasRecord = plugins.some((plugin) => plugin.name === 'ehr');
  const first = hasRecord && ofRecord.length < plugins.length ? await templateFor(urls, ofRecord) : undefined;
  return make(urls, name, first, async (owner) => {
    await prepareDatabase(owner, plugins);
    if (!first && plugins.some((plugin) => plugin.name === 'auth')) await addUsers(owner);
  });
};

/** A template is made by whichever process asks first; the others wait. */
const make = async (
  urls: { admin: string; owner: string },
  name: string,
  from: string | undefined,
  fill: (owner: string) => Promise<unknown>,
): Promise<string> => {
  const client = new pg.Client({ connectionString: urls.admin });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock(hashtext($1))', [name]);
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount) return name;
    const making = `${name}_making`;
    await dropDatabase(urls.admin, making);
    await createDatabase(urls.admin, making, from ? { template: from } : {});
    await fill(inDatabase(urls.owner, making));
    await client.query(`alter database ${making} rename to ${name}`);
    return name;
  } finally {
    await client.end();
  }
};

/** One user for each role; the cheapest hash, for they sign in often. */
const addUsers = async (ownerUrl: string): Promise<void> => {
  const pool = await openPool(ownerUrl, { max: 1 });
  const db = databaseFor(pool, { actor: service('test'), policy: 'open' });
  const hash = await hashPassword(password, { passwordPepper: pepper, passwordCost: 4 });
  await db.query(sql.unsafe`
    with made as (
      insert into auth."user" (username, display_name, password_hash)
      select name, initcap(name), ${hash} from unnest(${sql.array([...roles], 'text')}) name
      returning id, username
    )
    insert into auth.user_role (user_id, role) select id, username::text from made
  `);
  await pool.end();
};

export const clientOf = (url: string, token: string): Client => {
  const headersOf = (more: Headed = {}): Headed => ({
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    ...more,
  });
  const call = async (method: string, path: string, body?: unknown, more?: Headed): Promise<Answer> => {
    const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const type: Headed = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(url + path, { method, ...sent, headers: headersOf({ ...type, ...more }) });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return {
      status: response.status,
      body: isJson && text ? (JSON.parse(text) as unknown) : text,
      headers: response.headers,
    };
  };
  return {
    token,
    get: (path, headers) => call('GET', path, undefined, headers),
    post: (path, body, headers) => call('POST', path, body ?? {}, headers),
    put: (path, body, headers) => call('PUT', path, body ?? {}, headers),
    del: (path, headers) => call('DELETE', path, undefined, headers),
    fetch: (path, init = {}) => fetch(url + path, { ...init, headers: headersOf(init.headers as Headed) }),
  };
};
