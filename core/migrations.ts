import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { root, type LoadedPlugin } from './loader.ts';
import { schemaOf } from './plugin.ts';

interface History {
  name: string;
  schema: string;
  folder: string;
}

interface File {
  plugin: string;
  name: string;
  checksum: string;
}

const histories = (plugins: readonly Pick<LoadedPlugin, 'name' | 'migrations'>[]): History[] =>
  [{ name: 'core', migrations: join(root, 'sql/core') }, ...plugins]
    .filter((plugin) => existsSync(plugin.migrations))
    .map((plugin) => ({ name: plugin.name, schema: schemaOf(plugin.name), folder: plugin.migrations }));

const filesOf = (history: History): File[] =>
  readdirSync(history.folder)
    .filter((name) => /\.(sql|ts)$/.test(name))
    .sort()
    .map((name) => ({
      plugin: history.name,
      name,
      checksum: createHash('sha256')
        .update(readFileSync(join(history.folder, name)))
        .digest('hex'),
    }));

/** A hash over all migrations of a set of plugins: names the template database that has them. */
export const fingerprint = (plugins: readonly LoadedPlugin[]): string =>
  createHash('sha256')
    .update(JSON.stringify(histories(plugins).map(filesOf)))
    .digest('hex')
    .slice(0, 16);

const prepare = `
  create schema if not exists core;
  create table if not exists core.migration_file (
    plugin text not null, name text not null, checksum text not null, run_at timestamptz not null default clock_timestamp(),
    primary key (plugin, name)
  );
  grant usage on schema core to app, patient;
  grant select on core.migration_file to app;`;

/** What has run already and still reads as it did; a changed file stops the start. */
const alreadyRun = async (client: pg.Client, files: readonly File[]): Promise<boolean> => {
  const { rows } = await client.query<File>('select plugin, name, checksum from core.migration_file');
  const known = new Map(rows.map((row) => [`${row.plugin}/${row.name}`, row.checksum]));
  for (const file of files) {
    const ran = known.get(`${file.plugin}/${file.name}`);
    if (ran !== undefined && ran !== file.checksum)
      throw new Error(
        `sql/${file.plugin}/${file.name} was changed after it ran on this database. Start afresh with: npm run reset`,
      );
  }
  return files.every((file) => known.has(`${file.plugin}/${file.name}`));
};

/** Each plugin's own history in its own schema, dependencies first. Safe when several processes start at once. */
export const migrate = async (
  ownerUrl: string,
  plugins: readonly LoadedPlugin[],
  log: (line: string) => void = () => {},
): Promise<void> => {
  const client = new pg.Client({ connectionString: ownerUrl, options: '-c client_min_messages=warning' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock(20260101)');
    await client.query(prepare);
    for (const history of histories(plugins)) {
      const files = filesOf(history);
      if (await alreadyRun(client, files)) continue;
      log(`migrating ${history.name}`);
      await client.query(schemaFor(history.schema));
      await runner({
        dbClient: client,
        dir: history.folder,
        direction: 'up',
        migrationsTable: 'migration',
        migrationsSchema: history.schema,
        noLock: true,
        checkOrder: true,
        singleTransaction: true,
        log: () => {},
      });
      await client.query(
        `insert into core.migration_file (plugin, name, checksum)
         select * from unnest($1::text[], $2::text[], $3::text[]) on conflict do nothing`,
        [files.map((file) => file.plugin), files.map((file) => file.name), files.map((file) => file.checksum)],
      );
    }
  } finally {
    await client.end();
  }
};

/** Everything the plugin makes is the owner's; app may use its tables, patient only what a migration grants. */
const schemaFor = (schema: string): string => {
  const name = pg.escapeIdentifier(schema);
  const defaults =
    schema === 'core'
      ? ''
      : `alter default privileges in schema ${name} grant select, insert, update, delete on tables to app;
         alter default privileges in schema ${name} grant usage on sequences to app;`;
  return `create schema if not exists ${name}; grant usage on schema ${name} to app, patient; ${defaults}`;
};

/** For processes without the owner's connection: a sentence when the schema is behind. */
export const isMigrated = async (appUrl: string, plugins: readonly LoadedPlugin[]): Promise<boolean> => {
  const client = new pg.Client({ connectionString: appUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ present: boolean }>(
      `select to_regclass('core.migration_file') is not null as present`,
    );
    if (!rows[0]?.present) return false;
    return await alreadyRun(client, histories(plugins).flatMap(filesOf));
  } finally {
    await client.end();
  }
};
