import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { etag } from '../scheduling/hospital.ts';
import { startHouse, type House, type Row } from './house.ts';

const test = suite<{ house: House }>('messaging: a series is told once');
test.before(async (at) => {
  at.house = await startHouse();
});
test.before.each(async ({ house }) => {
  house.gateway.asked.length = 0;
  await house.setClock('2026-03-02T08:00:00Z');
});
test.after.each(async ({ house }) => {
  assert.equal(await house.broken(), []);
});
test.after(({ house }) => house?.stop());

const book = async (house: House, startTime: string) => {
  const patientId = await house.agreed();
  const { status, body } = await house.clerk.post('/api/series', {
    patientId, practitionerId: house.practitioners[0], serviceId: house.service, zone: 'Europe/Berlin',
    startOn: '2026-03-05', startTime, minutes: 30, rule: { frequency: 'weekly', count: 4 },
  }); // prettier-ignore
  assert.is(status, 201, JSON.stringify(body));
  await house.settle();
  return { patientId, series: body };
};
const verb = async (house: House, series: { id: string; version: number }, name: string, body: object) => {
  const answer = await house.clerk.post(`/api/series/${series.id}/${name}`, body, etag(series.version));
  assert.is(answer.status, 200, JSON.stringify(answer.body));
  await house.settle();
  return answer.body;
};
const told = (rows: Row[]) =>
  rows
    .filter((it) => it.channel === 'sms' && it.kind !== 'appointment-reminder')
    .map((it) => `${it.kind} ${it.status}`);
const texts = (house: House) => house.gateway.asked.map(({ text }) => text);

test('booked, moved and called off: one message each, and each appointment has its own reminders', async ({
  house,
}) => {
  const { patientId, series } = await book(house, '10:00');
  await house.at('2026-03-02T08:01:01Z');
  assert.equal(texts(house), [
    'Your appointments at OpenWard Demo Hospital are booked: 4. The first is on Thursday, 5 March 2026 at 10:00.',
  ]);
  const reminders = async () =>
    (await house.messagesOf(patientId)).filter(
      (it) => it.channel === 'sms' && it.kind === 'appointment-reminder' && it.status === 'planned',
    ).length;
  assert.is(await reminders(), 8, 'two days and two hours before each');
  const moved = await verb(house, series, 'change', { scope: 'all', startTime: '11:00' });
  await house.at('2026-03-02T08:03:00Z');
  assert.is(texts(house).length, 2);
  assert.match(texts(house)[1]!, /have moved: 4\. The next is on Thursday, 5 March 2026 at 11:00/);
  assert.is(await reminders(), 8);
  await verb(house, moved, 'cancel', { scope: 'following', on: '2026-03-19', reason: 'Recovered' });
  await house.at('2026-03-02T08:05:00Z');
  assert.is(texts(house).length, 3);
  assert.match(texts(house)[2]!, /cancelled: 2\. The first of them was on Thursday, 19 March 2026/);
  assert.is(await reminders(), 4);
});

test('what is taken back before anybody heard of it is told to nobody', async ({ house }) => {
  const { patientId, series } = await book(house, '13:00');
  await house.at('2026-03-02T08:01:01Z');
  house.gateway.asked.length = 0;
  const off = await verb(house, series, 'cancel', { scope: 'all', reason: 'By mistake' });
  await verb(house, off, 'reinstate', {});
  await house.at('2026-03-02T08:04:00Z');
  assert.equal(texts(house), []);
  assert.equal(told(await house.messagesOf(patientId)), ['series-booked sent', 'series-cancelled withdrawn']);
});

test('of a series that nobody has heard of, what there is now is told', async ({ house }) => {
  const { series } = await book(house, '14:00');
  const fewer = await verb(house, series, 'cancel', { scope: 'following', on: '2026-03-12', reason: 'Shorter' });
  await verb(house, fewer, 'extend', { count: 1 });
  await house.at('2026-03-02T08:02:00Z');
  assert.equal(texts(house), [
    'Your appointments at OpenWard Demo Hospital are booked: 2. The first is on Thursday, 5 March 2026 at 14:00.',
  ]);
});

test('one of them that is moved alone is told as that one', async ({ house }) => {
  const { series } = await book(house, '15:00');
  await house.at('2026-03-02T08:01:01Z');
  house.gateway.asked.length = 0;
  await verb(house, series, 'change', { scope: 'this', on: '2026-03-12', startTime: '16:00' });
  await house.at('2026-03-02T08:03:00Z');
  assert.is(texts(house).length, 1);
  assert.match(texts(house)[0]!, /moved from Thursday, 12 March 2026, 15:00, to Thursday, 12 March 2026 at 16:00/);
});

test.run();
