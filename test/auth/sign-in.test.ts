import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { password, startHms, type TestHms } from '../hms.ts';

const test = suite<{ hms: TestHms }>('auth: sign in');
test.before(async (at) => {
  at.hms = await startHms(['auth']);
});
test.after((at) => at.hms?.stop());

const signIn = (hms: TestHms, username: string, word = password) =>
  hms.anonymous.post('/api/auth/login', { username, password: word });
const cookieOf = (headers: Headers): string => headers.get('set-cookie')?.split(';')[0] ?? '';
const refresh = (hms: TestHms, cookie: string, more = {}) =>
  hms.anonymous.post('/api/auth/refresh', {}, { cookie, origin: hms.url, 'x-openward': '1', ...more });

test('gives a token, what the person may do, and a cookie that scripts cannot read', async ({ hms }) => {
  const { status, body, headers } = await signIn(hms, 'Admin');
  assert.is(status, 200);
  assert.is(body.user.displayName, 'Admin');
  assert.equal(body.user.roles, ['admin']);
  assert.ok(body.user.permissions.includes('user:write'));
  assert.is(body.expiresIn, 600);
  assert.match(
    headers.getSetCookie().find((it) => it.startsWith('openward-session='))!,
    /^openward-session=[\w-]{22}\.[\w-]{43}; .*HttpOnly; SameSite=Strict; Path=\/$/,
  );
});

test('unknown and wrong get the same answer, and the fifth failure locks for a while', async ({ hms }) => {
  const wrong = await signIn(hms, 'nurse', 'not-the-password');
  const unknown = await signIn(hms, 'nobody-here', 'not-the-password');
  assert.equal(
    [wrong.status, wrong.body.type, wrong.body.detail],
    [unknown.status, unknown.body.type, unknown.body.detail],
  );
  assert.is(wrong.status, 401);
  for (let failure = 0; failure < 4; failure++) await signIn(hms, 'nurse', 'not-the-password');
  const locked = await signIn(hms, 'nurse');
  assert.equal([locked.status, locked.body.type], [429, '/problems/sign-in-locked']);
  assert.ok(Number(locked.headers.get('retry-after')) > 0);
  for (let failure = 0; failure < 4; failure++) await signIn(hms, 'nobody-here', 'not-the-password');
  const nobody = await signIn(hms, 'nobody-here', 'not-the-password');
  assert.equal([nobody.status, nobody.body.type], [429, '/problems/sign-in-locked']);
  await hms.db.query(
    sql.unsafe`update auth.failed_login set locked_until = clock_timestamp() where username = 'nurse'`,
  );
  assert.is((await signIn(hms, 'nurse')).status, 200);
});

test('the cookie alone is not enough: header and origin must be ours', async ({ hms }) => {
  const cookie = cookieOf((await signIn(hms, 'doctor')).headers);
  const without = (more: Record<string, string>) => hms.anonymous.post('/api/auth/refresh', {}, { cookie, ...more });
  assert.is((await without({})).status, 401);
  assert.is((await without({ 'x-openward': '1' })).status, 401, 'no Origin');
  assert.is((await without({ origin: hms.url })).status, 401, 'no header');
  for (const origin of ['https://elsewhere.example', 'null', `${hms.url}.example`])
    assert.is((await refresh(hms, cookie, { origin })).status, 401, origin);
  await hms.anonymous.post('/api/auth/logout', {}, { cookie, 'x-openward': '1', origin: 'https://elsewhere.example' });
  assert.is((await refresh(hms, cookie)).status, 200, 'nobody elsewhere signs anybody out');
});

test('after signing out neither cookie nor token opens anything within a second', async ({ hms }) => {
  const { body, headers } = await signIn(hms, 'cashier');
  const authorization = `Bearer ${body.accessToken}`;
  assert.is((await hms.anonymous.get('/api/platform', { authorization })).status, 200);
  assert.is(
    (
      await hms.anonymous.post(
        '/api/auth/logout',
        {},
        { cookie: cookieOf(headers), origin: hms.url, 'x-openward': '1' },
      )
    ).status,
    204,
  );
  assert.is((await refresh(hms, cookieOf(headers))).status, 401);
  await new Promise((resolve) => setTimeout(resolve, 1050));
  assert.is((await hms.anonymous.get('/api/platform', { authorization })).status, 401);
});

test('a changed role and a disabled user count within a second; the last administrator stays', async ({ hms }) => {
  const admin = await hms.as('admin');
  const made = await admin.post('/api/users', {
    username: 'temp',
    displayName: 'Temp',
    password: 'a-long-enough-password',
    roles: ['nurse'],
  });
  assert.is(made.status, 201);
  const first = { username: 'temp', password: 'a-long-enough-password', newPassword: 'one-of-their-own-choice' };
  const { body } = await hms.anonymous.post('/api/auth/login', first);
  const authorization = `Bearer ${body.accessToken}`;
  const changed = await admin.put(
    `/api/users/${made.body.id}`,
    { displayName: 'Temp', active: true, roles: ['admin'] },
    { 'if-match': (await admin.get(`/api/users/${made.body.id}`)).headers.get('etag')! },
  );
  assert.is(changed.status, 200);
  await new Promise((resolve) => setTimeout(resolve, 1050));
  assert.is((await hms.anonymous.get('/api/users', { authorization })).status, 200);
  const off = await admin.put(
    `/api/users/${made.body.id}`,
    { displayName: 'Temp', active: false, roles: ['nurse'] },
    { 'if-match': changed.headers.get('etag')! },
  );
  assert.is(off.status, 200);
  const told = async (username: string) => {
    const { status: answered, body: said } = await signIn(hms, username, 'one-of-my-own-choosing');
    return [answered, said.type, said.title, said.detail, Object.keys(said)];
  };
  assert.equal(await told('temp'), await told('nobody-of-this-name'), 'the right password of who is disabled');
  await new Promise((resolve) => setTimeout(resolve, 1050));
  assert.is((await hms.anonymous.get('/api/users', { authorization })).status, 401);
  const { items } = (await admin.get('/api/users')).body;
  const own = items.find((user: { username: string }) => user.username === 'admin');
  const last = await admin.put(
    `/api/users/${own.id}`,
    { displayName: 'Admin', active: true, roles: ['nurse'] },
    { 'if-match': `W/"${own.version}"` },
  );
  assert.equal([last.status, last.body.type], [422, '/problems/last-administrator']);
});

test('a taken name, an unknown role and a short password are refused', async ({ hms }) => {
  const admin = await hms.as('admin');
  const user = { username: 'DOCTOR', displayName: 'X', password: 'a-long-enough-password', roles: ['nurse'] };
  assert.is((await admin.post('/api/users', user)).body.type, '/problems/user-username-unique');
  assert.is((await admin.post('/api/users', { ...user, username: 'x1', roles: ['king'] })).status, 422);
  assert.is((await admin.post('/api/users', { ...user, username: 'x2', password: 'short' })).status, 400);
});
test.run();
