import { prepare } from './databases.ts';
import { openInstance } from './instance.ts';
import { runServer } from './server.ts';
import { instanceUrls, type Urls } from './urls.ts';

export { createDatabase, dropDatabase } from './databases.ts';
export { removeInstance } from './instance.ts';
export { urlsOf, type Urls } from './urls.ts';

export interface Postgres {
  /** Database `openward` as its owner, as `app`, as `patient`, and as the superuser `admin`. */
  urls: Urls;
  socketDir: string;
  /** False when the server was running already; then `stop` leaves it alone. */
  started: boolean;
  stop(): Promise<void>;
}

/**
 * The embedded PostgreSQL of a folder: made on the first call, joined when it runs, started otherwise. As root or not,
 * in any folder, after any kind of crash. It ends with the process that started it.
 */
export async function startPostgres(options: {
  home: string;
  /** False only for tests: nothing is forced to the disk. */
  durable?: boolean;
  log?: (line: string) => void;
}): Promise<Postgres> {
  const instance = openInstance(options.home);
  const server = await runServer(instance, { durable: options.durable ?? true, log: options.log ?? (() => {}) });
  const urls = instanceUrls(instance, 'openward', server.socketDir);
  try {
    await prepare(urls.admin.replace(/[^/]*$/, 'postgres'), instance);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { urls, ...server };
}
