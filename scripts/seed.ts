// npm run seed -- --patients N [--visits M]: a believable hospital of any size, by set-based SQL.
import { parseArgs } from 'node:util';
import { sql, databaseFor, openPool } from '../core/database.ts';
import { service } from '../core/actor.ts';
import { prepareDatabase } from '../core/hms.ts';
import { demoSize, seed } from './demo.ts';
import { progressBar } from './progress.ts';
import { withHospital } from './settings.ts';

const { values } = parseArgs({ options: { patients: { type: 'string' }, visits: { type: 'string' } } });
const number = (text: string | undefined, fallback: number, most: number): number => {
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new Error(`A whole number from 1 to ${most} is needed, not "${text}".`);
  return value;
};

await withHospital(async ({ config, plugins, urls }) => {
  const size = {
    patients: number(values.patients, demoSize.patients, 5_000_000),
    visitsPerPatient: number(values.visits, demoSize.visitsPerPatient, 100),
  };
  await prepareDatabase(urls.owner, plugins, console.log);
  const pool = await openPool(urls.owner, { max: 1 });
  const inUse = await databaseFor(pool, { actor: service('seed'), policy: 'open' }).exists(
    sql.unsafe`select from patients.patient`,
  );
  await pool.end();
  if (inUse)
    throw new Error(
      'There are patients here already; seeding is for an empty hospital. To empty this one: npm run reset',
    );
  const steps = plugins.filter((plugin) => plugin.demo).length;
  const bar = progressBar(steps);
  await seed(urls.owner, plugins, config, size, bar);
  bar.done(`${size.patients.toLocaleString('en')} patients with up to ${size.visitsPerPatient} visits each`);
});
