import Nes from '@hapi/nes/lib/client.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { raiseAlert } from '../../plugins/messaging/api.ts';
import type { Client } from '../hms.ts';
import { startHouse, type House } from './house.ts';

const test = suite<{ house: House }>('messaging: alerts');
test.before(async (at) => {
  at.house = await startHouse(['ehr']);
});
test.after(({ house }) => house?.stop());

interface Heard {
  event: string;
  at: number;
}
const listen = async ({ url }: House, client: Client): Promise<{ heard: Heard[]; stop: () => Promise<void> }> => {
  const wire = new Nes.Client(`ws://${new URL(url).host}`);
  await wire.connect({ auth: { headers: { authorization: `Bearer ${client.token}` } }, reconnect: false });
  const heard: Heard[] = [];
  await wire.subscribe('/live/messaging', (message: unknown) => {
    heard.push({ event: (message as Heard).event, at: performance.now() });
  });
  return { heard, stop: () => wire.disconnect() };
};
const textsOf = async (client: Client) =>
  (await client.get('/api/alerts')).body.items.map((it: { text: string }) => it.text);
const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('are on the screens of those they are for within a second, and nobody else hears of them', async ({ house }) => {
  const [nurse, doctor, cashier] = await Promise.all(['nurse', 'doctor', 'cashier'].map((role) => house.as(role)));
  const [atNurse, atCashier] = [await listen(house, nurse!), await listen(house, cashier!)];
  const patient = await house.patient();
  const began = performance.now();
  const vitals = await nurse!.post('/api/vitals', { patientId: patient, oxygenSaturation: 61 });
  assert.is(vitals.status, 201, JSON.stringify(vitals.body));
  for (let look = 0; look < 200 && !atNurse.heard.some(({ event }) => event === 'messaging.alerts-changed'); look++)
    await soon(10);
  const [first] = atNurse.heard.filter(({ event }) => event === 'messaging.alerts-changed');
  assert.ok(first && first.at - began < 1000, `after ${first ? Math.round(first.at - began) : 'never'} ms`);
  assert.equal(await textsOf(nurse!), ['A vital sign is critical.']);
  assert.equal(await textsOf(doctor!), ['A vital sign is critical.']);
  assert.equal(await textsOf(cashier!), []);

  const { items } = (await nurse!.get('/api/alerts')).body;
  assert.is(items[0].patient.id, patient);
  assert.is((await cashier!.post(`/api/alerts/${items[0].id}/acknowledge`)).status, 404);
  assert.is((await nurse!.post(`/api/alerts/${items[0].id}/acknowledge`)).status, 204);
  assert.is((await nurse!.post(`/api/alerts/${items[0].id}/acknowledge`)).status, 204);
  assert.equal(await textsOf(doctor!), []);
  await soon(300);
  assert.equal(atCashier.heard, []);
  await atNurse.stop();
  await atCashier.stop();
});

test('one person’s are theirs alone; the same is shown once until somebody has looked', async ({ house }) => {
  const nurse = await house.as('nurse');
  const cashier = await house.as('cashier');
  const { user } = (await nurse.get('/api/platform')).body;
  const [atNurse, atCashier] = [await listen(house, nurse), await listen(house, cashier)];
  const raise = async () => {
    const alert = {
      to: { userId: user.id },
      kind: 'pharmacy.stock-low',
      textKey: 'alert_message_failed',
      path: '/stock',
    };
    await house.hms.db({ ...house.db.actor }).transaction((tx) => raiseAlert(tx, alert));
    await house.settle();
  };
  await raise();
  await raise();
  assert.is((await textsOf(nurse)).length, 1);
  assert.equal(await textsOf(cashier), []);
  const { items } = (await nurse.get('/api/alerts', { 'accept-language': 'es' })).body;
  assert.equal([items[0].text, items[0].path], ['No se pudieron entregar mensajes a pacientes.', '/stock']);
  await nurse.post(`/api/alerts/${items[0].id}/acknowledge`);
  await raise();
  assert.is((await textsOf(nurse)).length, 1);
  await soon(300);
  assert.ok(atNurse.heard.length > 0);
  assert.equal(atCashier.heard, []);
  await atNurse.stop();
  await atCashier.stop();
});

test('need somebody who is signed in', async ({ house }) => {
  assert.is((await house.anonymous.get('/api/alerts')).status, 401);
});

test.run();
