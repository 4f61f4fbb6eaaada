import { globSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isAlive } from '../core/postgres/lock.ts';
import { removeInstance, startPostgres, type Urls } from '../core/postgres/index.ts';

export interface TestPostgres {
  /** `admin` may make databases (`createDatabase`), `urlsOf` gives the logins on them. */
  urls: Urls;
  stop(): Promise<void>;
}

/** The server that `npm test` started for all files, else, for a file run by itself, one of its own. */
export async function testPostgres(): Promise<TestPostgres> {
  const shared = process.env.OPENWARD_TEST_URLS;
  if (shared) return { urls: JSON.parse(shared) as Urls, stop: async () => {} };
  sweepTestFolders();
  const home = testFolder();
  const { urls, stop } = await startPostgres({ home, durable: false });
  return {
    urls,
    async stop() {
      await stop();
      removeTestFolder(home);
    },
  };
}

const prefix = 'openward-test-';

/** A folder for one test process; what is left in it by a killed one is removed by the next. */
export const testFolder = (): string => realpathSync(mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`)));

/** With every database in it; their servers must have been stopped. */
export function removeTestFolder(folder: string): void {
  for (const identity of globSync('**/instance', { cwd: folder })) removeInstance(join(folder, dirname(identity)));
  rmSync(folder, { recursive: true, force: true });
}

/** Removes what killed test runs have left behind. */
export function sweepTestFolders(): void {
  for (const name of readdirSync(tmpdir()).filter((it) => it.startsWith(prefix))) {
    if (isAlive(parseInt(name.slice(prefix.length), 10))) continue;
    try {
      removeTestFolder(join(tmpdir(), name));
    } catch {
      // Another user's, or its server is about to end: the next run will find it.
    }
  }
}
