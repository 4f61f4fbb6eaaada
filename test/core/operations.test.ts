import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import { forgetEvents } from '../../core/jobs.ts';
import { startHms, type TestHms } from '../hms.ts';

const box = fileURLToPath(new URL('box', import.meta.url));
const subscriber = 'box:box.made';
const test = suite<{ hms: TestHms }>('core: operations');
test.before(async (at) => {
  at.hms = await startHms(['auth', box], { env: { LOG_LEVEL: 'silent' } });
});
test.after((at) => at.hms?.stop());

const say = (hms: TestHms, id: string, note: string, fail = false) =>
  hms.hms.db(service('test')).transaction((tx) => publish(tx, 'box.made', id, { note, fail }));
const heard = async (hms: TestHms, id: string) => {
  await hms.settle();
  const notes = sql.type(
    z.object({ note: z.string() }),
  )`select note from box.heard where subject_id = ${id} order by seq`;
  return hms.db.anyFirst(notes);
};
/** Their last try comes now instead of after ten minutes. */
const park = async (hms: TestHms, id: string, notes: string[]): Promise<number[]> => {
  for (const note of notes) await say(hms, id, note, true);
  for (let attempt = 0; attempt < 8 * notes.length; attempt++) {
    await hms.settle();
    await hms.db.query(sql.unsafe`update core.delivery set next_at = clock_timestamp() where status = 'pending'`);
  }
  await hms.settle();
  const events = sql.type(z.object({ id: z.int() }))`
    select event_id as id from core.delivery where subject_id = ${id} and status = 'parked' order by 1`;
  return [...(await hms.db.anyFirst(events))];
};
const mend = (hms: TestHms, id: string) =>
  hms.db.query(sql.unsafe`update core.outbox set facts = facts || '{"fail": false}' where subject_id = ${id}`);
const audited = (hms: TestHms, route: string) =>
  hms.db.any(
    sql.type(z.object({ object: z.string().nullable(), detail: z.string().nullable(), outcome: z.int() }))`
      select object, detail, outcome from core.audit where route = ${route} order by id`,
  );

test('says how parts, events, jobs and database are', async ({ hms }) => {
  const admin = await hms.as('admin');
  const ran = async () => {
    const { body } = await admin.get('/api/operations');
    const job = body.jobs.find(({ name }: { name: string }) => name === 'box.count');
    return job.ranAt ? { body, job } : undefined;
  };
  let found = await ran();
  for (let look = 0; look < 100 && !found; look++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    found = await ran();
  }
  const { body, job } = found!;
  assert.is(job.plugin, 'box');
  assert.is(job.every, 200);
  assert.is(job.failedAt, null);
  assert.ok(job.nextAt);
  assert.is(body.clockSpeed, 1);
  assert.match(body.database.version, /^18/);
  assert.ok(body.database.sizeBytes > 0 && body.database.connections < body.database.maxConnections);
  assert.equal(body.backlog, { waiting: 0, oldest: null });
  assert.equal(body.plugins.find(({ name }: { name: string }) => name === 'box').services, [
    { name: 'pulse', state: 'up' },
  ]);
  assert.is((await (await hms.as('nurse')).get('/api/operations')).status, 403);
});

test('a failure is shown by its kind and place, never in its own words', async ({ hms }) => {
  const id = randomUUID();
  const [eventId] = await park(hms, id, ['Morales']);
  const { body } = await (await hms.as('admin')).get('/api/operations');
  const shown = body.parked.find((one: { eventId: number }) => one.eventId === eventId);
  assert.is(shown.subjectId, id);
  assert.is(shown.event, 'box.made');
  assert.is(shown.subscriber, subscriber);
  assert.is(shown.attempts, 8);
  assert.match(shown.lastError, /^Error · test\/core\/box\/index\.ts:\d+$/);
  assert.not.match(JSON.stringify(body), /Morales|cannot/);
});

test('tried again, it comes before what was not heard yet and after what was; failing, it steps aside at once', async ({
  hms,
}) => {
  const admin = await hms.as('admin');
  const id = randomUUID();
  const [first] = await park(hms, id, ['first', 'second']);
  await say(hms, id, 'third');
  assert.equal(await heard(hms, id), ['third']);

  const still = await admin.post('/api/operations/retry', { subscriber, eventId: first });
  assert.equal([still.status, still.body], [200, { changed: 1 }]);
  await say(hms, id, 'fourth');
  assert.equal(await heard(hms, id), ['third', 'fourth']);

  await mend(hms, id);
  assert.is((await admin.post('/api/operations/retry', { subscriber })).status, 200);
  await say(hms, id, 'fifth');
  assert.equal(await heard(hms, id), ['third', 'fourth', 'first', 'second', 'fifth']);
  assert.is((await admin.post('/api/operations/retry', { subscriber, eventId: first })).status, 409);
  assert.equal(
    (await audited(hms, 'post /api/operations/retry')).map(({ object, outcome }) => [object, outcome]),
    [
      [`Delivery/${first}/${subscriber}`, 0],
      [`Delivery/*/${subscriber}`, 0],
      [null, 4],
    ],
  );
});

test('is given up with a reason, by those who may, and stays given up', async ({ hms }) => {
  const admin = await hms.as('admin');
  const id = randomUUID();
  const [eventId] = await park(hms, id, ['hopeless']);
  const wish = { subscriber, eventId, reason: 'Entered by hand on the ward' };
  assert.is((await (await hms.as('nurse')).post('/api/operations/give-up', wish)).status, 403);
  assert.is((await admin.post('/api/operations/give-up', { ...wish, reason: 'no' })).status, 400);
  assert.is((await admin.post('/api/operations/give-up', wish)).status, 200);
  assert.is((await admin.post('/api/operations/give-up', wish)).status, 409);
  await mend(hms, id);
  await admin.post('/api/operations/retry', { subscriber });
  await say(hms, id, 'later');
  assert.equal(await heard(hms, id), ['later']);
  const [refused, done] = await audited(hms, 'post /api/operations/give-up');
  assert.is(refused?.outcome, 4);
  assert.equal(done, { object: `Delivery/${eventId}/${subscriber}`, detail: wish.reason, outcome: 0 });
});

test('events that everybody has heard are forgotten after their days; parked and waiting ones stay', async ({
  hms,
}) => {
  const ids = { old: randomUUID(), young: randomUUID(), parked: randomUUID() };
  await say(hms, ids.old, 'old');
  await say(hms, ids.young, 'young');
  await park(hms, ids.parked, ['parked']);
  const all = sql.array(Object.values(ids), 'uuid');
  await hms.db.query(sql.unsafe`
    update core.outbox set fanned_out_at = clock_timestamp() - case when subject_id = ${ids.young} then interval '29 days' else interval '31 days' end
    where subject_id = any(${all})
  `);
  await forgetEvents(hms.hms.db(service('core')), hms.hms);
  const left = sql.type(z.object({ id: z.uuid() }))`
    select o.subject_id as id from core.outbox o join core.delivery d on d.event_id = o.id where o.subject_id = any(${all}) order by o.id`;
  assert.equal(await hms.db.anyFirst(left), [ids.young, ids.parked]);
});
test.run();
