import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { startHms, type TestHms } from '../hms.ts';

const plan = {
  patients: 120,
  visitsPerPatient: 8,
  passwordPepper: 'x'.repeat(32),
  zone: 'Europe/Berlin',
  currency: 'EUR',
  progress: () => {},
};

const test = suite<{ hms: TestHms }>('messaging: the demo hospital');
test.before(async (at) => {
  // A Wednesday, 11:00 in Berlin.
  at.hms = await startHms(['auth', 'facility', 'patients', 'scheduling', 'messaging'], {
    now: '2026-03-04T10:00:00Z',
    env: { OPENWARD_ROLE: 'web' },
  });
  const owner = { ...at.hms.db, actor: service('demo') };
  for (const plugin of at.hms.hms.plugins) if (plugin.demo) await owner.transaction((tx) => plugin.demo!(tx, plan));
});
test.after((at) => at.hms?.stop());

const counts = ({ db }: TestHms, where: ReturnType<typeof sql.fragment>) =>
  db.oneFirst(sql.type(z.object({ n: z.int() }))`select count(*)::int as n from messaging.message m where ${where}`);

test('every rule holds', async ({ hms }) => {
  for (const plugin of hms.hms.plugins)
    for (const [rule, query] of Object.entries(plugin.invariants ?? {}))
      assert.equal(await hms.db.any(query), [], `${plugin.name}: ${rule}`);
});

test('weeks of messages that went out by day, a few that could not be delivered, and reminders for today', async ({
  hms,
}) => {
  const sent = await counts(hms, sql.fragment`m.status in ('sent', 'delivered')`);
  const failed = await counts(hms, sql.fragment`m.status = 'failed'`);
  assert.ok(sent > 100, `${sent} sent`);
  assert.ok(failed > 0 && failed < sent / 10, `${failed} failed`);
  assert.ok(
    (await counts(hms, sql.fragment`m.status = 'planned' and m.not_before < core.now() + interval '12 hours'`)) > 0,
  );
  assert.is(
    await counts(hms, sql.fragment`(m.sent_at at time zone 'Europe/Berlin')::time not between '08:00' and '20:00'`),
    0,
  );
  assert.is(await counts(hms, sql.fragment`m.status = 'planned' and m.not_before <= core.now()`), 0);
  const clerk = await hms.as('receptionist');
  const { body } = await clerk.get('/api/messages?status=sent&limit=1');
  const { body: message } = await clerk.get(`/api/messages/${body.items[0].id}`);
  assert.match(message.body, 'OpenWard Demo Hospital');
  assert.is((await clerk.get('/api/alerts')).body.items.length, 1);
});

test.run();
