import Nes from '@hapi/nes/lib/client.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { raiseAlert } from '../../plugins/messaging/api.ts';
import { startHms, type Client } from '../hms.ts';
import { startHouse, type House } from './house.ts';
import { openMailServer } from './peers.ts';

const test = suite<{ house: House }>('messaging: alerts');
test.before(async (at) => {
  at.house = await startHouse(['ehr']);
});
test.after(({ house }) => house?.stop());

interface Heard {
  event: string;
  at: number;
}
const listen = async (
  { url }: { url: string },
  client: Client,
): Promise<{ heard: Heard[]; stop: () => Promise<void> }> => {
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

test('a broken glass is on the officer’s screen at once, and in the mail where an address is set', async () => {
  const mail = await openMailServer();
  const hms = await startHms(['auth', 'facility', 'patients', 'messaging'], {
    env: {
      OPENWARD_SMTP_URL: mail.url,
      OPENWARD_MAIL_FROM: 'hospital@hospital.example',
      OPENWARD_PRIVACY_EMAIL: 'officer@hospital.example',
    },
  });
  const [admin, nurse, clerk] = await Promise.all(['admin', 'nurse', 'receptionist'].map((role) => hms.as(role)));
  const heard = await listen(hms, admin!);
  const eva = { familyName: 'Protegida', givenName: 'Eva', birthDate: '1980-01-01', gender: 'female', phone: '+49 30 1', city: 'Berlin' }; // prettier-ignore
  const { id, recordNumber } = (await clerk!.post('/api/patients', eva)).body;
  await hms.asAdmin(`insert into core.subject_label (subject_id, label) values ('${id}', 'restricted')`);
  const began = performance.now();
  const reason = 'unconscious, brought in by ambulance';
  assert.is((await nurse!.post('/api/break-glass', { recordNumber, reason })).status, 201);
  const tells = ({ event }: Heard) => event === 'messaging.alerts-changed';
  for (let look = 0; look < 500 && !heard.heard.some(tells); look++) await soon(10);
  const first = heard.heard.find(tells);
  assert.ok(first && first.at - began < 1000, `after ${first ? Math.round(first.at - began) : 'never'} ms`);
  assert.equal(await textsOf(admin!), ['Somebody opened a protected record in an emergency']);
  assert.equal(await textsOf(nurse!), []);

  mail.refusals.push(451);
  for (let look = 0; look < 300 && mail.mails.length === 0; look++) await soon(100);
  await soon(6000);
  assert.is(mail.mails.length, 1);
  const [letter] = mail.mails;
  assert.equal(letter!.to, ['officer@hospital.example']);
  assert.match(letter!.text, '/break-glass');
  for (const said of ['Protegida', recordNumber, id, 'Nurse', reason]) assert.not.match(letter!.source, said);
  await heard.stop();
  await hms.stop();
  await mail.stop();
});

test.run();
