import { ConfigError, type Config, type DatabaseUrls } from './config.ts';
import { openHms, prepareDatabase, type Hms } from './hms.ts';
import { isPlatform, readHospital, type LoadedPlugin } from './loader.ts';
import { startPostgres } from './postgres/index.ts';
import { seedOnFirstStart } from '../scripts/demo.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const begun = performance.now();
const seconds = (): string => `${((performance.now() - begun) / 1000).toFixed(1)} s`;

/** @param interfaceBuilt what the doors wait for while the database is made ready; nothing where the interface comes built, as in the image. */
export const start = async (interfaceBuilt?: Promise<unknown>): Promise<void> => {
  const { plugins, config } = await readHospital(process.env);
  const { urls, stop: stopDatabase } = await openDatabase(config);
  if (urls.owner) await prepareDatabase(urls.owner, plugins, say);
  if (config.demo && urls.owner) await seedOnFirstStart(urls.owner, plugins, config, say);
  await interfaceBuilt;
  const hms = await openHms({ config, plugins, urls });
  stopOnSignals(async () => {
    await hms.stop();
    await stopDatabase();
  }, hms);
  welcome(config, plugins, hms);
};

/** The servers of the settings, or our own in OPENWARD_HOME. */
const openDatabase = async (config: Config): Promise<{ urls: DatabaseUrls; stop: () => Promise<void> }> => {
  if (config.database) return { urls: config.database, stop: async () => {} };
  const server = await startPostgres({ home: config.home, log: say });
  return { urls: server.urls, stop: server.stop };
};

/** Not ready first, then in-flight work, jobs, listeners, database; out within ten seconds whatever hangs. */
const stopOnSignals = (stop: () => Promise<void>, hms: Hms): void => {
  let stopping = false;
  const end = (code: number) => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), 10_000).unref();
    stop().then(
      () => process.exit(code),
      (error: unknown) => {
        hms.log.error({ err: error as Error }, 'the stop was not clean');
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(0));
  process.on('uncaughtException', (error) => {
    hms.log.fatal({ err: error }, 'uncaught exception');
    end(1);
  });
  process.on('unhandledRejection', (error) => hms.log.error({ err: error as Error }, 'unhandled rejection'));
};

const welcome = (config: Config, plugins: readonly LoadedPlugin[], hms: Hms): void => {
  const address = config.origin.includes('localhost') ? `http://localhost:${hms.server.info.port}` : config.origin;
  say(`\n${config.hospital} is open after ${seconds()}: ${address}`);
  say(
    `Plugins: ${plugins
      .filter((plugin) => !isPlatform(plugin))
      .map(({ name }) => name)
      .join(', ')}`,
  );
  if (config.demo)
    say(
      `Sign in as ${[...new Set(plugins.flatMap(({ roles }) => Object.keys(roles ?? {})))].join(', ')}, password openward-demo.`,
    );
  say('Stop with Ctrl+C.');
};

/** One sentence, and out. */
export const cannotStart = (error: unknown): void => {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : `OpenWard cannot start: ${(error as Error).message}`}\n`,
  );
  process.exit(1);
};

if (import.meta.main) start().catch(cannotStart);
