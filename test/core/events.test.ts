import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import { startHms, type TestHms } from '../hms.ts';

const box = fileURLToPath(new URL('box', import.meta.url));
const test = suite<{ hms: TestHms }>('core: events');
test.before(async (at) => {
  at.hms = await startHms(['auth', box]);
});
test.after((at) => at.hms?.stop());

const Heard = z.object({ subjectId: z.uuid(), note: z.string().nullable() });
const heard = (hms: TestHms, ids: readonly string[]) =>
  hms.db.any(
    sql.type(
      Heard,
    )`select subject_id, note from box.heard where subject_id = any(${sql.array([...ids], 'uuid')}) order by seq`,
  );

test('an event is heard if and only if its change is kept', async ({ hms }) => {
  const db = hms.hms.db(service('test'));
  const [kept, lost] = [randomUUID(), randomUUID()];
  await db.transaction((tx) => publish(tx, 'box.made', kept, { note: 'kept' }));
  await db
    .transaction(async (tx) => {
      await publish(tx, 'box.made', lost, { note: 'lost' });
      throw new Error('taken back');
    })
    .catch(() => {});
  await hms.settle();
  assert.equal(await heard(hms, [kept, lost]), [{ subjectId: kept, note: 'kept' }]);
});

test('a subscriber acts as the service of its plugin, for whoever caused it, with no permission and no right of the owner', async ({
  hms,
}) => {
  const [person, subject] = [randomUUID(), randomUUID()];
  const permissions = new Set(['box:write', 'role:write']);
  const db = hms.hms.db({ kind: 'user', id: person, displayName: 'Somebody', permissions });
  await db.transaction((tx) => publish(tx, 'box.made', subject, { note: 'whose' }));
  await hms.settle();
  const role = new URL(hms.hms.urls.app).username;
  assert.equal(await heard(hms, [subject]), [
    { subjectId: subject, note: `service box for ${person} with 0 as ${role}` },
  ]);
});

test('each subject is heard in the order of its commits, none missed, whoever commits late', async ({ hms }) => {
  const db = hms.hms.db(service('test'));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ subject: fc.integer({ min: 0, max: 3 }), delay: fc.integer({ min: 0, max: 8 }) }), {
        minLength: 1,
        maxLength: 25,
      }),
      async (plan) => {
        const subjects = Array.from({ length: 4 }, () => randomUUID());
        const committed = new Map<string, string[]>(subjects.map((id) => [id, []]));
        await Promise.all(
          plan.map(async ({ subject, delay }, index) => {
            const id = subjects[subject]!;
            await db.transaction(async (tx) => {
              await publish(tx, 'box.made', id, { note: String(index) });
              committed.get(id)!.push(String(index)); // the subject's lock is held from here to the commit
              await tx.query(sql.unsafe`select pg_sleep(${delay / 1000})`);
            });
          }),
        );
        await hms.settle();
        for (const id of subjects)
          assert.equal(
            (await heard(hms, [id])).map((row) => row.note),
            committed.get(id),
          );
      },
    ),
    { numRuns: 6 },
  );
});

test('a subscriber that fails is tried again, then parked, and its subject goes on', async ({ hms }) => {
  const db = hms.hms.db(service('test'));
  const id = randomUUID();
  await db.transaction((tx) => publish(tx, 'box.made', id, { note: 'bad', fail: true }));
  await db.transaction((tx) => publish(tx, 'box.made', id, { note: 'good' }));
  const log = hms.hms.log.level;
  hms.hms.log.level = 'silent';
  for (let attempt = 0; attempt < 8; attempt++) {
    await hms.settle();
    await hms.db.query(sql.unsafe`update core.delivery set next_at = clock_timestamp() where status = 'pending'`);
  }
  await hms.settle();
  hms.hms.log.level = log;
  const Delivery = z.object({ status: z.string(), attempts: z.int(), lastError: z.string().nullable() });
  const deliveries = await hms.db.any(
    sql.type(
      Delivery,
    )`select status, attempts, last_error from core.delivery where subject_id = ${id} order by event_id`,
  );
  const withoutLine = deliveries.map((it) => ({ ...it, lastError: it.lastError?.replace(/:\d+$/, '') ?? null }));
  assert.equal(withoutLine, [
    { status: 'parked', attempts: 8, lastError: 'Error · test/core/box/index.ts' },
    { status: 'done', attempts: 1, lastError: null },
  ]);
  assert.equal(
    (await heard(hms, [id])).map((row) => row.note),
    ['good'],
  );
  const { body } = await hms.anonymous.get('/metrics');
  assert.match(body as string, /^deliveries\{status="parked"\} 1$/m);
  assert.match(body as string, /^database_connections\{pool="app",state="idle"\} \d+$/m);
  assert.not.match(body as string, id);
});

test('the hospital clock stands, moves and stays apart from real time', async () => {
  const hms = await startHms(['auth'], { now: '2026-03-29T00:59:00Z' });
  try {
    const admin = await hms.as('admin');
    assert.is((await admin.get('/api/platform')).body.now, '2026-03-29T00:59:00Z');
    await hms.setClock('2027-01-01T00:00:00Z');
    assert.is((await admin.get('/api/platform')).body.now, '2027-01-01T00:00:00Z');
    const at = await hms.db.oneFirst(
      sql.type(
        z.object({ real: z.boolean() }),
      )`select bool_and(at > '2026-11-01' and at < clock_timestamp() + interval '1 s') as real from core.audit`,
    );
    assert.ok(at);
  } finally {
    await hms.stop();
  }
});
test.run();
