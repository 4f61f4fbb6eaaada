import { randomBytes } from 'node:crypto';
import {
  copyFileSync, cpSync, existsSync, lchownSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync,
} from 'node:fs'; // prettier-ignore
import { dirname, join } from 'node:path';
import pg from 'pg';
import { openInstance } from '../../core/postgres/instance.ts';
import { removeInstance, startPostgres } from '../../core/postgres/index.ts';
import { pack, unpack } from './archive.ts';

/** Left out by pg_basebackup too: made anew by every start. Of pg_wal only what the backup needs is taken. */
const emptied = /^(pg_wal|pg_replslot|pg_dynshmem|pg_notify|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)\//;
const leftOut = /^(postmaster\.(pid|opts)|backup_label|tablespace_map)$|(^|\/)(pgsql_tmp|pg_internal\.init)/;

/**
 * The embedded server's files while it works, as PostgreSQL's manual has it ("low-level base backup"), and what else lies in
 * OPENWARD_HOME: the passwords of the database. @see https://www.postgresql.org/docs/18/continuous-archiving.html
 */
export const backUpEmbedded = async (home: string, file: string, version: string): Promise<void> => {
  if (!existsSync(join(home, 'instance'))) throw new Error(`There is no hospital in ${home}.`);
  const server = await startPostgres({ home });
  const client = new pg.Client({ connectionString: server.urls.admin });
  const folder = `${file}.folder-${process.pid}`;
  try {
    await client.connect();
    const { data } = openInstance(home);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    copyHome(home, join(folder, 'home'));
    await client.query('set statement_timeout = 0');
    // Keeps the log that is written meanwhile; gone with this connection.
    await client.query(`select pg_create_physical_replication_slot($1, true, true)`, [`backup_${process.pid}`]);
    const begun = await ask(client, `select pg_walfile_name(pg_backup_start('openward', true)) as wal`);
    copyData(data, join(folder, 'data'));
    const { lsn, label, postgresql } = await ask(
      client,
      `select lsn::text, labelfile as label, current_setting('server_version') as postgresql from pg_backup_stop(false)`,
    );
    const { wal } = await ask(client, `select pg_walfile_name('${lsn}'::pg_lsn) as wal`);
    writeFileSync(join(folder, 'data/backup_label'), label!);
    for (const segment of readdirSync(join(data, 'pg_wal')).filter((it) => it >= begun.wal! && it <= wal!))
      copyFileSync(join(data, 'pg_wal', segment), join(folder, 'data/pg_wal', segment));
    await pack(folder, file, { openward: version, madeAt: new Date().toISOString(), postgresql: postgresql! });
  } finally {
    await client.end();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

const ask = async (client: pg.Client, statement: string): Promise<Record<string, string>> =>
  (await client.query<Record<string, string>>(statement)).rows[0] ?? {};

const copyHome = (home: string, target: string): void => {
  const not = /^(postgres|postgres-.*|postgres\.log.*)$/;
  for (const entry of readdirSync(home).filter((it) => !not.test(it)))
    cpSync(join(home, entry), join(target, entry), { recursive: true });
};

/** The control file last: it says how far the others must be brought. */
const copyData = (data: string, target: string): void => {
  const paths = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((it) => !leftOut.test(it));
  const control = join('global', 'pg_control');
  mkdirSync(target, { recursive: true, mode: 0o700 });
  for (const path of [...paths.filter((it) => it !== control), control]) {
    const found = statSync(join(data, path), { throwIfNoEntry: false });
    if (!found || emptied.test(path)) continue;
    if (found.isDirectory()) mkdirSync(join(target, path), { recursive: true, mode: 0o700 });
    else copyIfThere(join(data, path), join(target, path));
  }
};

/** A table that is dropped meanwhile takes its file with it. */
const copyIfThere = (from: string, to: string): void => {
  try {
    copyFileSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
};

/** Into a folder without a hospital; it gets an id of its own, so that it never shares its data with the one it was taken from. */
export const restoreEmbedded = async (file: string, home: string): Promise<string> => {
  if (existsSync(join(home, 'instance')))
    throw new Error(`There is a hospital in ${home} already. Name an empty folder in OPENWARD_HOME.`);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const folder = join(home, `restoring-${process.pid}`);
  try {
    const { madeAt } = await unpack(file, folder);
    cpSync(join(folder, 'home'), home, { recursive: true });
    const identity = join(home, 'instance');
    const { passwords } = JSON.parse(readFileSync(identity, 'utf8')) as { passwords: unknown };
    writeFileSync(identity, `${JSON.stringify({ id: randomBytes(16).toString('hex'), passwords }, null, 2)}\n`);
    const { data, account } = openInstance(home);
    mkdirSync(dirname(data), { recursive: true, mode: 0o711 });
    move(join(folder, 'data'), data);
    if (account)
      for (const path of ['.', ...readdirSync(data, { recursive: true, encoding: 'utf8' })])
        lchownSync(join(data, path), account.uid, account.gid);
    await (await startPostgres({ home })).stop(); // brings the files to the end of the backup
    return madeAt;
  } catch (error) {
    if (existsSync(join(home, 'instance'))) removeInstance(home);
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const move = (from: string, to: string): void => {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    cpSync(from, to, { recursive: true });
  }
};
