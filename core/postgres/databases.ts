import pg from 'pg';
import type { Instance } from './instance.ts';

/** What OpenWard needs of a PostgreSQL 18: these, and the three roles of docs/architecture.md. */
export const extensions = ['btree_gist', 'pg_trgm', 'pgcrypto', 'citext', 'unaccent', 'fuzzystrmatch'];
export const roles = ['owner', 'app', 'patient'] as const;

/** The three logins and the database `openward`, as far as they are missing. Safe to run from several processes at once. */
export async function prepare(adminUrl: string, { passwords }: Instance): Promise<void> {
  await connected(adminUrl, async (client) => {
    await client.query(`select pg_advisory_lock(hashtext('openward prepare'))`);
    const found = await client.query<{ name: string }>('select rolname::text as name from pg_roles');
    const known = new Set(found.rows.map((row) => row.name));
    for (const role of roles.filter((it) => !known.has(it))) {
      await client.query('begin');
      await client.query(`create role ${role} login password ${client.escapeLiteral(passwords[role])}`);
      await client.query(`alter role ${role} set timezone = 'UTC'`);
      await client.query('commit');
    }
    const { rowCount } = await client.query(`select from pg_database where datname = 'openward'`);
    if (rowCount === 0) await client.query('create database openward owner owner');
    await furnish(client, adminUrl, 'openward');
  });
}

/**
 * A new database of the owner's: a copy of `template` with everything in it, or an empty one with the extensions.
 * `adminUrl` is the superuser's on any database but the template, which nobody may be connected to.
 */
export async function createDatabase(
  adminUrl: string,
  name: string,
  { template }: { template?: string } = {},
): Promise<void> {
  await connected(adminUrl, async (client) => {
    const copyOf = template === undefined ? '' : `template ${client.escapeIdentifier(template)}`;
    await client.query(`create database ${client.escapeIdentifier(name)} owner owner ${copyOf}`);
    // The extensions come with the copy, who may connect does not.
    await (template === undefined ? furnish(client, adminUrl, name) : admit(client, name));
  });
}

/** Ends every connection to it first. A database that is not there is fine. */
export const dropDatabase = (adminUrl: string, name: string): Promise<void> =>
  connected(adminUrl, async (client) => {
    await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`);
  });

async function furnish(client: pg.Client, adminUrl: string, name: string): Promise<void> {
  await admit(client, name);
  await connected(adminUrl.replace(/[^/]*$/, name), async (inside) => {
    for (const extension of extensions) await inside.query(`create extension if not exists ${extension}`);
  });
}

async function admit(client: pg.Client, name: string): Promise<void> {
  const database = client.escapeIdentifier(name);
  await client.query(`revoke all on database ${database} from public`);
  await client.query(`grant connect on database ${database} to app, patient`);
}

async function connected<R>(url: string, work: (client: pg.Client) => Promise<R>): Promise<R> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
