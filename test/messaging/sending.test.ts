import { createHmac } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { etag, reportKey, startHouse, type House } from './house.ts';

const test = suite<{ house: House }>('messaging: sending');
test.before(async (at) => {
  at.house = await startHouse();
});
test.before.each(async ({ house }) => {
  house.mail.mails.length = 0;
  house.gateway.asked.length = 0;
  house.gateway.taken.clear();
  house.gateway.answer = undefined;
  await house.db.query(sql.unsafe`delete from messaging.message`);
  await house.setClock('2026-03-02T08:00:00Z');
});
test.after.each(async ({ house }) => assert.equal(await house.broken(), []));
test.after(({ house }) => house?.stop());

let count = 0;
/** Another half hour for each appointment, two weeks ahead. */
const nextTime = () =>
  Temporal.Instant.from('2026-03-16T08:00:00Z')
    .add({ hours: 24 * Math.floor(count / 6), minutes: 30 * (count++ % 6) })
    .toString();

const one = async (house: House, channel: 'email' | 'sms') => {
  const patient = await house.agreed({ email: channel === 'email', sms: channel === 'sms' });
  await house.book(patient, nextTime());
  const notice = async () => (await house.messagesOf(patient)).find(({ kind }) => kind === 'appointment-booked')!;
  return { patient, notice };
};

test('an e-mail says what it is: one receiver, automatic, plain text, known again by its id', async ({ house }) => {
  const { notice } = await one(house, 'email');
  await house.at('2026-03-02T08:02:00Z');
  const [mail] = house.mail.mails;
  const { id } = await notice();
  assert.is(mail!.to.length, 1);
  assert.is(mail!.headers.get('message-id'), `<${id}@hospital.example>`);
  assert.is(mail!.headers.get('auto-submitted'), 'auto-generated');
  assert.is(mail!.headers.get('content-language'), 'en');
  const kinds = [...mail!.source.matchAll(/^content-type: (text\/[a-z]+)/gim)].map(([, kind]) => kind);
  assert.equal(kinds, ['text/plain', 'text/calendar'], 'words without markup, and the file for calendars');
  assert.match(mail!.text, 'please do not reply');
});

test('an address that would reach more than one mailbox is not written to', async ({ house }) => {
  const { patient, notice } = await one(house, 'email');
  await house.db.query(
    sql.unsafe`update patients.patient set email = 'a@example.org, b@example.org' where id = ${patient}`,
  );
  await house.at('2026-03-02T08:02:00Z');
  assert.equal([(await notice()).status, (await notice()).reason], ['failed', 'address-unusable']);
  assert.is(house.mail.mails.length, 0);
});

test('a mailbox that is full is tried again with growing waits, one that is unknown is not', async ({ house }) => {
  const full = await one(house, 'email');
  house.mail.refusals.push(452, 452);
  await house.at('2026-03-02T08:02:00Z');
  assert.equal([(await full.notice()).status, (await full.notice()).reason], ['planned', 'smtp-452']);
  assert.is((await full.notice()).notBefore, '2026-03-02T08:03:00Z');
  await house.at('2026-03-02T08:03:00Z');
  assert.is((await full.notice()).notBefore, '2026-03-02T08:08:00Z');
  await house.at('2026-03-02T08:08:00Z');
  assert.is((await full.notice()).status, 'sent');

  const unknown = await one(house, 'email');
  house.mail.refusals.push(550);
  await house.at('2026-03-02T08:10:00Z');
  assert.equal([(await unknown.notice()).status, (await unknown.notice()).reason], ['failed', 'smtp-550']);
  assert.is((await unknown.notice()).attempts, 1);
});

test('a gateway that is away loses nothing; a refused number is for a person to look at', async ({ house }) => {
  const { notice } = await one(house, 'sms');
  house.gateway.answer = (_sms, response) => Boolean(response.writeHead(503).end());
  const minutes = [2, 4, 10, 26, 90, 300, 1410];
  for (const [n, minute] of minutes.entries()) {
    await house.at(Temporal.Instant.from('2026-03-02T08:00:00Z').add({ minutes: minute }).toString());
    assert.equal([(await notice()).status, (await notice()).attempts], ['planned', n + 1]);
  }
  house.gateway.answer = undefined;
  await house.at('2026-03-04T12:00:00Z');
  assert.is((await notice()).status, 'sent');

  const wrong = await one(house, 'sms');
  house.gateway.answer = (_sms, response) => Boolean(response.writeHead(422).end());
  await house.at('2026-03-04T12:02:00Z');
  assert.equal([(await wrong.notice()).status, (await wrong.notice()).reason], ['failed', 'http-422']);
});

test('after the last try it stands on the work list, an alert says so, and a person may send it again', async ({
  house,
}) => {
  const { notice } = await one(house, 'sms');
  house.gateway.answer = (_sms, response) => Boolean(response.writeHead(500).end());
  for (let hour = 9; hour < 72; hour += 12)
    for (const minutes of [0, 10, 30, 120, 420]) {
      await house.at(
        Temporal.Instant.from('2026-03-02T00:00:00Z')
          .add({ minutes: hour * 60 + minutes })
          .toString(),
      );
    }
  const failed = await notice();
  assert.equal([failed.status, failed.attempts], ['failed', 8]);
  const list = (await house.clerk.get('/api/messages?status=failed')).body.items;
  assert.equal(
    list.map((it: { id: string }) => it.id),
    [failed.id],
  );
  const alerts = (await house.clerk.get('/api/alerts')).body.items;
  assert.ok(alerts.some((it: { text: string }) => it.text === 'Messages to patients could not be delivered.'));

  house.gateway.answer = undefined;
  await house.setClock('2026-03-06T09:00:00Z');
  const { body } = await house.clerk.get(`/api/messages/${failed.id}`);
  assert.is((await house.clerk.post(`/api/messages/${failed.id}/resend`, {}, etag(body.version - 1))).status, 412);
  assert.is((await house.clerk.post(`/api/messages/${failed.id}/resend`, {})).status, 428);
  assert.is((await house.clerk.post(`/api/messages/${failed.id}/resend`, {}, etag(body.version))).status, 200);
  await house.send();
  assert.is((await notice()).status, 'sent');
  // For the gateway it is another message, or it would drop it as one that it knows.
  assert.equal([...house.gateway.taken.keys()], [`${failed.id}.2`]);
  const again = await house.clerk.post(
    `/api/messages/${failed.id}/resend`,
    {},
    etag((await house.clerk.get(`/api/messages/${failed.id}`)).body.version),
  );
  assert.equal([again.status, again.body.type], [409, '/problems/message-not-failed']);
});

test('what waits can be withdrawn by hand, what has gone cannot', async ({ house }) => {
  const { notice } = await one(house, 'sms');
  const { id } = await notice();
  const { body } = await house.clerk.get(`/api/messages/${id}`);
  assert.match(body.body, 'is booked for');
  assert.is((await house.clerk.post(`/api/messages/${id}/withdraw`, {}, etag(body.version))).body.status, 'withdrawn');
  await house.at('2026-03-02T08:10:00Z');
  assert.is(house.gateway.asked.length, 0);

  const gone = await one(house, 'sms');
  await house.at('2026-03-02T08:20:00Z');
  const sent = (await house.clerk.get(`/api/messages/${(await gone.notice()).id}`)).body;
  const refused = await house.clerk.post(`/api/messages/${sent.id}/withdraw`, {}, etag(sent.version));
  assert.equal([refused.status, refused.body.type], [409, '/problems/message-has-gone']);
});

test('a worker that died leaves its message to the next, under the same reference', async ({ house }) => {
  const { notice } = await one(house, 'sms');
  await house.at('2026-03-02T08:02:00Z');
  // As if it had been killed between the gateway's answer and writing it down.
  await house.db.query(sql.unsafe`
    update messaging.message set status = 'sending', sent_at = null, transport = null, claimed_at = clock_timestamp() - interval '3 minutes'
    where id = ${(await notice()).id}`);
  await house.send();
  assert.is((await notice()).status, 'sent');
  assert.is(house.gateway.asked.length, 2);
  assert.is(house.gateway.taken.size, 1);
});

test('the gateway’s reports are believed when they are signed, and once', async ({ house }) => {
  const { notice } = await one(house, 'sms');
  await house.at('2026-03-02T08:02:00Z');
  const { id } = await notice();
  const tell = (body: object, key = reportKey, text = JSON.stringify(body)) =>
    house.anonymous.post('/api/messages/delivery-reports', text, {
      'content-type': 'application/json',
      'x-openward-signature': `sha256=${createHmac('sha256', key).update(text).digest('hex')}`,
    });
  assert.is((await tell({ reference: id, status: 'delivered' }, 'another-key-another-key-another-key')).status, 401);
  assert.is(
    (await house.anonymous.post('/api/messages/delivery-reports', { reference: id, status: 'delivered' })).status,
    401,
  );
  assert.is((await notice()).status, 'sent');
  assert.is((await tell({ reference: 'nonsense', status: 'delivered' })).status, 400);
  assert.is((await tell({ reference: '01890000-0000-7000-8000-000000000000', status: 'delivered' })).status, 204);
  assert.is((await tell({ reference: `${id}.2`, status: 'delivered' })).status, 204);
  assert.is((await notice()).status, 'sent');
  assert.is((await tell({ reference: id, status: 'delivered' })).status, 204);
  assert.is((await notice()).status, 'delivered');
  assert.is((await tell({ reference: id, status: 'failed', code: 'expired' })).status, 204);
  assert.is((await notice()).status, 'delivered');

  const other = await one(house, 'sms');
  await house.at('2026-03-02T08:10:00Z');
  await tell({ reference: (await other.notice()).id, status: 'failed', code: 'Unknown Number' });
  assert.equal([(await other.notice()).status, (await other.notice()).reason], ['failed', 'gateway-unknown-number']);
});

test('quiet hours hold a booking until the morning; that nobody sets out in vain is told at night', async ({
  house,
}) => {
  const { notice } = await one(house, 'sms');
  const patient = await house.agreed({ email: false });
  const tomorrow = await house.book(patient, '2026-03-03T08:30:00Z');
  const nextWeek = await house.book(await house.agreed({ email: false }), '2026-03-10T08:30:00Z');
  await house.at('2026-03-02T08:02:00Z');
  house.gateway.asked.length = 0;
  await house.setClock('2026-03-02T21:00:00Z');
  const late = await one(house, 'sms');
  await house.cancel(tomorrow);
  await house.move(nextWeek, '2026-03-03T08:00:00Z');
  await house.at('2026-03-02T21:02:00Z');
  assert.equal(house.gateway.asked.map(({ text }) => /is cancelled|has moved/.exec(text)?.[0]).toSorted(), [
    'has moved',
    'is cancelled',
  ]);
  assert.equal([(await late.notice()).status, (await late.notice()).reason], ['held', 'quiet-hours']);
  await house.at('2026-03-03T06:59:59Z');
  assert.is((await late.notice()).status, 'held');
  await house.at('2026-03-03T07:00:00Z');
  assert.is((await late.notice()).status, 'sent');
  assert.is((await notice()).status, 'sent');
});

test('an administrator changes windows and quiet hours, others do not', async ({ house }) => {
  const { body } = await house.admin.get('/api/messages/settings');
  assert.equal([body.email, body.sms, body.quietFrom], ['smtp', 'http', '20:00']);
  const rules = { reminderMinutes: [60, 1440], quietFrom: '00:00', quietTo: '00:00', undoSeconds: 30 };
  const path = '/api/messages/settings';
  assert.is((await house.clerk.put(path, rules, etag(body.version))).status, 403);
  assert.is((await house.admin.put(path, { ...rules, quietFrom: '25:00' }, etag(body.version))).status, 400);
  assert.is((await house.admin.put(path, rules)).status, 428);
  await house.setClock('2026-03-02T22:00:00Z');
  const late = await one(house, 'sms');
  await house.at('2026-03-02T22:02:00Z');
  assert.is((await late.notice()).status, 'held');
  const put = await house.admin.put(path, rules, etag(body.version));
  assert.equal([put.status, put.body.reminderMinutes], [200, [1440, 60]]);
  await house.send();
  assert.is((await late.notice()).status, 'sent', 'what was held goes when there is no reason any more');
  assert.is(
    (
      await house.admin.put(
        path,
        { reminderMinutes: [2880, 120], quietFrom: '20:00', quietTo: '08:00', undoSeconds: 60 },
        etag(put.body.version),
      )
    ).status,
    200,
  );
});

test.run();
