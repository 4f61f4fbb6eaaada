import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import type { DatabaseUrls } from '../../core/config.ts';

/**
 * A server of yours: PostgreSQL's own tools over the owner's connection. Its tables are locked by row-level security for their
 * owner too, whose policy shows every row; extensions are the administrator's (`npm run setup-database`).
 */
export const dump = ({ owner }: DatabaseUrls, file: string): void => {
  run('pg_dump', ['--format=custom', '--enable-row-security', '--exclude-extension=*', `--file=${file}`], owner);
  chmodSync(file, 0o600);
};

/** Into a database that `npm run setup-database` has prepared and nobody has migrated; all or nothing. */
export const restoreDump = ({ owner }: DatabaseUrls, file: string): void =>
  run('pg_restore', ['--no-owner', '--single-transaction', '--exit-on-error', file], owner);

const run = (tool: string, words: string[], owner: string | null): void => {
  if (!owner) throw new Error('This needs DATABASE_OWNER_URL.');
  const version = spawnSync(tool, ['--version'], { encoding: 'utf8' });
  const major = Number(/ (\d+)/.exec(version.stdout ?? '')?.[1] ?? 0);
  if (major < 18)
    throw new Error(
      `${major ? `The ${tool} here is of PostgreSQL ${major}` : `There is no ${tool} here`}; PostgreSQL 18's is needed (Debian: postgresql-client-18). ` +
        "Or use your server's own backups: docs/deployment.md.",
    );
  // By the environment, for the words of a command can be read by everybody on the machine.
  const { username, password, hostname, port, pathname, searchParams } = new URL(owner);
  const env = {
    ...process.env,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGHOST: searchParams.get('host') ?? decodeURIComponent(hostname),
    PGPORT: port || '5432',
    ...(searchParams.has('sslmode') ? { PGSSLMODE: searchParams.get('sslmode')! } : {}),
  };
  const { status } = spawnSync(tool, [`--dbname=${pathname.slice(1)}`, ...words], { env, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${tool} has failed; what it says stands above.`);
};
