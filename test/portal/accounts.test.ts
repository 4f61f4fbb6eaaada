import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { clientOf } from '../hms.ts';
import { now } from '../ehr/ward.ts';
import { birthDate, secret, startDesk, type Desk } from './desk.ts';

const test = suite<{ desk: Desk }>('portal: accounts');
test.before(async (at) => {
  at.desk = await startDesk();
});
test.after((at) => at.desk?.stop());

const invite = async (desk: Desk, more: object = {}) => {
  const patientId = await desk.patient();
  const { status, body } = await desk.clerk.post('/api/portal-invitations', { patientId, role: 'self', ...more });
  assert.is(status, 201, JSON.stringify(body));
  return { patientId, ...body };
};
let count = 0;
const take = (desk: Desk, more: object) =>
  desk.anonymous.post('/api/portal/invitation/accept', {
    birthDate,
    username: `guest${(count += 1)}`,
    password: secret,
    ...more,
  });
const forgetGuesses = (desk: Desk) => desk.db.query(sql.unsafe`delete from auth.failed_login`);

test('an invitation opens with code and birth date, once, and signs in to that record alone', async ({ desk }) => {
  const { code, patientId, address, invitation } = await invite(desk);
  assert.match(code, /^[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}$/);
  assert.match(address, /\/portal\/invitation$/);
  assert.not.ok(JSON.stringify(invitation).includes(code));
  const kept = await desk.db.anyFirst(sql.unsafe`select code_hash from portal.invitation`);
  assert.not.ok(JSON.stringify(kept).includes(code.replaceAll('-', '')));

  const checked = await desk.anonymous.post('/api/portal/invitation/check', { code: code.toLowerCase(), birthDate });
  assert.is(checked.body.role, 'self');
  const looks = await desk.db.anyFirst(sql.type(z.object({ patients: z.array(z.uuid()) }))`
    select patient_ids as patients from core.audit where route = 'post /api/portal/invitation/check' and outcome = 0
  `);
  assert.equal(looks, [[patientId]], 'their name was shown');
  const taken = await take(desk, { code });
  assert.is(taken.status, 200, JSON.stringify(taken.body));
  assert.equal(taken.body.user.permissions, ['portal:use']);
  assert.is(taken.body.boundTo, patientId);
  const me = await clientOf(desk.url, taken.body.accessToken).get('/api/portal/me');
  assert.is(me.body.patientId, patientId);
  assert.is((await take(desk, { code })).status, 422);
});

test('a wrong birth date counts, five end the invitation, and every refusal is the same sentence', async ({ desk }) => {
  const { code } = await invite(desk);
  const unknown = await take(desk, { code: 'AAAA-BBBB-CCCC' });
  await forgetGuesses(desk);
  for (let n = 0; n < 5; n++) {
    const wrong = await take(desk, { code, birthDate: '1980-01-02' });
    assert.is(wrong.status, 422);
    assert.is(wrong.body.detail, unknown.body.detail);
    await forgetGuesses(desk);
  }
  assert.is((await take(desk, { code })).body.type, '/problems/invitation-refused');
});

test('whoever guesses codes is locked out for a while, also from the right one', async ({ desk }) => {
  const { code } = await invite(desk);
  for (let n = 0; n < 5; n++) await take(desk, { code: `AAAA-BBBB-CCC${n}` });
  assert.is((await take(desk, { code })).status, 422);
  await forgetGuesses(desk);
  assert.is((await take(desk, { code })).status, 200);
});

test('it expires, is withdrawn, and is replaced by the next one', async ({ desk }) => {
  const old = await invite(desk);
  await desk.setClock('2026-03-20T08:00:00Z');
  assert.is((await take(desk, { code: old.code })).status, 422);
  await desk.setClock(now);

  const gone = await invite(desk);
  const withdraw = `/api/portal-invitations/${gone.invitation.id}/withdraw`;
  assert.is((await desk.clerk.post(withdraw)).status, 200);
  assert.is((await desk.clerk.post(withdraw)).status, 409);
  assert.is((await take(desk, { code: gone.code })).status, 422);

  const first = await invite(desk);
  const second = await desk.clerk.post('/api/portal-invitations', { patientId: first.patientId, role: 'self' });
  assert.is((await take(desk, { code: first.code })).status, 422);
  assert.is((await take(desk, { code: second.body.code })).status, 200);
  await forgetGuesses(desk);
});

test('two who come with one code at one moment: one gets in', async ({ desk }) => {
  const { code } = await invite(desk);
  const answers = await Promise.all([take(desk, { code }), take(desk, { code }), take(desk, { code })]);
  assert.equal(answers.map(({ status }) => status).sort(), [200, 422, 422]);
  await forgetGuesses(desk);
});

test('a password that is guessed at once is refused; the invitation stays', async ({ desk }) => {
  const { code } = await invite(desk);
  for (const password of ['password1', '11111111', '1980-01-01'])
    assert.is((await take(desk, { code, password })).body.type, '/problems/password-guessable');
  assert.is((await take(desk, { code, password: 'short' })).status, 400);
  assert.is((await take(desk, { code })).status, 200);
});

test('the code goes out by mail when the patient has agreed, without a name or a word about health', async ({
  desk,
}) => {
  const patientId = await desk.patient({ email: 'ines@example.org', familyName: 'Moreno' });
  const silent = await desk.clerk.post('/api/portal-invitations', { patientId, role: 'self', send: true });
  assert.equal(silent.body.sentBy, []);
  await desk.clerk.put(
    `/api/patients/${patientId}/message-preference`,
    { email: true, sms: false, declined: [], language: null },
    { 'if-match': 'W/"0"' },
  );
  const { body } = await desk.clerk.post('/api/portal-invitations', { patientId, role: 'self', send: true });
  assert.equal(body.sentBy, ['email']);
  await desk.settle();
  const listed = await desk.clerk.get('/api/messages?status=all');
  const it = listed.body.items.find(({ kind }: { kind: string }) => kind === 'portal-invitation');
  const message = (await desk.clerk.get(`/api/messages/${it.id}`)).body;
  assert.ok(message.body.includes(body.code), message.body);
  assert.not.match(message.body, /Moreno|Cardiology/i);
});

test('one account sees oneself and a child, one at a time; the old session ends with the switch', async ({ desk }) => {
  const parent = await desk.enrolled();
  const childId = await desk.patient();
  const asParent = await desk.enrolled({ patientId: childId, role: 'parent', username: parent.username });
  const both = (await asParent.get('/api/portal/me')).body;
  assert.is(both.patientId, childId);
  assert.equal(
    both.patients.map(({ role }: { role: string }) => role),
    ['self', 'parent'],
  );

  const back = await asParent.post('/api/portal/switch', { patientId: parent.patientId });
  assert.is(back.status, 200);
  assert.is(back.body.boundTo, parent.patientId);
  const self = clientOf(desk.url, back.body.accessToken);
  assert.is((await self.get('/api/portal/me')).body.patientId, parent.patientId);
  await new Promise((resolve) => setTimeout(resolve, 1100)); // what a session may is remembered for a second
  assert.is((await asParent.get('/api/portal/me')).status, 401);
  const stranger = await desk.patient();
  assert.is((await self.post('/api/portal/switch', { patientId: stranger })).status, 404);
  // The next sign-in begins with oneself.
  const again = await desk.anonymous.post('/api/auth/login', { username: parent.username, password: secret });
  assert.is(again.body.boundTo, parent.patientId);
});

test('access for a time ends by itself, another by hand, and with the last one the sign-in', async ({ desk }) => {
  const patientId = await desk.patient();
  const invited = await desk.clerk.post('/api/portal-invitations', {
    patientId,
    role: 'carer',
    displayName: 'Neighbour',
    until: '2026-03-05T08:00:00Z',
  });
  const { body } = await take(desk, { code: invited.body.code });
  const carer = clientOf(desk.url, body.accessToken);
  assert.is((await carer.get('/api/portal/me')).body.role, 'carer');
  const contact = await carer.put('/api/portal/contact', { phone: null, email: null }, { 'if-match': 'W/"1"' });
  assert.is(contact.status, 403);
  await desk.setClock('2026-03-06T08:00:00Z');
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.is((await carer.get('/api/portal/me')).status, 401);
  await desk.setClock(now);

  const own = await desk.enrolled();
  const record = async () => (await desk.clerk.get(`/api/patients/${own.patientId}/record`)).body.portal;
  const [access] = (await record()).accesses;
  assert.is(access.username, own.username);
  assert.is((await desk.clerk.post(`/api/portal-accesses/${access.id}/end`)).status, 200);
  assert.is((await desk.clerk.post(`/api/portal-accesses/${access.id}/end`)).status, 409);
  assert.equal((await record()).accesses, []);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.is((await own.get('/api/portal/me')).status, 401);
  const login = await desk.anonymous.post('/api/auth/login', { username: own.username, password: secret });
  assert.is(login.status, 401);
});

test('only reception and administrators invite; accounts of patients are no users of the house', async ({ desk }) => {
  const patientId = await desk.patient();
  for (const role of ['doctor', 'nurse', 'cashier'])
    assert.is((await (await desk.as(role)).post('/api/portal-invitations', { patientId, role: 'self' })).status, 403);
  const users = (await (await desk.as('admin')).get('/api/users?limit=100')).body.items;
  assert.not.ok(users.some(({ username }: { username: string }) => /^(guest|person)/.test(username)));
});

test('phone and e-mail are changed by who has just shown who they are, and heard of', async ({ desk }) => {
  const own = await desk.enrolled();
  const me = (await own.get('/api/portal/me')).body;
  const version = { 'if-match': `W/"${me.version}"` };
  const wanted = { phone: '+49 30 999111', email: 'new@example.org' };
  await desk.db.query(sql.unsafe`update auth.session set proved_at = clock_timestamp() - interval '6 minutes'`);
  const asked = await own.put('/api/portal/contact', wanted, version);
  assert.equal([asked.status, asked.body.type], [403, '/problems/reauthentication-needed']);
  assert.is((await own.post('/api/auth/reauthenticate', { password: secret })).status, 204);
  const changed = await own.put('/api/portal/contact', wanted, version);
  assert.is(changed.status, 200, JSON.stringify(changed.body));
  assert.is(changed.body.email, 'new@example.org');
  assert.is((await own.put('/api/portal/contact', wanted, version)).status, 412);
  assert.is((await desk.clerk.get(`/api/patients/${own.patientId}`)).body.phone, '+49 30 999111');
});
test.run();
