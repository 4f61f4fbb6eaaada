import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { password, startHms } from '../hms.ts';

const box = fileURLToPath(new URL('box', import.meta.url));
const test = suite('core: limits');

test('who asks too often waits: 429 with Retry-After, by kind and account; others go on', async () => {
  const hms = await startHms(['auth', box], { env: { OPENWARD_LIMITS: 'write=3,other=20' } });
  try {
    const [nurse, admin] = [await hms.as('nurse'), await hms.as('admin')];
    const key = (at: number) => ({ 'idempotency-key': `limits-${at}-key` });
    const statuses: number[] = [];
    for (let at = 0; at < 5; at++) statuses.push((await nurse.post('/api/boxes', { label: `b${at}` }, key(at))).status);
    assert.equal(statuses, [201, 201, 201, 429, 429]);
    const refused = await nurse.post('/api/boxes', { label: 'x' }, key(9));
    assert.equal([refused.body.type, refused.body.limit], ['/problems/limit-reached', 'write']);
    const wait = Number(refused.headers.get('retry-after'));
    assert.ok(wait > 0 && wait <= 60);
    assert.is((await nurse.get('/api/platform')).status, 200, 'reading is counted apart');
    assert.is((await admin.get('/api/users')).status, 200, 'and somebody else too');
    for (let at = 0; at < 300; at++) assert.is((await hms.anonymous.get('/health/live')).status, 200, 'never counted');
  } finally {
    await hms.stop();
  }
});

test('what is usual is far above a busy ward: a screen that fetches four things a second, all day', async () => {
  const hms = await startHms(['auth'], { env: { OPENWARD_LIMITS: '' } });
  try {
    const nurse = await hms.as('nurse');
    const answers = await Promise.all(Array.from({ length: 240 }, () => nurse.get('/api/platform')));
    assert.ok(answers.every(({ status }) => status === 200));
  } finally {
    await hms.stop();
  }
});

test('1,000 guesses on one account end locked or 429, with a trace in the audit', async () => {
  const hms = await startHms(['auth'], { env: { OPENWARD_LIMITS: '' } });
  try {
    // Those who get it right use up nothing.
    const right = await inTurns(150, () => hms.anonymous.post('/api/auth/login', { username: 'nurse', password }), 4);
    assert.ok(right.every(({ status }) => status === 200));
    const guess = (username: string, word: string) =>
      hms.anonymous.post('/api/auth/login', { username, password: word });
    const one = await inTurns(1000, (at) => guess('doctor', `guess-${at}`));
    assert.ok(one.every(({ status }) => status === 401 || status === 429));
    assert.ok(
      one.filter(({ body }) => body.type !== '/problems/limit-reached').length <= 100,
      'a hundred were looked at, at most',
    );
    const { until } = await hms.db.one(sql.type(z.object({ until: z.string() }))`
      select locked_until as until from auth.failed_login where username = 'doctor'
    `);
    assert.ok(Date.parse(until) > Date.now() - 900_000);
    const { refused } = await hms.db.one(sql.type(z.object({ refused: z.int() }))`
      select count(*)::int as refused from core.audit where detail = '/problems/limit-reached' and host(source) = '127.0.0.1'
    `);
    assert.ok(refused >= 1 && refused <= 30, 'written down, and not a thousand times');
  } finally {
    await hms.stop();
  }
});

test('one guess on each of 1,000 accounts: a hundred are looked at, then 429 and when to try again', async () => {
  const hms = await startHms(['auth'], { env: { OPENWARD_LIMITS: '' } });
  try {
    const many = await inTurns(1000, (at) =>
      hms.anonymous.post('/api/auth/login', { username: `user-${at}`, password: 'Summer2026!' }),
    );
    const looked = many.filter(({ body }) => body.type === '/problems/sign-in-refused');
    const held = many.filter(({ status, headers }) => status === 429 && Number(headers.get('retry-after')) > 0);
    assert.is(looked.length + held.length, 1000);
    assert.ok(looked.length > 0 && looked.length <= 100, `${looked.length} were looked at`);
  } finally {
    await hms.stop();
  }
});

test('what one may not, and tokens that are none, are counted too: 429 and one entry for each few', async () => {
  const hms = await startHms(['auth'], { env: { OPENWARD_LIMITS: 'other=20,public=30', LOG_LEVEL: 'silent' } });
  try {
    const nurse = await hms.as('nurse');
    const refused = await inTurns(40, () => nurse.get('/api/users'), 4);
    assert.is(refused.filter(({ status }) => status === 403).length, 20);
    const held = refused.filter(({ status }) => status === 429);
    assert.equal(
      held.map(({ body }) => body.limit),
      Array(20).fill('other'),
    );
    const noted = await hms.db.oneFirst(sql.type(z.object({ count: z.int() }))`
      select count(*)::int from core.audit where detail = '/problems/limit-reached' and actor_kind = 'user'
    `);
    assert.ok(noted >= 1 && noted <= 20, `${noted} entries`);

    const tokens = await inTurns(60, (at) =>
      hms.anonymous.get('/api/users', { authorization: `Bearer made-up-${at}` }),
    );
    const looked = tokens.filter(({ status }) => status === 401).length;
    assert.ok(looked > 0 && looked <= 30, `${looked} were looked at`);
    assert.is(tokens.filter(({ body }) => body.limit === 'public').length, 60 - looked);
    assert.is((await hms.anonymous.get('/api/users')).status, 429, 'nor without any');
  } finally {
    await hms.stop();
  }
});

test('whoever guesses behind the address of a hospital keeps nobody out who has signed in there before', async () => {
  const hms = await startHms(['auth'], { env: { OPENWARD_LIMITS: 'sign-in=10', LOG_LEVEL: 'silent' } });
  try {
    const signIn = (username: string, word: string, cookie = '') =>
      hms.anonymous.post('/api/auth/login', { username, password: word }, cookie ? { cookie } : {});
    const first = await signIn('nurse', password);
    const browser = first.headers.getSetCookie().find((it) => it.startsWith('openward-device='))!.split(';')[0]!; // prettier-ignore
    for (let at = 0; at < 12; at++) await signIn(`somebody-${at}`, 'Summer2026!');
    assert.is((await signIn('nurse', password)).status, 429, 'a browser that nobody knows waits');
    assert.is((await signIn('nurse', password, browser)).status, 200);
    const passkey = (cookie: string) =>
      hms.anonymous.post('/api/auth/passkeys/sign-in', { passkey: {} }, cookie ? { cookie } : {});
    assert.equal([(await passkey('')).status, (await passkey(browser)).status], [429, 400]);
    const madeUp = `openward-device=${'A'.repeat(43)}`;
    assert.is((await signIn('nurse', password, madeUp)).status, 429);
    const guesses = await inTurns(15, (at) => signIn(`other-${at}`, 'Summer2026!', browser), 1);
    assert.is(
      guesses.filter(({ status }) => status === 401).length,
      9,
      'it may be wrong as often as an address, ten times in all',
    );
  } finally {
    await hms.stop();
  }
});

test('with Redis all processes count together; without it they go on, each for itself', async () => {
  const port = 20_000 + (process.pid % 20_000);
  const redis = spawn('redis-server', ['--port', String(port), '--save', '', '--appendonly', 'no'], { stdio: 'pipe' });
  const failed = await Promise.race([
    once(redis, 'error').then(() => true),
    once(redis.stdout, 'data').then(() => false),
  ]);
  if (failed) return console.log('skip: no redis-server here');
  const { openCounters } = await import('../../core/limits/counters.ts');
  const { usualLimits } = await import('../../core/limits/classes.ts');
  const { openLog } = await import('../../core/log.ts');
  const limits = { ...usualLimits, write: { points: 4, per: 60 } };
  const open = () => openCounters(limits, `redis://127.0.0.1:${port}`, 'test', openLog('silent'));
  const [one, other] = [open(), open()];
  try {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const taken = [];
    for (const each of [one, other, one, other, one, other]) taken.push((await each.take('write', 'anna')) === null);
    assert.equal(taken, [true, true, true, true, false, false]);
    redis.kill('SIGKILL');
    await once(redis, 'exit');
    const begun = performance.now();
    const alone = [];
    for (let at = 0; at < 6; at++) alone.push((await one.take('write', 'anna')) === null);
    assert.equal(alone, [true, true, true, true, false, false]);
    assert.ok(performance.now() - begun < 2000, 'nobody waits for it');
  } finally {
    one.stop();
    other.stop();
    redis.kill('SIGKILL');
  }
});

/** So many of them at a time. */
async function inTurns<T>(count: number, work: (at: number) => Promise<T>, atOnce = 12): Promise<T[]> {
  const all: T[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < count) all.push(await work(next++));
    }),
  );
  return all;
}
test.run();
