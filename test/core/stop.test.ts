import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startHms } from '../hms.ts';
import { startSecond } from '../second.ts';

const box = fileURLToPath(new URL('box', import.meta.url));
const test = suite('core: stop');

test('under load answers what it has taken, and then takes no more', async () => {
  const hms = await startHms(['auth', box]);
  const nurse = await hms.as('nurse');
  const outcomes: (string | number)[] = [];
  const client = async (): Promise<void> => {
    for (;;) {
      const outcome = await nurse.get('/api/platform').then(
        ({ status }) => status,
        (error: Error) => (error.cause as { code: string }).code,
      );
      outcomes.push(outcome);
      if (outcome === 'ECONNREFUSED') return;
    }
  };
  const clients = Promise.all(Array.from({ length: 12 }, client));
  await new Promise((resolve) => setTimeout(resolve, 200));
  await hms.stop();
  await clients;
  // A kept connection may be closed in the moment in which the next request leaves; none is answered wrongly or by half.
  assert.equal(
    outcomes.filter((outcome) => ![200, 'ECONNRESET', 'UND_ERR_SOCKET', 'ECONNREFUSED'].includes(outcome)),
    [],
  );
  assert.ok(outcomes.includes(200));
});
test('on SIGTERM a process is not ready first, answers what it has taken, and is out within ten seconds', async () => {
  const hms = await startHms(['auth', box]);
  try {
    const secret = (name: string) => `${name}-0123456789-abcdefghijklmnopqrstuvwxyz`;
    // As production runs it: only there it waits for whoever shares out the load.
    const second = await startSecond(hms, ['auth', box], {
      NODE_ENV: 'production',
      ORIGIN: 'http://localhost:3000',
      OPENWARD_PASSWORD_PEPPER: secret('pepper'),
      OPENWARD_AUDIT_KEY: secret('audit'),
      OPENWARD_SESSION_KEY: secret('session'),
    });
    const health = async () => (await fetch(`${second.url}/health/ready`)).status;
    assert.is(await health(), 200);
    const port = Number(new URL(second.url).port);
    // A request that is on its way: the rest of its body comes after the signal.
    const slow = connect(port, '127.0.0.1');
    let said = '';
    slow.on('data', (text) => (said += String(text)));
    const closed = new Promise<void>((resolve) => slow.on('close', () => resolve()));
    const body = JSON.stringify({ username: 'nobody', password: 'not-the-password' });
    slow.write(
      `POST /api/auth/login HTTP/1.1\r\nHost: localhost:3000\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`,
    );
    // And one that never comes to an end.
    const hanging = connect(port, '127.0.0.1').on('error', () => {});
    hanging.write('POST /api/auth/login HTTP/1.1\r\nHost: localhost:3000\r\nContent-Length: 500\r\n\r\n{');
    await new Promise((resolve) => setTimeout(resolve, 300));

    const stopped = second.stop('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.is(await health(), 503, 'not ready, and still answering');
    slow.write(body.slice(10));
    const { code, took } = await stopped;
    await closed;
    assert.match(said, /^HTTP\/1.1 401/);
    assert.is(code, 0);
    assert.ok(took < 10_000, `${Math.round(took)} ms`);
    hanging.destroy();
  } finally {
    await hms.stop();
  }
});
test.run();
