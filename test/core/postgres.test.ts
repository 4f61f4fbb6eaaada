import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openInstance } from '../../core/postgres/instance.ts';
import { createDatabase, dropDatabase, startPostgres, urlsOf, type Urls } from '../../core/postgres/index.ts';
import { isAlive, lockFile, readLock } from '../../core/postgres/lock.ts';
import { removeTestFolder, testFolder } from '../postgres.ts';

const test = suite('core: embedded PostgreSQL');

// A folder with a space and an accent, behind one that nobody else may enter: as root the hard case, as a user the usual one.
const closed = testFolder();
const home = join(closed, 'Föhr clinic', 'home');
const start = () => startPostgres({ home, durable: false });

test.before(() => chmodSync(closed, 0o700));
test.after(() => removeTestFolder(closed));

test('the first start makes the logins, the database and the extensions', async () => {
  const server = await start();
  assert.ok(server.started);
  const owner = await first(
    server.urls.owner,
    'select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user',
  );
  assert.equal(owner, { rolsuper: false, rolbypassrls: false, rolcreaterole: false });
  assert.equal(await first(server.urls.app, `select current_user as name, current_setting('timezone') as zone`), {
    name: 'app',
    zone: 'UTC',
  });
  assert.equal(await first(server.urls.patient, 'select current_user as name'), { name: 'patient' });
  const { extensions } = await first(
    server.urls.owner,
    `select string_agg(extname, ' ' order by extname) as extensions from pg_extension where extname <> 'plpgsql'`,
  );
  assert.is(extensions, 'btree_gist citext fuzzystrmatch pg_trgm pgcrypto unaccent');
  await rejects(server.urls.app, 'create table public.mine ()', '42501');
  await first(server.urls.owner, 'create table public.patient as select 1 as id');
  await server.stop();
});

test('passwords are kept where only their owner can read them', () => {
  assert.is(statSync(join(home, 'instance')).mode & 0o777, 0o600);
  assert.is(statSync(openInstance(home).data).mode & 0o777, 0o700);
});

test('a later start finds the rows, and a second one joins the running server', async () => {
  const server = await start();
  assert.equal(await first(server.urls.owner, 'select id from public.patient'), { id: 1 });
  const second = await start();
  assert.not.ok(second.started);
  assert.equal(second.urls, server.urls);
  await second.stop();
  assert.equal(
    await first(server.urls.owner, 'select id from public.patient'),
    { id: 1 },
    'who joined does not stop it',
  );
  await server.stop();
  assert.is(readLock(openInstance(home).data), undefined);
});

test('databases are copied from a template, with the same logins', async () => {
  const server = await start();
  await createDatabase(server.urls.admin, 'template_one');
  await first(urlsOf(server.urls, 'template_one').owner, 'create table public.bed as select 7 as id');
  await createDatabase(server.urls.admin, 'copy_one', { template: 'template_one' });
  const copy = urlsOf(server.urls, 'copy_one');
  assert.equal(await first(copy.owner, `select id, similarity('ward', 'ward') as alike from public.bed`), {
    id: 7,
    alike: 1,
  });
  assert.equal(await first(copy.app, 'select current_database() as name'), { name: 'copy_one' });
  await dropDatabase(server.urls.admin, 'copy_one');
  await dropDatabase(server.urls.admin, 'copy_one');
  await rejects(copy.app, 'select 1', '3D000');
  await server.stop();
});

test('kill -9 of the server: the living process brings it back', async () => {
  const server = await start();
  process.kill(serverPid(), 'SIGKILL');
  await eventually(() => first(server.urls.owner, 'select id from public.patient'));
  await server.stop();
});

test('kill -9 of Node: the server ends by itself, and the next start recovers', async () => {
  const child = await startProcess();
  await first(child.urls.owner, 'insert into public.patient values (2) returning id');
  const pid = serverPid();
  await kill(child.process);
  await eventually(() => assert.not.ok(isAlive(pid)));
  const server = await start();
  assert.ok(server.started);
  assert.equal(await first(server.urls.owner, 'select max(id) as id from public.patient'), { id: 2 });
  await server.stop();
});

test('kill -9 of both: the next start clears the lock', async () => {
  const child = await startProcess();
  const pid = serverPid();
  // The process first: it would tidy up after its server.
  await kill(child.process);
  process.kill(pid, 'SIGKILL');
  await eventually(() => assert.not.ok(isAlive(pid)));
  const server = await start();
  assert.is.not(serverPid(), pid);
  assert.equal(await first(server.urls.owner, 'select max(id) as id from public.patient'), { id: 2 });
  await server.stop();
});

test('a lock that names a stranger does not keep the server from starting', async () => {
  const { data, socketDir } = openInstance(home);
  const stranger = `${process.pid}\n${data}\n1\n5432\n${socketDir}\n\n  1 1\nready\n`;
  writeFileSync(lockFile(data), stranger);
  mkdirSync(socketDir, { recursive: true });
  writeFileSync(join(socketDir, '.s.PGSQL.5432.lock'), stranger);
  const server = await start();
  assert.ok(server.started);
  assert.match(readFileSync(lockFile(data), 'utf8'), /ready/);
  await server.stop();
});

test('several first starts at once make one database and one server', async () => {
  const folder = join(closed, 'at once');
  const processes = await Promise.all([startProcess(folder), startProcess(folder), startProcess(folder)]);
  assert.is(processes.filter((it) => it.started).length, 1);
  for (const { urls } of processes) assert.equal(urls, processes[0]!.urls);
  await first(processes[2]!.urls.app, 'select 1');
  for (const it of processes) {
    it.process.stdin!.end();
    await once(it.process, 'exit');
  }
});

async function startProcess(folder = home): Promise<{ process: ChildProcess; urls: Urls; started: boolean }> {
  const script = join(import.meta.dirname, 'postgres-process.ts');
  const child = spawn(process.execPath, [script, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { process: child, ...(JSON.parse(line) as { urls: Urls; started: boolean }) };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

const serverPid = (): number => readLock(openInstance(home).data)!.pid;

async function first(url: string, query: string): Promise<Record<string, unknown>> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(query)).rows[0] as Record<string, unknown>;
  } finally {
    await client.end();
  }
}

const rejects = (url: string, query: string, code: string) =>
  first(url, query).then(
    () => assert.unreachable(`${query} should have been refused`),
    (error: { code?: string }) => assert.is(error.code, code),
  );

async function eventually(check: () => unknown): Promise<void> {
  for (const end = performance.now() + 10_000; ; await sleep(50)) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
    }
  }
}

test.run();
