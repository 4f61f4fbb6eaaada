import { generateSync } from 'otplib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { readConfig } from '../../core/config.ts';
import { sql } from '../../core/database.ts';
import { hashOfCode, newCodes, opened, sealed, stepOf } from '../../plugins/auth/second-factor/secret.ts';
import { clientOf, password, startHms, type Answer, type TestHms } from '../hms.ts';

interface At {
  hms: TestHms;
}
const test = suite<At>('auth: second factor');
test.before(async (at) => {
  at.hms = await startHms(['auth'], { env: { LOG_LEVEL: 'silent' } });
});
test.after((at) => at.hms?.stop());

const signIn = ({ hms }: At, username: string, more = {}, headers = {}) =>
  hms.anonymous.post('/api/auth/login', { username, password, ...more }, headers);
const problem = ({ status, body }: Answer) => [status, body.type];
const needed = [401, '/problems/second-factor-needed'];
const wrong = [401, '/problems/second-factor-wrong'];
const bearer = ({ body }: Answer) => ({ authorization: `Bearer ${body.accessToken}` });
/** The code of so many half minutes from now; each counts once, so tests take later ones. */
const codeOf = (secret: string, steps = 0) =>
  generateSync({ secret, epoch: Math.floor(Date.now() / 1000) + 30 * steps });
/** As if the codes of before were long ago. */
const later = ({ hms }: At, username: string) =>
  hms.db.query(sql.unsafe`
    update auth.totp set last_step = last_step - 10 where user_id = (select id from auth."user" where username = ${username})
  `);

const enrol = async (at: At, username: string) => {
  const session = await signIn(at, username);
  const post = (path: string, body: object) =>
    at.hms.anonymous.post(`/api/auth/second-factor${path}`, body, bearer(session));
  const { secret, uri } = (await post('', {})).body;
  assert.match(uri, new RegExp(`^otpauth://totp/.*${username}\\?secret=${secret}`));
  assert.is((await signIn(at, username)).status, 200, 'not before it is confirmed');
  assert.equal(problem(await post('/confirm', { code: '000000' })), [422, '/problems/second-factor-code-wrong']);
  const confirming = codeOf(secret);
  const { codes } = (await post('/confirm', { code: confirming })).body;
  assert.is(codes.length, 10);
  return { session, post, confirming, secret: secret as string, codes: codes as string[] };
};

test('with an authenticator the password alone opens nothing, and a code opens once', async (at) => {
  const { secret, confirming } = await enrol(at, 'doctor');
  const without = await signIn(at, 'doctor');
  assert.equal(problem(without), needed);
  assert.equal([without.body.accessToken, without.headers.get('set-cookie')], [undefined, null]);
  assert.equal(problem(await signIn(at, 'doctor', { code: confirming })), wrong, 'the code that confirmed it was used');
  await later(at, 'doctor');
  const code = codeOf(secret);
  const both = await Promise.all([signIn(at, 'doctor', { code }), signIn(at, 'doctor', { code })]);
  assert.equal(both.map(({ status }) => status).sort(), [200, 401], 'of two at once one gets in');
  assert.equal(problem(await signIn(at, 'doctor', { code: '12345' })), wrong);
  const mistyped = await at.hms.anonymous.post('/api/auth/login', { username: 'doctor', password: 'wrong', code });
  assert.equal(
    problem(mistyped),
    [401, '/problems/sign-in-refused'],
    'nothing is said of the code without the password',
  );
});

test('a wrong code costs a try, and five of them lock', async (at) => {
  const { secret } = await enrol(at, 'cashier');
  await later(at, 'cashier');
  for (let n = 0; n < 5; n++) assert.equal(problem(await signIn(at, 'cashier', { code: '000000' })), wrong);
  assert.equal(problem(await signIn(at, 'cashier', { code: codeOf(secret) })), [429, '/problems/sign-in-locked']);
});

test('a recovery code opens once, however it is typed; new ones make the old worthless', async (at) => {
  const { codes, post } = await enrol(at, 'nurse');
  assert.is((await signIn(at, 'nurse', { code: codes[0]!.toUpperCase().replace('-', ' ') })).status, 200);
  assert.equal(problem(await signIn(at, 'nurse', { code: codes[0] })), wrong);
  const fresh = (await post('/recovery-codes', {})).body.codes as string[];
  assert.equal(problem(await signIn(at, 'nurse', { code: codes[1] })), wrong);
  assert.is((await signIn(at, 'nurse', { code: fresh[9] })).status, 200);
  const kept = await at.hms.db.anyFirst(
    sql.type(z.object({ codeHash: z.string() }))`select code_hash from auth.recovery_code`,
  );
  assert.not.ok(
    kept.some((it) => fresh.includes(it)),
    'only hashes are kept',
  );
});

test('a trusted browser is spared the code for a month, until the password changes', async (at) => {
  const { secret } = await enrol(at, 'pharmacist');
  await later(at, 'pharmacist');
  const first = await signIn(at, 'pharmacist', { code: codeOf(secret), trust: true });
  const cookie = first.headers
    .getSetCookie()
    .find((it) => it.startsWith('openward-device='))!
    .split(';')[0]!;
  const again = await signIn(at, 'pharmacist', {}, { cookie });
  assert.is(again.status, 200);
  assert.equal(problem(await signIn(at, 'pharmacist')), needed, 'another browser is not');
  const days = await at.hms.db.oneFirst(sql.type(z.object({ days: z.number() }))`
    select extract(day from max(trusted_until) - clock_timestamp())::int as days from auth.known_device
  `);
  assert.ok(days <= 30);
  const change = { password, newPassword: 'evening-garden-walk' };
  assert.is((await at.hms.anonymous.post('/api/auth/password', change, bearer(again))).status, 204);
  const changed = { username: 'pharmacist', password: change.newPassword };
  assert.equal(problem(await at.hms.anonymous.post('/api/auth/login', changed, { cookie })), needed);
});

test('a role may require it: then the next sign-in begins with one, and it cannot be removed', async (at) => {
  const { hms } = at;
  await hms.db.query(sql.unsafe`update auth.role set second_factor = true where name = 'labtech'`);
  const first = await signIn(at, 'labtech');
  assert.equal(problem(first), [403, '/problems/second-factor-must-enrol']);
  assert.is(first.body.accessToken, undefined);
  const { secret } = (await signIn(at, 'labtech')).body;
  assert.is.not(secret, first.body.secret, 'whoever saw the picture before knows nothing of this one');
  assert.equal(problem(await signIn(at, 'labtech', { code: codeOf(first.body.secret) })), wrong);
  const session = await signIn(at, 'labtech', { code: codeOf(secret) });
  assert.is(session.status, 200);
  assert.is(session.body.recoveryCodes.length, 10);
  const state = await hms.anonymous.get('/api/auth/second-factor', bearer(session));
  assert.equal(state.body, { enrolled: true, required: true, recoveryCodes: 10 });
  const removed = await hms.anonymous.post('/api/auth/second-factor/remove', {}, bearer(session));
  assert.equal(problem(removed), [422, '/problems/second-factor-required']);
  const again = await signIn(at, 'labtech', { code: session.body.recoveryCodes[0] });
  assert.equal([again.status, again.body.recoveryCodes], [200, undefined], 'they are told once');
  await later(at, 'labtech');
  const confirmed = await hms.anonymous.post(
    '/api/auth/second-factor/confirm',
    { code: codeOf(secret) },
    bearer(session),
  );
  assert.equal(problem(confirmed), [409, '/problems/second-factor-there'], 'new codes have a way of their own');
});

test('a code is not spent on a new password that is refused', async (at) => {
  const { hms } = at;
  const { secret } = await enrol(at, 'admin');
  await later(at, 'admin');
  const code = codeOf(secret);
  const guessable = await signIn(at, 'admin', { code, newPassword: 'password1234' });
  assert.equal(problem(guessable), [422, '/problems/password-guessable']);
  assert.is((await signIn(at, 'admin', { code })).status, 200);
  await hms.db.query(
    sql.unsafe`delete from auth.totp where user_id = (select id from auth."user" where username = 'admin')`,
  );
});

test('whoever signs out everywhere, or is signed out by an administrator, is asked for a code in every browser', async (at) => {
  const { hms } = at;
  const admin = await hms.as('admin');
  const { secret } = await enrol(at, 'receptionist');
  const trusted = async () => {
    await later(at, 'receptionist');
    const session = await signIn(at, 'receptionist', { code: codeOf(secret), trust: true });
    const cookie = session.headers
      .getSetCookie()
      .find((it) => it.startsWith('openward-device='))!
      .split(';')[0]!;
    assert.is((await signIn(at, 'receptionist', {}, { cookie })).status, 200);
    return { session, cookie, id: session.body.user.id as string };
  };
  const first = await trusted();
  await hms.anonymous.post('/api/auth/sessions/end', { keepThis: false }, bearer(first.session));
  assert.equal(problem(await signIn(at, 'receptionist', {}, { cookie: first.cookie })), needed);
  const second = await trusted();
  assert.is((await admin.post(`/api/users/${second.id}/sessions/end`, {})).status, 204);
  assert.equal(problem(await signIn(at, 'receptionist', {}, { cookie: second.cookie })), needed);
  const third = await trusted();
  assert.is((await admin.post(`/api/users/${third.id}/password`, { password: 'another-first-one' })).status, 204);
  const changed = { username: 'receptionist', password: 'another-first-one', newPassword: 'evening-garden-walk' };
  assert.equal(problem(await hms.anonymous.post('/api/auth/login', changed, { cookie: third.cookie })), needed);
  await hms.db.query(sql.unsafe`
    update auth."user" o set password_hash = d.password_hash, must_change = false
    from auth."user" d where o.username = 'receptionist' and d.username = 'doctor'
  `);
  assert.is((await admin.del(`/api/users/${third.id}/second-factor`)).status, 204);
});

test('nobody takes a second factor or a password off their own account by the administrator’s door', async (at) => {
  const admin = await at.hms.as('admin');
  const own = (await admin.get('/api/platform')).body.user.id;
  const refused = [422, '/problems/access-own'];
  assert.equal(problem(await admin.del(`/api/users/${own}/second-factor`)), refused);
  assert.equal(problem(await admin.post(`/api/users/${own}/password`, { password: 'another-first-one' })), refused);
});

test('who has lost it gets a new start from an administrator, and from nobody else', async (at) => {
  const { hms } = at;
  const { session } = await enrol(at, 'receptionist');
  const admin = await hms.as('admin');
  const id = session.body.user.id;
  assert.is((await hms.anonymous.del(`/api/users/${id}/second-factor`, bearer(session))).status, 403);
  assert.is((await admin.del(`/api/users/${id}/second-factor`)).status, 204);
  assert.is((await signIn(at, 'receptionist')).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 1050));
  assert.is((await hms.anonymous.get('/api/platform', bearer(session))).status, 401);
});

test('administrators need one wherever it is no demonstration', async () => {
  const hms = await startHms(['auth'], { env: { LOG_LEVEL: 'silent', OPENWARD_ADMIN_SECOND_FACTOR: '1' } });
  try {
    assert.equal(problem(await signIn({ hms }, 'admin')), [403, '/problems/second-factor-must-enrol']);
    assert.is((await signIn({ hms }, 'nurse')).status, 200);
  } finally {
    await hms.stop();
  }
  const own = {
    DATABASE_URL: 'postgres://app:drift-wood-41@localhost/db',
    DATABASE_PATIENT_URL: 'postgres://patient:copper-kite-72@localhost/db',
  };
  const secret = (name: string) => `${name}-0123456789-abcdefghijklmnopqrstuvwxyz`;
  const keys = {
    OPENWARD_SESSION_KEY: secret('session'),
    OPENWARD_PASSWORD_PEPPER: secret('pepper'),
    OPENWARD_AUDIT_KEY: secret('audit'),
  };
  const production = { NODE_ENV: 'production', ORIGIN: 'https://hospital.example', ...own, ...keys };
  assert.is(readConfig(production).adminSecondFactor, true);
  assert.is(readConfig(own).adminSecondFactor, true);
  assert.is(readConfig({}).adminSecondFactor, false, 'the demonstration');
  assert.throws(() => readConfig({ ...production, OPENWARD_ADMIN_SECOND_FACTOR: '0' }), /OPENWARD_ADMIN_SECOND_FACTOR/);
});

test('whoever comes to administer access while signed in without a second factor comes in again with one', async () => {
  const hms = await startHms(['auth'], { env: { LOG_LEVEL: 'silent', OPENWARD_ADMIN_SECOND_FACTOR: '1' } });
  try {
    const { secret } = (await signIn({ hms }, 'admin')).body;
    const signedIn = await signIn({ hms }, 'admin', { code: codeOf(secret) });
    const admin = clientOf(hms.url, signedIn.body.accessToken);
    const { items } = (await admin.get('/api/users?limit=100')).body;
    const idOf = (username: string) => items.find((it: { username: string }) => it.username === username).id as string;
    let roles = 0;
    const newRole = async (permissions: string[]) =>
      (await admin.post('/api/roles', { title: `Role ${(roles += 1)}`, permissions, denied: [], secondFactor: false }))
        .body as { name: string; version: number };
    const isIn = async (session: Answer) => {
      await new Promise((resolve) => setTimeout(resolve, 1050));
      return (await hms.anonymous.get('/api/platform', bearer(session))).status === 200;
    };
    const over = (session: Answer) =>
      hms.anonymous.post('/api/auth/refresh', {}, {
        cookie: session.headers.get('set-cookie')!.split(';')[0]!, 'x-openward': '1', origin: hms.url,
      }); // prettier-ignore
    for (const [username, permission] of [
      ['nurse', 'role:write'],
      ['doctor', 'clearance:write'],
      ['cashier', 'user:write'],
    ] as const) {
      const session = await signIn({ hms }, username);
      const harmless = await newRole(['role:read']);
      const give = (role: string) => admin.post(`/api/users/${idOf(username)}/grants`, { role, reason: 'stands in' });
      assert.is((await give(harmless.name)).status, 201);
      assert.ok(await isIn(session), 'another role alone throws nobody out');
      assert.is((await give((await newRole([permission])).name)).status, 201);
      assert.not(await isIn(session), permission);
      assert.is((await over(session)).body.reason, 'second-factor');
      assert.equal(problem(await signIn({ hms }, username)), [403, '/problems/second-factor-must-enrol']);
    }
    assert.ok(await isIn(signedIn), 'who came in with one stays');

    const porter = await newRole(['role:read']);
    assert.is(
      (await admin.post(`/api/users/${idOf('pharmacist')}/grants`, { role: porter.name, reason: 'stands in' })).status,
      201,
    );
    const session = await signIn({ hms }, 'pharmacist');
    const more = { permissions: ['role:read', 'role:write'], denied: [], secondFactor: false };
    assert.is(
      (await admin.put(`/api/roles/${porter.name}`, more, { 'if-match': `W/"${porter.version}"` })).status,
      200,
    );
    assert.not(await isIn(session), 'the role that somebody has came to administer');
  } finally {
    await hms.stop();
  }
});

test('secrets are kept sealed, clocks may differ by half a minute, codes are no two alike', () => {
  const config = { passwordPepper: 'p'.repeat(32) };
  const kept = sealed('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', config);
  assert.not.match(kept.toString('latin1'), /JBSWY3/);
  assert.is(opened(kept, config), 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP');
  assert.throws(() => opened(kept, { passwordPepper: 'q'.repeat(32) }));
  const changed = { passwordPepper: 'q'.repeat(32), passwordPeppersBefore: [config.passwordPepper] };
  assert.is(opened(kept, changed), 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP');
  const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
  for (const steps of [-1, 0, 1]) assert.ok(stepOf(secret, codeOf(secret, steps)), String(steps));
  for (const steps of [-3, 3]) assert.is(stepOf(secret, codeOf(secret, steps)), null, String(steps));
  const codes = Array.from({ length: 50 }, newCodes).flat();
  assert.is(new Set(codes.map(hashOfCode)).size, 500);
});
test.run();
