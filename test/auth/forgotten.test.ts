import { generateSync } from 'otplib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { forgetOld } from '../../plugins/auth/forget.ts';
import { sendResets } from '../../plugins/auth/forgotten/send.ts';
import { openMailServer, type MailServer } from '../messaging/peers.ts';
import { clientOf, startHms, type Answer, type TestHms } from '../hms.ts';

const origin = 'http://localhost:3000';
interface At {
  hms: TestHms;
  mail: MailServer;
}
const test = suite<At>('auth: a forgotten password');
test.before(async (at) => {
  at.mail = await openMailServer();
  at.hms = await startHms(['auth', 'facility', 'patients', 'messaging'], {
    env: {
      LOG_LEVEL: 'silent',
      ORIGIN: origin,
      OPENWARD_SMTP_URL: at.mail.url,
      OPENWARD_MAIL_FROM: 'desk@hospital.example',
      OPENWARD_HOSPITAL: 'Hospital of Saint Anne',
    },
  });
});
test.after(async (at) => {
  await at.hms?.stop();
  await at.mail?.stop();
});
test.before.each(async ({ hms }) => {
  // Each test begins with a calm hour behind it.
  await hms.db.query(sql.unsafe`update auth.forgotten set asked_at = asked_at - interval '2 hours', settled_at = settled_at - interval '2 hours'`);
}); // prettier-ignore

const problem = ({ status, body }: Answer) => [status, body.type];
const over = [410, '/problems/reset-over'];
const own = 'evening-garden-walk';

let count = 0;
/** Who has a mailbox, and a password of their own. */
const somebody = async ({ hms }: At, more = {}) => {
  const username = `person${(count += 1)}`;
  const email = `${username}@example.org`;
  const admin = await hms.as('admin');
  const made = { username, displayName: 'Some Body', password: 'quiet-lantern-74-river', roles: ['nurse'], ...more };
  const { body: user } = await admin.post('/api/users', made);
  assert.is((await admin.post(`/api/users/${user.id}/email`, { email })).status, 200);
  const newPassword = 'my-own-harbour-window';
  const session = await hms.anonymous.post('/api/auth/login', { username, password: made.password, newPassword });
  assert.is(session.status, 200);
  return { id: user.id as string, username, email, password: newPassword, client: clientOf(hms.url, session.body.accessToken) };
}; // prettier-ignore
const forget = ({ hms }: At, username: string, headers = {}) =>
  hms.anonymous.post('/api/auth/forgotten', { username }, headers);
/** The hospital's own job may have it in hand. */
const delivered = async ({ hms }: At) => {
  await sendResets(hms.hms.db(service('auth')), hms.hms);
  while (await hms.db.exists(sql.unsafe`select from auth.forgotten where settled_at is null and not_before < clock_timestamp() + interval '90 seconds'`))
    await new Promise((resolve) => setTimeout(resolve, 20));
}; // prettier-ignore
const lettersTo = ({ mail }: At, email: string) => mail.mails.filter(({ to }) => to.includes(email));
const tokenIn = (text: string) => /#([\w-]{43})\s/.exec(text)?.[1];
const linkFor = async (at: At, { username, email }: { username: string; email: string }) => {
  const before = lettersTo(at, email).length;
  assert.is((await forget(at, username)).status, 204);
  await delivered(at);
  const letters = lettersTo(at, email);
  assert.is(letters.length, before + 1);
  return tokenIn(letters.at(-1)!.text)!;
};
const reset = ({ hms }: At, token: string, more = {}) =>
  hms.anonymous.post('/api/auth/forgotten/password', { token, newPassword: own, ...more });
const signIn = ({ hms }: At, username: string, word: string, more = {}) =>
  hms.anonymous.post('/api/auth/login', { username, password: word, ...more });

test('a link comes by mail, sets a new password once, and ends every session', async (at) => {
  const person = await somebody(at);
  const token = await linkFor(at, person);
  const [letter] = lettersTo(at, person.email);
  assert.match(letter!.text, `${origin}/new-password#${token}`);
  assert.match(letter!.headers.get('subject')!, 'Hospital of Saint Anne');
  assert.not.match(letter!.source, /Some Body|nurse|patient|person\d+[^@\d]/i, 'neither who it is nor what they do');
  assert.is((await signIn(at, person.username, person.password)).status, 200, 'nothing has changed yet');

  const link = await at.hms.anonymous.post('/api/auth/forgotten/link', { token });
  assert.equal(link.body, { username: person.username, shortest: 12 });
  assert.is((await reset(at, token, { newPassword: 'password1234' })).body.type, '/problems/password-guessable');
  assert.is((await reset(at, token, { newPassword: 'too short' })).body.type, '/problems/password-too-short');
  const both = await Promise.all([reset(at, token), reset(at, token)]);
  assert.equal(both.map(({ status }) => status).sort(), [204, 410], 'of two at once one');
  assert.equal(problem(await reset(at, token)), over);
  assert.is((await signIn(at, person.username, person.password)).status, 401);
  assert.is((await signIn(at, person.username, own)).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 1050));
  assert.is((await person.client.get('/api/platform')).status, 401);
  const kept = await at.hms.db.anyFirst(sql.type(z.strictObject({ it: z.string() }))`
    select token_hash as it from auth.password_reset
    union all select to_jsonb(o)::text from core.outbox o union all select to_jsonb(a)::text from core.audit a
  `);
  assert.not.ok(kept.some((it) => it.includes(token)), 'the token is kept nowhere'); // prettier-ignore
});

test('the answer is the same for names that nobody has, that cannot be written to, and that are disabled', async (at) => {
  const person = await somebody(at);
  const admin = await at.hms.as('admin');
  const off = await somebody(at);
  const { version } = (await admin.get(`/api/users/${off.id}`)).body;
  const change = { displayName: 'Off', active: false, roles: ['nurse'] };
  assert.is((await admin.put(`/api/users/${off.id}`, change, { 'if-match': `W/"${version}"` })).status, 200);
  const before = at.mail.mails.length;
  const names = [person.username, 'nobody-is-called-this', 'doctor', off.username];
  const answers = await Promise.all(names.map((name) => forget(at, name)));
  assert.equal(answers.map(({ status, body }) => [status, body]), names.map(() => [204, ''])); // prettier-ignore
  await delivered(at);
  assert.is(at.mail.mails.length, before + 1);
  const noted = await at.hms.db.anyFirst(sql.type(z.strictObject({ object: z.string().nullable() }))`
    select object from core.audit where detail = 'password forgotten' order by at desc limit ${names.length}
  `);
  assert.equal([...new Set(noted)], [null], 'nor does the audit of the question tell them apart');
});

test('a link dies with a newer one, after half an hour, with a changed password or mailbox, and with the account', async (at) => {
  const { hms } = at;
  const person = await somebody(at);
  const old = await linkFor(at, person);
  const newer = await linkFor(at, person);
  assert.equal(problem(await reset(at, old)), over);
  await hms.db.query(sql.unsafe`update auth.password_reset set expires_at = expires_at - interval '30 minutes'`);
  assert.equal(problem(await reset(at, newer)), over);
  const third = await linkFor(at, person);
  const change = { password: person.password, newPassword: 'harbour window in March' };
  assert.is((await person.client.post('/api/auth/password', change)).status, 204);
  assert.equal(problem(await reset(at, third)), over);

  const another = await somebody(at);
  const fourth = await linkFor(at, another);
  assert.is((await another.client.post('/api/auth/email', { email: 'elsewhere@example.org' })).status, 204);
  assert.equal(problem(await reset(at, fourth)), over);
  const fifth = await linkFor(at, { ...another, email: 'elsewhere@example.org' });
  const admin = await hms.as('admin');
  const { version } = (await admin.get(`/api/users/${another.id}`)).body;
  const off = { displayName: 'Off', active: false, roles: ['nurse'] };
  await admin.put(`/api/users/${another.id}`, off, { 'if-match': `W/"${version}"` });
  assert.equal(problem(await reset(at, fifth)), over);
  assert.equal(problem(await reset(at, 'x'.repeat(43))), over);
});

test('whoever has the mailbox still needs the second factor, and does not get to guess it', async (at) => {
  const { hms } = at;
  const person = await somebody(at);
  const { secret } = (await person.client.post('/api/auth/second-factor', {})).body;
  const { codes } = (await person.client.post('/api/auth/second-factor/confirm', { code: generateSync({ secret }) }))
    .body;
  const token = await linkFor(at, person);
  assert.equal(problem(await reset(at, token)), [401, '/problems/second-factor-needed']);
  for (let n = 0; n < 5; n++)
    assert.equal(problem(await reset(at, token, { code: '000000' })), [401, '/problems/second-factor-wrong']);
  assert.equal(problem(await reset(at, token, { code: codes[0] })), [429, '/problems/sign-in-locked']);
  await hms.db.query(sql.unsafe`delete from auth.failed_login`);
  assert.is((await reset(at, token, { code: codes[0] })).status, 204);
  assert.is((await signIn(at, person.username, own, { code: codes[1] })).status, 200);
});

test('three letters an hour for one name, twenty questions a quarter of an hour from one address', async (at) => {
  const { hms } = at;
  const person = await somebody(at);
  for (let n = 0; n < 5; n++) {
    assert.is((await forget(at, person.username)).status, 204);
    await delivered(at);
  }
  assert.is(lettersTo(at, person.email).length, 3);
  for (let n = 5; n < 20; n++) assert.is((await forget(at, `stranger${n}`)).status, 204);
  assert.equal(problem(await forget(at, 'another')), [429, '/problems/limit-reached']);
  await hms.db.query(sql.unsafe`update auth.forgotten set asked_at = asked_at - interval '16 minutes'`);
  assert.is((await forget(at, 'another')).status, 204);
});

test('a mail server that is away is tried again, with a token of its own; one that refuses the mailbox is not', async (at) => {
  const { hms, mail } = at;
  const person = await somebody(at);
  mail.refusals.push(451);
  await forget(at, person.username);
  await sendResets(hms.hms.db(service('auth')), hms.hms);
  while (await hms.db.exists(sql.unsafe`select from auth.forgotten where attempts = 0`))
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.is(lettersTo(at, person.email).length, 0);
  await hms.db.query(sql.unsafe`update auth.forgotten set not_before = clock_timestamp() where settled_at is null`);
  await delivered(at);
  assert.is(lettersTo(at, person.email).length, 1);
  assert.is((await reset(at, tokenIn(lettersTo(at, person.email)[0]!.text)!)).status, 204);
  mail.refusals.push(550);
  await forget(at, person.username);
  await delivered(at);
  assert.is(lettersTo(at, person.email).length, 1);
});

test('the letter speaks the language of whoever asked', async (at) => {
  const person = await somebody(at);
  await forget(at, person.username, { 'accept-language': 'es' });
  await delivered(at);
  assert.match(lettersTo(at, person.email)[0]!.text, 'contraseña nueva');
  assert.is(lettersTo(at, person.email)[0]!.headers.get('content-language'), 'es');
});

test('what nobody uses any more is forgotten after its time', async (at) => {
  const { hms } = at;
  const run = () => forgetOld(hms.hms.db(service('auth')));
  await run();
  const person = await somebody(at);
  await linkFor(at, person);
  await signIn(at, 'no-such-name', 'x');
  await hms.anonymous.post('/api/auth/passkeys/sign-in/options');
  await person.client.post('/api/auth/sessions/end', { keepThis: false });
  const count = (table: string) =>
    hms.db.oneFirst(sql.type(z.strictObject({ n: z.int() }))`select count(*)::int as n from ${sql.identifier(['auth', table])}`); // prettier-ignore
  const tables = ['challenge', 'password_reset', 'forgotten', 'failed_login', 'session', 'known_device'];
  const counts = () => Promise.all(tables.map(count));
  const before = await counts();
  assert.ok(before.every((n) => n > 0), JSON.stringify(before)); // prettier-ignore
  await run();
  assert.equal((await counts()).slice(0, 2), before.slice(0, 2), 'not before');
  await hms.db.query(sql.unsafe`update auth.challenge set expires_at = expires_at - interval '2 minutes'`);
  await hms.db.query(sql.unsafe`update auth.password_reset set expires_at = expires_at - interval '30 minutes'`);
  await hms.db.query(sql.unsafe`update auth.forgotten set asked_at = asked_at - interval '1 day'`);
  await hms.db.query(sql.unsafe`update auth.failed_login set failed_at = failed_at - interval '1 day'`);
  await hms.db.query(sql.unsafe`update auth.session set ended_at = ended_at - interval '30 days'`);
  await hms.db.query(
    sql.unsafe`update auth.known_device set seen_at = seen_at - interval '180 days', trusted_until = null`,
  );
  await run();
  const after = await counts();
  assert.equal([after.slice(0, 4), after[5]], [[0, 0, 0, 0], 0]);
  assert.ok(after[4]! > 0 && after[4]! < before[4]!, 'open sessions stay');
});

test('without a mail server nobody is told that a letter comes, and the page does not offer it', async () => {
  const hms = await startHms(['auth', 'facility', 'patients', 'messaging'], { env: { LOG_LEVEL: 'silent' } });
  try {
    assert.is((await hms.anonymous.get('/api/auth/sign-in')).body.forgotten, false);
    assert.equal(problem(await hms.anonymous.post('/api/auth/forgotten', { username: 'doctor' })), [
      409,
      '/problems/reset-not-here',
    ]);
  } finally {
    await hms.stop();
  }
});
test.run();
