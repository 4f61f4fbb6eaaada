import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { postgresBinaries } from './binaries.ts';
import { environment, initialise } from './cluster.ts';
import { makeSocketFolder, type Instance } from './instance.ts';
import { disownLock, isServer, lockFile, readLock } from './lock.ts';
import { connectionUrl } from './urls.ts';

export interface RunningServer {
  socketDir: string;
  /** True for the process that started the server, and that therefore stops it. */
  started: boolean;
  stop(): Promise<void>;
}

interface Options {
  /** False only for tests: a crash may then cost everything. */
  durable: boolean;
  log: (line: string) => void;
}

/** For the one machine of a small hospital; a larger one brings its own server. */
const settings = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '200',
  shared_buffers: '256MB',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  max_wal_size: '2GB',
  random_page_cost: '1.1',
  // Our statements are short; compiling them costs more than it saves.
  jit: 'off',
  synchronous_commit: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_lock_waits: 'on',
  // Statements and the details of violated constraints hold names and birth dates: they stay out of the log.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};
const careless = { synchronous_commit: 'off', fsync: 'off', full_page_writes: 'off', shared_buffers: '128MB' };

const patience = 15_000;

/** Joins the server of this instance if one runs, else starts it. It lives no longer than this process. */
export async function runServer(instance: Instance, options: Options): Promise<RunningServer> {
  const bin = postgresBinaries(instance.home);
  makeSocketFolder(instance);
  if (!existsSync(join(instance.data, 'PG_VERSION'))) {
    options.log('Creating the database …');
    await initialise(instance, bin, options.durable);
  }
  const major = readFileSync(join(instance.data, 'PG_VERSION'), 'utf8').trim();
  if (major !== '18') throw new Error(`${instance.data} was made by PostgreSQL ${major}; this is PostgreSQL 18.`);

  let stopping = false;
  let server = await joinOrStart(instance, bin, options);
  const { started, socketDir } = server;
  if (started) watch();

  /** When something kills the server under a living hospital, it is brought back: PostgreSQL recovers by itself. */
  function watch(): void {
    server.child?.once('exit', () => {
      if (stopping) return;
      options.log('The database ended unexpectedly; starting it again.');
      joinOrStart(instance, bin, options).then(
        (again) => {
          server = again;
          if (stopping) server.child?.stdin?.end();
          else watch();
        },
        (error: Error) => options.log(`The database could not be started again: ${error.message}`),
      );
    });
  }

  return {
    socketDir,
    started,
    async stop() {
      if (!started || stopping) return;
      stopping = true;
      server.child?.stdin?.end();
      await stopServer(instance.data);
    },
  };
}

/** Fast shutdown, which ends open connections; after eight seconds at once, which the next start recovers from. */
async function stopServer(data: string): Promise<void> {
  const pid = readLock(data)?.pid;
  if (pid === undefined) return;
  for (const [signal, milliseconds] of [
    ['SIGINT', 8_000],
    ['SIGQUIT', 2_000],
  ] as const) {
    if (isServer(pid, data)) process.kill(pid, signal);
    for (const end = performance.now() + milliseconds; performance.now() < end; await sleep(10))
      if (!isServer(pid, data)) return;
  }
}

interface Attempt {
  socketDir: string;
  started: boolean;
  child?: ChildProcess;
}

async function joinOrStart(instance: Instance, bin: string, options: Options): Promise<Attempt> {
  const { data, socketDir } = instance;
  for (let firstFailure: number | undefined; ; await sleep(50)) {
    const lock = readLock(data);
    if (lock && isServer(lock.pid, data)) {
      // It may be starting, recovering or shutting down: then the next look decides.
      if (lock.socketDir && (await greet(instance, lock.socketDir)))
        return { socketDir: lock.socketDir, started: false };
      continue;
    }
    for (const path of [lockFile(data), join(socketDir, '.s.PGSQL.5432.lock')]) disownLock(path, data);

    const name = `openward-${process.pid}-${performance.now().toFixed(0)}`;
    const child = spawnServer(instance, bin, name, options.durable);
    let ended = false;
    const end = once(child, 'exit').then(
      () => (ended = true),
      () => (ended = true),
    );
    while (!ended) {
      // The name tells our server from one that another process has started at the same moment.
      if ((await greet(instance, socketDir)) === name) return { socketDir, started: true, child };
      await Promise.race([end, sleep(20)]);
    }

    // Another process was first, or pieces of a killed server still hold its memory for a moment.
    firstFailure ??= performance.now();
    if (performance.now() - firstFailure > patience)
      throw new Error(`PostgreSQL does not start. The end of ${instance.logFile}:\n${tail(instance.logFile)}`);
  }
}

/** The name the server was started under, null as long as it does not answer. @throws when it refuses our password */
async function greet(instance: Instance, socketDir: string): Promise<string | null> {
  const client = new pg.Client({
    connectionString: connectionUrl(instance, 'admin', 'postgres', socketDir),
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ name: string; data: string }>(
      `select current_setting('cluster_name') as name, current_setting('data_directory') as data`,
    );
    return rows.find((row) => row.data === instance.data)?.name ?? null;
  } catch (error) {
    if ((error as { code?: string }).code !== '28P01') return null;
    const identity = join(instance.home, 'instance');
    throw new Error(`${instance.data} refuses the password in ${identity}: they do not belong together.`, {
      cause: error,
    });
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * The server runs under a shell that reads from a pipe of ours. However this process ends, kill -9 included, the
 * pipe closes, the shell's `read` returns, and the server shuts down; asked more than once, for one that has only just begun
 * does not listen yet. In a session of its own, so that Ctrl+C reaches us first.
 */
function spawnServer(instance: Instance, bin: string, name: string, durable: boolean): ChildProcess {
  const all = { ...settings, ...(durable ? {} : careless), cluster_name: name };
  const supervise =
    'exec 3<&0; "$@" 3<&- </dev/null & s=$!; (read _ <&3; while kill -INT $s 2>/dev/null; do sleep 1; done) & w=$!; wait $s; r=$?; kill $w 2>/dev/null; exit $r';
  const log = openLog(instance.logFile);
  try {
    const child = spawn(
      '/bin/sh',
      [
        '-c',
        supervise,
        'sh',
        join(bin, 'postgres'),
        '-D',
        instance.data,
        '-k',
        instance.socketDir,
        '-p',
        '5432',
        ...Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
      ],
      { ...instance.account, env: environment, cwd: '/', stdio: ['pipe', log, log], detached: true },
    );
    child.stdin?.on('error', () => {});
    // A script that forgets to stop the server ends all the same, and the server with it.
    child.unref();
    (child.stdin as unknown as { unref(): void }).unref();
    return child;
  } finally {
    closeSync(log);
  }
}

function openLog(file: string): number {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 10_000_000) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}

const tail = (file: string): string => readFileSync(file, 'utf8').slice(-1500);
