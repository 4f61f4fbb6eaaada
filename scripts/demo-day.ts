/**
 * npm run demo-day -- [--speed 60] [--from 07:30] [--until 18:00] [--patients N] [--seed 1] [--url http://localhost:3000]
 *   [--users doctor=house,cashier=wilson] [--password …] [--json FILE]
 *
 * Plays a day in the demo hospital through its doors: docs/demo-day.md. Ends with 1 when a rule does not hold or something went wrong.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { service } from '../core/actor.ts';
import { databaseFor, openPool } from '../core/database.ts';
import { demoPassword } from '../plugins/auth/demo.ts';
import type { Role, Wish } from './demo-day/day.ts';
import { demoUsers } from './demo-day/day.ts';
import { isGood, playDay } from './demo-day/play.ts';
import { jsonOf, tableOf, watch } from './demo-day/report.ts';
import { withHospital } from './settings.ts';

const { values } = parseArgs({
  options: {
    speed: { type: 'string', default: '60' },
    from: { type: 'string', default: '07:30' },
    until: { type: 'string', default: '18:00' },
    patients: { type: 'string' },
    seed: { type: 'string', default: '1' },
    url: { type: 'string', default: `http://localhost:${process.env.PORT ?? '3000'}` },
    users: { type: 'string', default: '' },
    password: { type: 'string', default: demoPassword },
    json: { type: 'string' },
  },
});

const number = (name: 'speed' | 'patients' | 'seed', least: number, most: number): number => {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new Error(`--${name} is a whole number from ${least} to ${most}, not "${values[name]}".`);
  return value;
};
const hours = (name: 'from' | 'until'): string => {
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(values[name]))
    throw new Error(`--${name} is a time like 07:30, not "${values[name]}".`);
  return values[name];
};
const usersOf = (text: string): Wish['users'] =>
  Object.fromEntries(
    text
      .split(',')
      .filter(Boolean)
      .map((pair) => {
        const [role = '', username = ''] = pair.split('=');
        if (!demoUsers.includes(role as Role) || !username)
          throw new Error(
            `--users is a list like doctor=house, with the roles ${demoUsers.join(', ')}; not "${pair}".`,
          );
        return [role, username];
      }),
  );
const wishOf = (): Wish => {
  const wish: Wish = {
    url: values.url.replace(/\/$/, ''),
    speed: number('speed', 1, 1_000_000),
    from: hours('from'),
    until: hours('until'),
    patients: values.patients === undefined ? null : number('patients', 1, 100_000),
    seed: number('seed', 0, 2 ** 31),
    users: usersOf(values.users),
    password: values.password,
  };
  if (wish.until <= wish.from) throw new Error('--until is later than --from.');
  return wish;
};

const isUp = (url: string): Promise<boolean> =>
  fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

/**
 * The other laboratory keeps pace with the clock: what takes it seconds at 60 times the usual speed takes as many minutes of the
 * hospital at any. So do the time in which an order can be taken back, and how often somebody may ask.
 */
const pace = (speed: number): Record<string, string> => ({
  OPENWARD_LAB_SIMULATOR_SPEED: String(speed / 60),
  OPENWARD_LAB_UNDO_SECONDS: String(Math.min(5, Math.floor(300 / speed))),
  // An hour's work of a whole house passes in a minute, under one account for each role.
  OPENWARD_LIMITS: 'all=1000000',
});

/** The hospital that answers there, or one of our own until the day is over. */
const hospitalAt = async ({ url, speed }: Wish): Promise<ChildProcess | null> => {
  if (await isUp(url)) return null;
  const { hostname, port } = new URL(url);
  if (!['localhost', '127.0.0.1'].includes(hostname)) throw new Error(`Nobody answers at ${url}.`);
  const child = fork(join(import.meta.dirname, 'start.ts'), {
    env: { ...pace(speed), ...process.env, PORT: port || '80' },
    detached: true, // Ctrl+C ends the day, and only then the house
  });
  while (!(await isUp(url))) {
    if (child.exitCode !== null) throw new Error('The hospital did not start.');
    await sleep(300);
  }
  return child;
};

const play = async (wish: Wish): Promise<void> => {
  await withHospital(async ({ config, plugins, urls }) => {
    if (config.production) throw new Error('The clock of a hospital in production is never set.');
    const pool = await openPool(urls.owner, { max: 2, statementTimeout: 120_000 });
    const owner = databaseFor(pool, { actor: service('demo-day'), policy: 'open' });
    let stopWatching = (): void => {};
    try {
      const played = await playDay({
        wish,
        owner,
        plugins,
        opened(day, end) {
          console.log(`${day.platform.hospital}, ${day.date}: open at ${wish.url}. Ctrl+C ends the day.`);
          stopWatching = watch(day, (text) => process.stdout.write(text), process.stdout.isTTY);
          process.on('SIGINT', end).on('SIGTERM', end);
        },
      });
      stopWatching();
      console.log(tableOf(played));
      if (values.json) writeFileSync(values.json, `${JSON.stringify(jsonOf(played), null, 2)}\n`);
      if (!isGood(played)) process.exitCode = 1;
    } finally {
      stopWatching();
      await pool.end();
    }
  });
};

try {
  const wish = wishOf();
  const own = await hospitalAt(wish);
  try {
    await play(wish);
  } finally {
    if (own?.exitCode === null) {
      own.kill('SIGTERM');
      await once(own, 'exit');
    }
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
