import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { startSecond } from '../second.ts';
import { clientOf, password, startHms, type Answer, type Client, type TestHms } from '../hms.ts';
import { Authenticator, type Shown } from './authenticator.ts';

const origin = 'http://localhost:3000';
interface At {
  hms: TestHms;
}
const test = suite<At>('auth: passkeys');
test.before(async (at) => {
  at.hms = await startHms(['auth'], { env: { LOG_LEVEL: 'silent', ORIGIN: origin } });
});
test.after((at) => at.hms?.stop());

const problem = ({ status, body }: Answer) => [status, body.type];
const refused = [401, '/problems/passkey-refused'];
const wrong = [401, '/problems/second-factor-wrong'];
const notMade = [422, '/problems/passkey-not-made'];

const signIn = ({ hms }: At, username: string, more = {}) =>
  hms.anonymous.post('/api/auth/login', { username, password, ...more });
const enter = async (at: At, username: string): Promise<Client> =>
  clientOf(at.hms.url, (await signIn(at, username)).body.accessToken);

/** A new passkey of who is signed in there. */
const register = async (person: Client, name = 'Phone', shown: Shown = {}) => {
  const device = new Authenticator(origin);
  const options = await person.post('/api/auth/passkeys/options');
  assert.is(options.status, 200, JSON.stringify(options.body));
  const made = await person.post('/api/auth/passkeys', { name, passkey: device.make(options.body, shown) });
  assert.is(made.status, 201, JSON.stringify(made.body));
  return { device, passkey: made.body.passkey, codes: made.body.recoveryCodes as string[] | undefined };
};
const askToSignIn = async ({ hms }: At) => (await hms.anonymous.post('/api/auth/passkeys/sign-in/options')).body;
const signInWith = async (at: At, device: Authenticator, shown: Shown = {}) =>
  at.hms.anonymous.post('/api/auth/passkeys/sign-in', { passkey: device.show(await askToSignIn(at), shown) });

test('a passkey alone signs in, and is a second factor where a password is used', async (at) => {
  const doctor = await enter(at, 'doctor');
  const { device, passkey, codes } = await register(doctor, 'Grey key');
  assert.equal([passkey.name, passkey.usedAt, codes?.length], ['Grey key', null, 10]);

  const alone = await signInWith(at, device);
  assert.equal([alone.status, alone.body.user.username], [200, 'doctor']);
  const [kept] = (await doctor.get('/api/auth/passkeys')).body.items;
  assert.ok(kept.usedAt);

  const without = await signIn(at, 'doctor');
  assert.equal(problem(without), [401, '/problems/second-factor-needed']);
  assert.equal(without.body.passkey.allowCredentials, [
    { id: device.id, transports: ['internal'], type: 'public-key' },
  ]);
  const both = await signIn(at, 'doctor', { passkey: device.show(without.body.passkey) });
  assert.is(both.status, 200);
  assert.is((await signIn(at, 'doctor', { code: codes![0] })).status, 200, 'a recovery code, when the key is lost');
  assert.equal(problem(await signIn(at, 'doctor', { code: codes![0] })), wrong);
});

test('what was signed once is worth nothing a second time, at the sign-in, as second factor and when one is made', async (at) => {
  const nurse = await enter(at, 'nurse');
  // One that does not count its uses, as many do not: nothing but the challenge tells the second time from the first.
  const { device } = await register(nurse, 'Phone', { counter: 0 });
  const shown = device.show(await askToSignIn(at), { counter: 0 });
  const send = () => at.hms.anonymous.post('/api/auth/passkeys/sign-in', { passkey: shown });
  const both = await Promise.all([send(), send()]);
  assert.equal(both.map(({ status }) => status).sort(), [200, 401], 'of two at once one gets in');
  assert.equal(problem(await send()), refused);

  const { passkey: options } = (await signIn(at, 'nurse')).body;
  const second = device.show(options, { counter: 0 });
  assert.is((await signIn(at, 'nurse', { passkey: second })).status, 200);
  assert.equal(problem(await signIn(at, 'nurse', { passkey: second })), wrong);

  const made = new Authenticator(origin).make((await nurse.post('/api/auth/passkeys/options')).body);
  assert.is((await nurse.post('/api/auth/passkeys', { name: 'One', passkey: made })).status, 201);
  assert.equal(problem(await nurse.post('/api/auth/passkeys', { name: 'Two', passkey: made })), notMade);
});

test('a challenge is used up by a wrong answer, is good for two minutes, for one purpose and for one person', async (at) => {
  const cashier = await enter(at, 'cashier');
  const { device } = await register(cashier);
  const options = await askToSignIn(at);
  const send = (shown: Shown) =>
    at.hms.anonymous.post('/api/auth/passkeys/sign-in', { passkey: device.show(options, shown) });
  assert.equal(problem(await send({ verified: false })), refused, 'nobody has opened the device');
  assert.equal(problem(await send({})), refused);

  const late = await askToSignIn(at);
  await at.hms.db.query(sql.unsafe`update auth.challenge set expires_at = clock_timestamp() - interval '1 second'`);
  const passkey = device.show(late);
  assert.equal(problem(await at.hms.anonymous.post('/api/auth/passkeys/sign-in', { passkey })), refused);

  // One that was given for something else.
  const forSecond = (await signIn(at, 'cashier')).body.passkey;
  const elsewhere = { passkey: device.show(forSecond) };
  assert.equal(problem(await at.hms.anonymous.post('/api/auth/passkeys/sign-in', elsewhere)), refused);
  const forSignIn = device.show(await askToSignIn(at));
  assert.equal(problem(await signIn(at, 'cashier', { passkey: forSignIn })), wrong);
  const unknown = new Authenticator(origin).show((await signIn(at, 'cashier')).body.passkey, { userHandle: null });
  assert.equal(
    problem(await signIn(at, 'cashier', { passkey: unknown })),
    wrong,
    'a device that nobody has registered',
  );
  assert.is((await signInWith(at, device)).status, 200);
});

test('what was signed for another address, or for another house’s name, opens nothing here', async (at) => {
  const labtech = await enter(at, 'labtech');
  const { device } = await register(labtech);
  for (const shown of [
    { origin: 'http://localhost:3001' },
    { origin: 'https://openward.example', host: 'openward.example' },
    { host: 'openward.example' },
  ])
    assert.equal(problem(await signInWith(at, device, shown)), refused, JSON.stringify(shown));
  const options = (await labtech.post('/api/auth/passkeys/options')).body;
  const made = new Authenticator(origin).make(options, { origin: 'https://openward.example' });
  assert.equal(problem(await labtech.post('/api/auth/passkeys', { name: 'Other', passkey: made })), notMade);
  assert.is((await signInWith(at, device)).status, 200);
});

test('somebody else’s passkey proves nothing about this person', async (at) => {
  const [pharmacist, receptionist] = [await enter(at, 'pharmacist'), await enter(at, 'receptionist')];
  const theirs = await register(pharmacist);
  const own = await register(receptionist);
  const { passkey: options } = (await signIn(at, 'receptionist')).body;
  assert.equal(problem(await signIn(at, 'receptionist', { passkey: theirs.device.show(options) })), wrong);
  // Their own device with another's handle: whose it says it is, it is not.
  const handle = Buffer.alloc(16, 7).toString('base64url');
  assert.equal(problem(await signInWith(at, own.device, { userHandle: handle })), refused);
  assert.equal(problem(await signInWith(at, own.device, { userHandle: null })), refused);
  // A passkey of somebody else's is not there to be removed, nor made by another's challenge.
  assert.is((await receptionist.post(`/api/auth/passkeys/${theirs.passkey.id}/remove`)).status, 404);
  const forThem = (await pharmacist.post('/api/auth/passkeys/options')).body;
  const made = new Authenticator(origin).make(forThem);
  assert.equal(problem(await receptionist.post('/api/auth/passkeys', { name: 'X', passkey: made })), notMade);
  assert.is((await signInWith(at, theirs.device)).body.user.username, 'pharmacist');
});

test('a sign-in with a passkey is a sign-in to whoever looks through the audit, here and in FHIR', async (at) => {
  const admin = await at.hms.as('admin');
  const { device } = await register(admin);
  const since = new Date().toISOString();
  assert.is((await signInWith(at, device)).status, 200);
  assert.is((await signInWith(at, device, { verified: false })).status, 401);
  const ours = (await admin.get(`/api/audit?kind=sign-in&from=${since}`)).body.items;
  const withKey = ours.filter(({ route }: { route: string }) => route.includes('passkeys'));
  assert.equal(withKey.map(({ outcome }: { outcome: number }) => outcome).sort(), [0, 4]); // prettier-ignore
  for (const query of [`date=ge${since}&type=110114`, `date=ge${since}&subtype=110122`]) {
    const { status, body } = await admin.get(`/fhir/R4/AuditEvent?${query}`);
    assert.is(status, 200, JSON.stringify(body));
    const events = body.entry.map(({ resource }: { resource: { id: string } }) => resource);
    for (const { id } of withKey) {
      const event = events.find((it: { id: string }) => it.id === id);
      assert.equal([event.type.code, event.subtype[0].code], ['110114', '110122']);
    }
  }
});

test('a device whose count goes back was copied: refused, and the audit says so', async (at) => {
  const { hms } = at;
  const admin = await hms.as('admin');
  const { device } = await register(admin);
  assert.is((await signInWith(at, device, { counter: 10 })).status, 200);
  for (const counter of [10, 9, 0]) assert.equal(problem(await signInWith(at, device, { counter })), refused);
  const noted = await hms.db.anyFirst(sql.type(z.strictObject({ outcome: z.int() }))`
    select outcome::int as outcome from core.audit where detail = 'passkey-copied'
  `);
  assert.equal(noted, [8, 8, 8]);
  assert.is((await signInWith(at, device, { counter: 11 })).status, 200);
});

test('one that was removed, or whose person is disabled, opens nothing; a new one may be made', async (at) => {
  const { hms } = at;
  const admin = await hms.as('admin');
  const made = { displayName: 'Nora', username: 'nora', password: 'quiet-lantern-74-river', roles: ['nurse'] };
  const { body: user } = await admin.post('/api/users', made);
  const first = await hms.anonymous.post('/api/auth/login', {
    username: 'nora',
    password: made.password,
    newPassword: 'my-own-harbour-window',
  });
  const nora = clientOf(hms.url, first.body.accessToken);
  const one = await register(nora, 'One');
  const two = await register(nora, 'Two');
  assert.is(two.codes, undefined, 'codes come with the first');
  assert.is((await nora.post(`/api/auth/passkeys/${one.passkey.id}/remove`)).status, 204);
  assert.equal(problem(await signInWith(at, one.device)), refused);
  assert.is((await signInWith(at, two.device)).status, 200);
  const { version } = (await admin.get(`/api/users/${user.id}`)).body;
  const off = { displayName: 'Nora', active: false, roles: ['nurse'] };
  assert.is((await admin.put(`/api/users/${user.id}`, off, { 'if-match': `W/"${version}"` })).status, 200);
  assert.equal(problem(await signInWith(at, two.device)), refused);
});

test('a role that requires a second factor is content with a passkey, and the last one stays', async (at) => {
  const { hms } = at;
  const admin = await hms.as('admin');
  await hms.db.query(sql.unsafe`update auth.role set second_factor = true where name = 'labtech'`);
  const made = { displayName: 'Lab', username: 'lab', password: 'quiet-lantern-74-river', roles: [] as string[] };
  assert.is((await admin.post('/api/users', made)).status, 201);
  const newPassword = 'my-own-harbour-window';
  const first = await hms.anonymous.post('/api/auth/login', { username: 'lab', password: made.password, newPassword });
  const lab = clientOf(hms.url, first.body.accessToken);
  const { device, passkey } = await register(lab);
  await hms.db.query(sql.unsafe`
    insert into auth.user_role (user_id, role) select id, 'labtech' from auth."user" where username = 'lab'
  `);
  const needed = await hms.anonymous.post('/api/auth/login', { username: 'lab', password: newPassword });
  assert.equal(problem(needed), [401, '/problems/second-factor-needed'], 'not: must enrol');
  const credentials = { username: 'lab', password: newPassword, passkey: device.show(needed.body.passkey) };
  assert.is((await hms.anonymous.post('/api/auth/login', credentials)).status, 200);
  assert.equal(problem(await lab.post(`/api/auth/passkeys/${passkey.id}/remove`)), [
    422,
    '/problems/second-factor-required',
  ]);
  assert.is((await signInWith(at, device)).status, 200, 'it is still there');
});

test('an administrator’s reset takes the passkeys too', async (at) => {
  const { hms } = at;
  const admin = await hms.as('admin');
  const made = { displayName: 'Lost', username: 'lost', password: 'quiet-lantern-74-river', roles: ['nurse'] };
  const { body: user } = await admin.post('/api/users', made);
  const newPassword = 'my-own-harbour-window';
  const first = await hms.anonymous.post('/api/auth/login', { username: 'lost', password: made.password, newPassword });
  const { device } = await register(clientOf(hms.url, first.body.accessToken));
  const { email: _, ...ways } = (await admin.get(`/api/users/${user.id}/sign-in`)).body;
  assert.equal(ways, { authenticator: false, passkeys: 1, recoveryCodes: 10, required: false });
  assert.is((await admin.del(`/api/users/${user.id}/second-factor`)).status, 204);
  assert.equal(problem(await signInWith(at, device)), refused);
  assert.is((await hms.anonymous.post('/api/auth/login', { username: 'lost', password: newPassword })).status, 200);
});

test('a challenge of one process is answered at another', async (at) => {
  const second = await startSecond(at.hms, ['auth'], { ORIGIN: origin });
  try {
    const made = { displayName: 'Two', username: 'two', password: 'quiet-lantern-74-river', roles: ['nurse'] };
    assert.is((await (await at.hms.as('admin')).post('/api/users', made)).status, 201);
    const newPassword = 'my-own-harbour-window';
    const first = await at.hms.anonymous.post('/api/auth/login', {
      username: 'two',
      password: made.password,
      newPassword,
    });
    const { device } = await register(clientOf(at.hms.url, first.body.accessToken));
    const there = clientOf(second.url, '');
    const passkey = device.show(await askToSignIn(at));
    assert.is((await there.post('/api/auth/passkeys/sign-in', { passkey })).status, 200);
    assert.equal(problem(await at.hms.anonymous.post('/api/auth/passkeys/sign-in', { passkey })), refused);
  } finally {
    await second.stop();
  }
});
test.run();
