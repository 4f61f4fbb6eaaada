import { service } from '../core/actor.ts';
import type { Config } from '../core/config.ts';
import { databaseFor, openPool, sql } from '../core/database.ts';
import type { LoadedPlugin } from '../core/loader.ts';
import type { DemoPlan } from '../core/plugin.ts';

/** The demo hospital of the first start; `npm run seed` makes any other size. */
export const demoSize = { patients: 300, visitsPerPatient: 8 };

/** Fills the hospital plugin by plugin, each in one transaction, dependencies first. */
export const seed = async (
  ownerUrl: string,
  plugins: readonly LoadedPlugin[],
  config: Config,
  size: { patients: number; visitsPerPatient: number },
  progress: { step: (label: string) => void; within: (label: string) => void },
): Promise<void> => {
  const pool = await openPool(ownerUrl, { max: 2, statementTimeout: 600_000 });
  const db = databaseFor(pool, { actor: service('demo'), policy: 'open' });
  const plan: DemoPlan = {
    ...size,
    passwordPepper: config.passwordPepper,
    zone: config.zone,
    currency: config.currency,
    hospital: config.hospital,
    progress: progress.within,
  };
  try {
    for (const plugin of plugins) {
      if (!plugin.demo) continue;
      progress.step(plugin.name);
      await db.transaction(async (tx) => {
        // Millions of rows are sorted and joined once, by nobody else's side.
        await tx.query(sql.unsafe`select set_config('work_mem', '192MB', true)`);
        await plugin.demo!(tx, plan);
      });
    }
    await db.query(sql.unsafe`analyze`);
  } finally {
    await pool.end();
  }
};

/** A database that has seen a user is somebody's; only an untouched one is seeded. */
export const seedOnFirstStart = async (
  ownerUrl: string,
  plugins: readonly LoadedPlugin[],
  config: Config,
  progress: (line: string) => void,
): Promise<void> => {
  const pool = await openPool(ownerUrl, { max: 1 });
  const db = databaseFor(pool, { actor: service('demo'), policy: 'open' });
  const inUse = plugins.some(({ name }) => name === 'auth')
    ? await db.exists(sql.unsafe`select from auth."user"`)
    : true;
  await pool.end();
  if (!inUse)
    await seed(ownerUrl, plugins, config, demoSize, { step: (name) => progress(`seeding ${name}`), within: () => {} });
};
