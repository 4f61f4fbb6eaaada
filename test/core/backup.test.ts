import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { readConfig } from '../../core/config.ts';
import { openHms, prepareDatabase } from '../../core/hms.ts';
import { loadPlugins, root } from '../../core/loader.ts';
import { createDatabase, startPostgres, urlsOf, type Postgres } from '../../core/postgres/index.ts';
import { seed } from '../../scripts/demo.ts';
import { clientOf, password } from '../hms.ts';
import { removeTestFolder, testFolder } from '../postgres.ts';

const test = suite<{ folder: string; server: Postgres; before: Map<string, string> }>('core: backup and restore');
const plugins = await loadPlugins(['auth', 'facility', 'patients', 'scheduling']);
const config = readConfig({ NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'error', OPENWARD_DEMO: '1' }, plugins);

test.before(async (at) => {
  at.folder = testFolder();
  at.server = await startPostgres({ home: join(at.folder, 'home'), durable: false });
  await prepareDatabase(at.server.urls.owner, plugins);
  const silent = { step: () => {}, within: () => {} };
  await seed(at.server.urls.owner, plugins, config, { patients: 40, visitsPerPatient: 2 }, silent);
  at.before = await contents(at.server.urls.admin);
});
test.after(async (at) => {
  await at.server?.stop();
  removeTestFolder(at.folder);
});

const script = (name: string, file: string, home: string, env: NodeJS.ProcessEnv = {}) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, `scripts/${name}.ts`), file], {
    env: { PATH: process.env.PATH, OPENWARD_HOME: home, ...env },
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
};

/** Rows and a checksum of every table. */
const contents = async (url: string): Promise<Map<string, string>> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(`
    select c.oid::regclass::text as name from pg_class c
    where c.relkind = 'r' and c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema') order by 1`);
  const found = new Map<string, string>();
  for (const { name } of rows) {
    const sum = await client.query<{ sum: string }>(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, e'\\n' order by t::text)), '') as sum from ${name} t`,
    );
    found.set(name, sum.rows[0]!.sum);
  }
  await client.end();
  return found;
};

test('every row of every table comes back, and the hospital opens', async ({ folder, server, before }) => {
  // Somebody goes on working meanwhile.
  const worker = new pg.Client({ connectionString: server.urls.admin });
  await worker.connect();
  await worker.query('create table public.worked as select n from generate_series(1, 100) n');
  let working = true;
  const work = (async () => {
    while (working) await worker.query('insert into public.worked select n from generate_series(1, 500) n');
  })();
  const file = join(folder, 'first.backup');
  const saved = await new Promise<ReturnType<typeof script>>((done) =>
    setTimeout(() => done(script('backup', file, join(folder, 'home'))), 50),
  );
  working = false;
  await work;
  await worker.end();
  assert.is(saved.status, 0, saved.said);
  assert.match(saved.said, /OPENWARD_PASSWORD_PEPPER/);
  assert.is(statSync(file).mode & 0o777, 0o600);

  const home = join(folder, 'restored');
  const restored = script('restore', file, home);
  assert.is(restored.status, 0, restored.said);
  const again = await startPostgres({ home, durable: false });
  try {
    const after = await contents(again.urls.admin);
    after.delete('worked');
    assert.ok(before.size > 40, String(before.size));
    // What the restore itself writes down, below.
    for (const name of ['core.audit', 'core.audit_seal', 'core.audit_export'])
      for (const all of [before, after]) all.delete(name);
    assert.equal([...after], [...before]);
    const entries = new pg.Client({ connectionString: again.urls.admin });
    await entries.connect();
    const { rows } = await entries.query(`select route, detail from core.audit join core.audit_seal on audit_id = id`);
    await entries.end();
    assert.equal(rows, [{ route: 'restore', detail: 'A backup was restored' }]);

    const hms = await openHms({ config, plugins, urls: again.urls });
    const url = `http://127.0.0.1:${hms.server.info.port}`;
    const { body } = await clientOf(url, '').post('/api/auth/login', { username: 'receptionist', password });
    const found = await clientOf(url, body.accessToken).post('/api/patients/search', { text: '1' });
    await hms.stop();
    assert.is(found.status, 200);
    assert.ok(found.body.items.length > 0);
  } finally {
    await again.stop();
  }
});

test('a damaged backup is refused and leaves nothing; a hospital is never written over', ({ folder }) => {
  const file = join(folder, 'damaged.backup');
  copyFileSync(join(folder, 'first.backup'), file);
  const bytes = readFileSync(file);
  bytes[Math.floor(bytes.length / 2)]! ^= 0xff;
  writeFileSync(file, bytes);
  const home = join(folder, 'empty');
  const { status, said } = script('restore', file, home);
  assert.is(status, 1);
  assert.match(said, /is damaged/);
  assert.not.ok(existsSync(join(home, 'instance')));
  const over = script('restore', join(folder, 'first.backup'), join(folder, 'home'));
  assert.match(over.said, /There is a hospital in .* already/);
});

test('a server of ours is saved by pg_dump of its version, or the sentence says what is missing', async ({
  folder,
  server,
  before,
}) => {
  const env = (name: string) => {
    const { owner, app, patient } = urlsOf(server.urls, name);
    return { DATABASE_OWNER_URL: owner, DATABASE_URL: app, DATABASE_PATIENT_URL: patient };
  };
  const file = join(folder, 'dumped.backup');
  const { status, said } = script('backup', file, join(folder, 'none'), env('openward'));
  if (status !== 0) return assert.match(said, /pg_dump.*PostgreSQL 18's is needed/);
  await createDatabase(server.urls.admin, 'second');
  const restored = script('restore', file, join(folder, 'none'), env('second'));
  assert.is(restored.status, 0, restored.said);
  const after = await contents(urlsOf(server.urls, 'second').admin);
  for (const [name, sum] of before) assert.is(after.get(name), sum, name);
});

test('a folder without a hospital is no hospital to save', ({ folder }) => {
  assert.match(script('backup', join(folder, 'x'), join(folder, 'nowhere')).said, /There is no hospital in/);
});
test.run();
