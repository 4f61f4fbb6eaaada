import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startHouse, type House } from './house.ts';

const test = suite<{ house: House }>('messaging: answers to reminders');
test.before(async (at) => {
  at.house = await startHouse();
});
test.after((at) => at.house?.stop());

const answer = async ({ clerk, settle }: House, patientId: string, kind: string, decision: string) => {
  const { status, body } = await clerk.post(`/api/patients/${patientId}/consents`, { kind, decision });
  assert.is(status, 201, JSON.stringify(body));
  await settle();
};
const reminders = async (house: House, patientId: string) =>
  (await house.messagesOf(patientId))
    .filter(({ kind, windowMinutes }) => kind === 'appointment-reminder' && windowMinutes === 120)
    .map(({ channel, status }) => `${channel} ${status}`);

test('a no ends the reminders of that channel, what waits too; a yes brings them back', async ({ house }) => {
  const id = await house.agreed();
  await house.book(id, '2026-03-10T09:00:00Z');
  assert.equal(await reminders(house, id), ['email planned', 'sms planned']);
  await answer(house, id, 'reminders-sms', 'refused');
  assert.equal(await reminders(house, id), ['email planned', 'sms withdrawn']);
  await house.book(id, '2026-03-11T10:00:00Z');
  assert.equal(await reminders(house, id), ['email planned', 'email planned', 'sms withdrawn']);
  await answer(house, id, 'reminders-sms', 'given');
  assert.equal(await reminders(house, id), ['email planned', 'email planned', 'sms planned', 'sms planned']);
  await answer(house, id, 'reminders-sms', 'withdrawn');
  assert.equal(await reminders(house, id), ['email planned', 'email planned', 'sms withdrawn', 'sms withdrawn']);
});

test('a yes is enough where there is no preference; where it says no, the no holds', async ({ house }) => {
  const unasked = await house.patient('Unasked');
  await house.book(unasked, '2026-03-12T09:00:00Z');
  assert.equal(await reminders(house, unasked), []);
  await answer(house, unasked, 'reminders-sms', 'given');
  assert.equal(await reminders(house, unasked), ['sms planned']);
  const unwilling = await house.agreed({ sms: false });
  await answer(house, unwilling, 'reminders-sms', 'given');
  await house.book(unwilling, '2026-03-13T09:00:00Z');
  assert.equal(await reminders(house, unwilling), ['email planned']);
});

test('who has died is not reminded', async ({ house }) => {
  const id = await house.agreed();
  await house.book(id, '2026-03-10T13:00:00Z');
  const { version } = (await house.clerk.get(`/api/patients/${id}`)).body;
  await house.clerk.put(`/api/patients/${id}/deceased`, { deceased: true, at: null }, { 'if-match': `W/"${version}"` });
  await house.at('2026-03-10T12:30:00Z');
  assert.equal([...new Set((await reminders(house, id)).map((it) => it.split(' ')[1]))], ['withdrawn']);
});

test.run();
