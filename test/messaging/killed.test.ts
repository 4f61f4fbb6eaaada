import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { isPlatform } from '../../core/loader.ts';
import { startHouse, type House } from './house.ts';

const test = suite('messaging: killed workers');
const start = Temporal.Instant.from('2026-03-02T08:00:00Z');

/** What the workers wrote into their logs. */
const logged: string[] = [];
const worker = async (house: House, env: Record<string, string>): Promise<ChildProcess> => {
  const names = house.hms.plugins.filter((plugin) => !isPlatform(plugin)).map(({ name }) => name);
  const child = fork(join(import.meta.dirname, '../worker.ts'), {
    env: { ...process.env, WORKER: JSON.stringify({ urls: house.hms.urls, env, names }) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  child.stderr?.on('data', (chunk: Buffer) => logged.push(chunk.toString()));
  await once(child, 'message');
  return child;
};

test('a gateway that fails and workers that are killed: nothing is lost, each reference is taken once', async () => {
  // This process answers requests only: what goes out is sent by workers that die.
  const house = await startHouse([], { OPENWARD_ROLE: 'web' });
  try {
    const patient = await house.agreed({ email: false });
    await house.db.query(sql.unsafe`
      insert into messaging.message (patient_id, kind, channel, not_before, facts)
      select ${patient}, 'portal-message', 'sms', core.now(), '{}' from generate_series(1, 24)`);
    // How often each reference was asked for. By thirds: taken at once; taken, but the answer is lost; refused, then that.
    const times = new Map<string, number>();
    house.gateway.answer = (sms, response) => {
      const before = times.get(sms.reference) ?? 0;
      times.set(sms.reference, before + 1);
      const faults = [...times.keys()].indexOf(sms.reference) % 3;
      if (before >= faults) return false;
      if (faults - before === 2) return Boolean(response.writeHead(503).end());
      house.gateway.taken.set(sms.reference, sms);
      response.destroy();
      return true;
    };
    const env = {
      OPENWARD_ROLE: 'worker',
      LOG_LEVEL: 'debug',
      OPENWARD_SMS_URL: house.gateway.url,
      OPENWARD_SMS_TOKEN: house.gateway.token,
    };
    const Left = z.object({ n: z.int() });
    const left = () =>
      house.db.oneFirst(sql.type(Left)`select count(*)::int as n from messaging.message where status <> 'sent'`);
    const due = () =>
      house.db.exists(
        sql.unsafe`select from messaging.message where status = 'sending' or (status = 'planned' and not_before <= core.now())`,
      );
    for (let life = 1; life <= 10 && (await left()) > 0; life++) {
      const child = await worker(house, env);
      // The first three are killed as soon as they have begun; later ones may finish what is due.
      const asked = house.gateway.asked.length;
      const enough = async () => (life <= 3 ? house.gateway.asked.length >= asked + 5 : !(await due()));
      for (let look = 0; look < 1000 && !(await enough()); look++)
        await new Promise((resolve) => setTimeout(resolve, 5));
      child.kill('SIGKILL');
      await once(child, 'exit');
      // A day later the next one finds what this one had in hand, and what was to be tried again.
      await house.db.query(
        sql.unsafe`update messaging.message set claimed_at = claimed_at - interval '3 minutes' where status = 'sending'`,
      );
      await house.setClock(start.add({ hours: 24 * life }).toString());
    }
    assert.is(await left(), 0);
    assert.is(house.gateway.taken.size, 24);
    assert.ok(house.gateway.asked.length > 24, 'some were asked for more than once');
    const log = logged.join('');
    assert.match(log, 'message not sent');
    for (const secret of [house.gateway.asked[0]!.to, '200001', 'example.org', house.gateway.token, 'portal'])
      assert.not.ok(log.includes(secret), `${secret} is in the log`);
  } finally {
    await house.stop();
  }
});

test.run();
