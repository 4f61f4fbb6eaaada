import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Server } from '@hapi/hapi';
import type { DatabasePool } from 'slonik';
import { nobody, service, type Actor } from './actor.ts';
import { openBus, type Bus } from './bus.ts';
import { showsRealTime } from './clock.ts';
import type { Config, DatabaseUrls } from './config.ts';
import { databaseFor, isConnectionGone, openPool, sql, type Db } from './database.ts';
import { openGauges, openMetrics, type Metrics } from './health.ts';
import { migrateQueue, openJobs, type Jobs } from './jobs.ts';
import { checkPlugins, isPlatform, root, typesSwitchedOff, type LoadedPlugin } from './loader.ts';
import { openLog, type Log } from './log.ts';
import { isMigrated, migrate } from './migrations.ts';
import { permissionsOf } from './plugin.ts';
import { openRelay, type Relay } from './relay.ts';
import { coreRefusals, type Refusals } from './refuse.ts';
import { openServer } from './server.ts';

/** A running hospital: one object that core, fhir and plugins reach the rest through. */
export interface Hms {
  config: Config;
  version: string;
  urls: DatabaseUrls;
  plugins: readonly LoadedPlugin[];
  /** FHIR types that nobody serves here, because their plugin is off. */
  typesOff: ReadonlySet<string>;
  refusals: Refusals;
  permissions: ReadonlyMap<string, string>;
  pools: { app: DatabasePool; patient: DatabasePool; reports: DatabasePool };
  /** The database as this actor sees it; patient-bound actors run as the role `patient`. */
  db: (actor?: Actor, origin?: 'here' | 'import') => Db;
  bus: Bus;
  log: Log;
  metrics: Metrics;
  jobs: Jobs;
  relay: Relay | undefined;
  server: Server;
  stopping: boolean;
  /** Services that this process runs; none where it only answers requests. */
  services: { plugin: string; name: string; healthy: () => boolean }[];
  stop: () => Promise<void>;
}

export interface Opening {
  config: Config;
  plugins: readonly LoadedPlugin[];
  urls: DatabaseUrls;
}

export const version = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;

/** Milliseconds until whoever asks hears that there is no connection. */
const connectionTimeout = 2_500;

/** Connects to a prepared database, registers every plugin and starts to listen. Whatever is wrong stops it with one sentence. */
export const openHms = async ({ config, plugins, urls }: Opening): Promise<Hms> => {
  checkPlugins(plugins);
  if (!(await isMigrated(urls.app, plugins)))
    throw new Error('The database is behind this version. Run: npm run migrate');
  if (config.production && !(await showsRealTime(urls.app)))
    throw new Error(
      'The clock of this hospital has been set, as for tests and demo days: it cannot be used in production.',
    );

  const log = openLog(config.logLevel);
  const pools = {
    app: await openPool(urls.app, { max: 16, connectionTimeout }),
    patient: await openPool(urls.patient, { max: 4, connectionTimeout }),
    reports: await openPool(urls.app, { max: 3, connectionTimeout, statementTimeout: 30_000 }),
  };
  for (const pool of Object.values(pools))
    // Slonik tells of whatever a statement says, a row that is not there too.
    pool.on('error', (error) => {
      if (isConnectionGone(error)) log.warn({ err: error }, 'a database connection was lost');
    });
  const bus = await openBus(urls.app, log);

  const hms = {
    config,
    version,
    urls,
    plugins,
    typesOff: await typesSwitchedOff(plugins),
    log,
    pools,
    bus,
    refusals: Object.assign({}, coreRefusals, ...plugins.map((plugin) => plugin.refusals ?? {})) as Refusals,
    permissions: permissionsOf(plugins),
    metrics: openMetrics(),
    stopping: false,
    db: (actor: Actor = nobody, origin: 'here' | 'import' = 'here') =>
      databaseFor(actor.kind === 'patient' ? pools.patient : pools.app, {
        actor,
        origin,
        policy: config.seePolicy,
        announce: bus.announce,
      }),
    services: [],
  } as unknown as Hms;

  const services: { stop: () => Promise<void> }[] = [];
  openGauges(hms);
  const works = config.role !== 'web';
  hms.jobs = await openJobs(hms, { work: works });
  hms.server = await openServer(hms);
  if (works) hms.relay = openRelay(hms);
  if (works)
    for (const plugin of plugins)
      for (const [name, each] of Object.entries(plugin.services ?? {})) {
        const running = await each.start(hms);
        services.push(running);
        hms.services.push({ plugin: plugin.name, name, healthy: () => running.healthy?.() ?? true });
      }
  await hms.server.start();

  hms.stop = async () => {
    if (hms.stopping) return;
    hms.stopping = true;
    // Whoever shares out the load hears "not ready" and closes kept connections before the door does.
    if (config.production) await new Promise((resolve) => setTimeout(resolve, 1000));
    await hms.server.stop({ timeout: 7_000 });
    await Promise.all(services.map((each) => each.stop()));
    await hms.relay?.stop();
    await hms.jobs.stop();
    await bus.stop();
    await Promise.all(Object.values(pools).map((pool) => pool.end()));
    hms.metrics.stop();
  };
  return hms;
};

/** Everything that needs the owner: migrations, the queue's tables, what plugins set up. Does nothing the second time. */
export const prepareDatabase = async (
  ownerUrl: string,
  plugins: readonly LoadedPlugin[],
  progress: (line: string) => void = () => {},
): Promise<void> => {
  checkPlugins(plugins);
  await migrate(ownerUrl, plugins, progress);
  await migrateQueue(ownerUrl);
  const pool = await openPool(ownerUrl, { max: 1 });
  const db = databaseFor(pool, { actor: service('core'), policy: 'open' });
  // The platform's own part comes last, for it works with what the plugins have prepared.
  const inTurn = [...plugins].sort((a, b) => Number(isPlatform(a)) - Number(isPlatform(b)));
  for (const plugin of inTurn) await plugin.setUp?.(db, plugins);
  await db.query(sql.unsafe`
    insert into core.plugin (name) select unnest(${sql.array(
      plugins.map(({ name }) => name),
      'text',
    )}) on conflict do nothing
  `);
  await pool.end();
};
