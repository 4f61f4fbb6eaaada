import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startHms } from '../hms.ts';

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
test.run();
