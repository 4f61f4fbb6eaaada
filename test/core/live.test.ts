import { fileURLToPath } from 'node:url';
import { randomUUID } from 'node:crypto';
import Nes from '@hapi/nes';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { service } from '../../core/actor.ts';
import { publish } from '../../core/events.ts';
import { startHms } from '../hms.ts';

const box = fileURLToPath(new URL('box', import.meta.url));
const test = suite('core: live updates');

test('who is signed in hears that something changed, and not what; nobody else hears anything', async () => {
  const hms = await startHms(['auth', box]);
  const { token } = await hms.as('nurse');
  const clients = [token, 'nonsense'].map(() => new Nes.Client(hms.url.replace('http', 'ws') as `ws://${string}`));
  const [nurse, stranger] = clients as [Nes.Client, Nes.Client];
  try {
    await nurse.connect({ auth: { headers: { authorization: `Bearer ${token}` } } });
    await stranger.connect({ auth: { headers: { authorization: 'Bearer nonsense' } }, reconnect: false }).then(
      () => assert.unreachable('connected'),
      ({ message }: Error) => assert.match(message, /token|sign|auth/i),
    );
    const heard: unknown[] = [];
    await nurse.subscribe('/live/box', (message) => void heard.push(message));
    const id = randomUUID();
    await hms.hms.db(service('test')).transaction((tx) => publish(tx, 'box.made', id, { note: 'a name' }));
    for (let look = 0; look < 100 && heard.length === 0; look++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(heard, [{ event: 'box.made' }]);

    // Whoever had fetched before that, and listens only now, is told how long ago it was.
    const late = new Nes.Client(hms.url.replace('http', 'ws') as `ws://${string}`);
    clients.push(late);
    await late.connect({ auth: { headers: { authorization: `Bearer ${token}` } } });
    const missed: { event: string; ago: number }[] = [];
    await late.subscribe('/live/box', (message) => void missed.push(message as (typeof missed)[number]));
    for (let look = 0; look < 100 && missed.length === 0; look++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(
      missed.map(({ event, ago }) => [event, ago >= 0 && ago < 30_000]),
      [['subscribed', true]],
    );
    const nothing: unknown[] = [];
    await late.subscribe('/live/auth', (message) => void nothing.push(message));
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(nothing, [], 'what is meant for somebody else is told to nobody');
  } finally {
    for (const client of clients) await client.disconnect();
    await hms.stop();
  }
});
test.run();
