import { generateSync } from 'otplib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { Authenticator } from '../auth/authenticator.ts';
import { clientOf } from '../hms.ts';
import { openMailServer, type MailServer } from '../messaging/peers.ts';
import { secret as password, startDesk, type Desk } from './desk.ts';

const test = suite<{ desk: Desk; mail: MailServer }>('portal: how patients sign in');
test.before(async (at) => {
  at.mail = await openMailServer();
  at.desk = await startDesk([], { OPENWARD_SMTP_URL: at.mail.url, OPENWARD_MAIL_FROM: 'desk@hospital.example' });
});
test.after(async ({ desk, mail }) => {
  await desk?.stop();
  await mail?.stop();
});

const signIn = (desk: Desk, username: string, more: object = {}) =>
  desk.anonymous.post('/api/auth/login', { username, password, ...more });

test('a patient may add an authenticator, is asked for its code then, and may remove it again', async ({ desk }) => {
  const one = await desk.enrolled();
  assert.is((await one.get('/api/auth/session')).body.idle, 1800, 'thirty minutes, where staff have fifteen');
  const before = (await one.get('/api/auth/second-factor')).body;
  assert.equal(before, { enrolled: false, required: false, recoveryCodes: 0 });
  const { secret, uri } = (await one.post('/api/auth/second-factor', {})).body;
  assert.match(uri, one.username);
  const { codes } = (await one.post('/api/auth/second-factor/confirm', { code: generateSync({ secret }) })).body;
  assert.is((await signIn(desk, one.username)).body.type, '/problems/second-factor-needed');
  const session = await signIn(desk, one.username, { code: codes[0] });
  assert.equal([session.status, session.body.boundTo], [200, one.patientId]);
  assert.is((await one.post('/api/auth/second-factor/remove', {})).status, 204);
  assert.is((await signIn(desk, one.username)).status, 200);
});

test('a passkey opens the one record that is theirs', async ({ desk }) => {
  const one = await desk.enrolled();
  const device = new Authenticator(desk.hms.config.origin);
  const made = device.make((await one.post('/api/auth/passkeys/options')).body);
  assert.is((await one.post('/api/auth/passkeys', { name: 'Phone', passkey: made })).status, 201);
  const options = (await desk.anonymous.post('/api/auth/passkeys/sign-in/options')).body;
  const session = await desk.anonymous.post('/api/auth/passkeys/sign-in', { passkey: device.show(options) });
  assert.equal([session.status, session.body.boundTo], [200, one.patientId]);
  const there = clientOf(desk.url, session.body.accessToken);
  assert.is((await there.get('/api/portal/me')).body.patientId, one.patientId);
});

test('their passwords have eight characters and are not among the first that are tried', async ({ desk }) => {
  const one = await desk.enrolled();
  const change = (newPassword: string) => one.post('/api/auth/password', { password, newPassword });
  assert.is((await change('seven77')).status, 400);
  assert.is((await change('password')).body.type, '/problems/password-guessable');
  assert.is((await change('sunshine')).body.type, '/problems/password-guessable');
  assert.is((await change('hedgerow')).status, 204);
  const staff = await desk.as('nurse');
  const short = await staff.post('/api/auth/password', { password: 'openward-demo', newPassword: 'hedgerow' });
  assert.equal([short.status, short.body.type], [422, '/problems/password-too-short']);
});

test('another record of the same account is no new proof of who is there', async ({ desk }) => {
  const parent = await desk.enrolled();
  const child = await desk.patient();
  const asParent = await desk.enrolled({ patientId: child, role: 'parent', username: parent.username });
  await desk.db.query(sql.unsafe`update auth.session set proved_at = clock_timestamp() - interval '6 minutes'`);
  const back = await asParent.post('/api/portal/switch', { patientId: parent.patientId });
  assert.is(back.status, 200);
  const switched = clientOf(desk.url, back.body.accessToken);
  const asked = await switched.post('/api/auth/email', { email: 'somebody@example.org' });
  assert.equal([asked.status, asked.body.type], [403, '/problems/reauthentication-needed']);
  assert.is((await switched.post('/api/auth/reauthenticate', { password })).status, 204);
  assert.is((await switched.post('/api/auth/email', { email: 'somebody@example.org' })).status, 204);
});

test('a forgotten password comes to the mailbox of the account, not to the address in the record', async ({
  desk,
  mail,
}) => {
  const one = await desk.enrolled();
  const { body: me, headers } = await one.get('/api/portal/me');
  const contact = { phone: me.phone, email: 'record@example.org' };
  const changed = await one.put('/api/portal/contact', contact, { 'if-match': headers.get('etag')! });
  assert.is(changed.status, 200);
  const settled = async () => {
    while (await desk.db.exists(sql.unsafe`select from auth.forgotten where settled_at is null`))
      await new Promise((resolve) => setTimeout(resolve, 50));
  };
  await desk.anonymous.post('/api/auth/forgotten', { username: one.username });
  await settled();
  assert.is(mail.mails.filter(({ text }) => text.includes('/new-password#')).length, 0);
  assert.is((await one.post('/api/auth/email', { email: 'own@example.org' })).status, 204);
  await desk.anonymous.post('/api/auth/forgotten', { username: one.username });
  await settled();
  const letter = mail.mails.find(({ text }) => text.includes('/new-password#'))!;
  assert.equal(letter.to, ['own@example.org']);
  const [, token] = /#([\w-]{43})\s/.exec(letter.text)!;
  assert.is((await desk.anonymous.post('/api/auth/forgotten/link', { token })).body.shortest, 8);
  const reset = await desk.anonymous.post('/api/auth/forgotten/password', { token, newPassword: 'hedgerow' });
  assert.is(reset.status, 204, JSON.stringify(reset.body));
  assert.is((await signIn(desk, one.username, { password: 'hedgerow' })).body.boundTo, one.patientId);
});
test.run();
