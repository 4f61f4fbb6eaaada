import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { coreJobs, openJobs } from '../../core/jobs.ts';
import { startHms } from '../hms.ts';

const box = fileURLToPath(new URL('box', import.meta.url));
const test = suite('core: jobs');
const redis = process.env.REDIS_TEST_URL;

const counted = async (env: Record<string, string>): Promise<number> => {
  const hms = await startHms(['auth', box], { env });
  try {
    const rows = sql.type(z.object({ n: z.int() }))`select count(*)::int as n from box.heard where note = 'counted'`;
    for (let look = 0; look < 200 && (await hms.db.oneFirst(rows)) < 2; look++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    return await hms.db.oneFirst(rows);
  } finally {
    await hms.stop();
  }
};

test('run again and again on PostgreSQL', async () => {
  assert.ok((await counted({})) >= 2);
});

test('as the service of its plugin, and in the database with the rights of requests: never as the owner', async () => {
  const hms = await startHms(['auth', box]);
  try {
    const ran = sql.type(
      z.object({ as: z.string() }),
    )`select origin as "as" from box.heard where note = 'counted' limit 1`;
    let as = await hms.db.maybeOneFirst(ran);
    for (let look = 0; look < 200 && as === null; look++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      as = await hms.db.maybeOneFirst(ran);
    }
    const role = new URL(hms.hms.urls.app).username;
    assert.is(as, `service box as ${role}`);
    assert.is.not(role, new URL(hms.hms.urls.owner!).username);
  } finally {
    await hms.stop();
  }
});

test('a process that only answers requests runs none', async () => {
  const hms = await startHms(['auth', box], { env: { OPENWARD_ROLE: 'web' } });
  await new Promise((resolve) => setTimeout(resolve, 600));
  const ran = await hms.db.exists(sql.unsafe`select from box.heard where note = 'counted'`);
  await hms.stop();
  assert.not.ok(ran);
});

test('an answer is kept for seven days and no longer', async () => {
  const hms = await startHms(['auth', box], { env: { OPENWARD_ROLE: 'web' } });
  const app = hms.hms.db(service('test'));
  await hms.db.query(sql.unsafe`
    insert into core.idempotency (user_id, route, key, body_hash, status, created_at)
    select uuidv7(), 'post /', days::text, '', 200, clock_timestamp() - make_interval(days => days, hours => 1)
    from unnest(array[0, 6, 7]) days
  `);
  await coreJobs['core.forget-answers']!.run(app, hms.hms);
  const keys = sql.type(z.object({ key: z.string() }))`select key from core.idempotency order by key`;
  assert.equal(await hms.db.anyFirst(keys), ['0', '6']);
  await hms.stop();
});

test('nothing stays scheduled for a plugin that is switched off', async () => {
  const hms = await startHms(['auth', box]);
  const scheduled = () =>
    hms.db.anyFirst(sql.type(z.object({ id: z.string() }))`select scheduler_id as id from bullmq.scheduler order by 1`);
  assert.equal(await scheduled(), [
    'auth.end-sessions',
    'auth.forget-old',
    'auth.send-resets',
    'box.count',
    'core.forget-answers',
    'core.forget-events',
  ]);
  await (await openJobs({ ...hms.hms, plugins: [] }, { work: true })).stop();
  assert.equal(await scheduled(), ['core.forget-answers', 'core.forget-events']);
  await hms.stop();
});

if (!redis) console.log('skip: there is no Redis here; REDIS_TEST_URL names one');
(redis ? test : test.skip)('run again and again on Redis', async () => {
  assert.ok((await counted({ REDIS_URL: redis! })) >= 2);
});
test.run();
