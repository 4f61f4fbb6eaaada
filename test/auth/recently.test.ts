import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { loadPlugins, shipped } from '../../core/loader.ts';
import { withProof } from '../../plugins/auth/recently/prove.ts';
import { clientOf, password, startHms, type Answer, type Client, type TestHms } from '../hms.ts';
import { Authenticator } from './authenticator.ts';

const origin = 'http://localhost:3000';
interface At {
  hms: TestHms;
}
const test = suite<At>('auth: showing again who one is');
test.before(async (at) => {
  at.hms = await startHms(['auth'], { env: { LOG_LEVEL: 'silent', ORIGIN: origin } });
});
test.after((at) => at.hms?.stop());

const problem = ({ status, body }: Answer) => [status, body.type];
const needed = [403, '/problems/reauthentication-needed'];
const enter = async ({ hms }: At, username: string): Promise<Client> => {
  const { body } = await hms.anonymous.post('/api/auth/login', { username, password });
  return clientOf(hms.url, body.accessToken);
};
/** As if everybody had signed in that long ago, and worked since. */
const minutesLater = ({ hms }: At, minutes: number) =>
  hms.db.query(sql.unsafe`update auth.session set proved_at = proved_at - make_interval(mins => ${minutes})`);
let count = 0;
const somebody = () => ({
  username: `somebody${(count += 1)}`,
  displayName: 'Some Body',
  password: 'quiet-lantern-74-river',
  roles: ['nurse'],
});

test('five minutes after the sign-in what is delicate asks again, changes nothing until then, and nothing else asks', async (at) => {
  const admin = await enter(at, 'admin');
  assert.is((await admin.post('/api/users', somebody())).status, 201);
  await minutesLater(at, 4);
  assert.is((await admin.post('/api/users', somebody())).status, 201);
  await minutesLater(at, 1);
  const wanted = somebody();
  assert.equal(problem(await admin.post('/api/users', wanted)), needed);
  const users = (await admin.get('/api/users?limit=100')).body.items as { username: string }[];
  assert.not.ok(users.some(({ username }) => username === wanted.username));
  const nurse = await enter(at, 'nurse');
  assert.is((await nurse.post('/api/users', wanted)).body.type, '/problems/permission-missing', 'not theirs at all');

  assert.equal(problem(await admin.post('/api/auth/reauthenticate', { password: 'not-it' })), [
    422,
    '/problems/password-wrong',
  ]);
  assert.equal(problem(await admin.post('/api/users', wanted)), needed);
  assert.is((await admin.post('/api/auth/reauthenticate', { password })).status, 204);
  assert.is((await admin.post('/api/users', wanted)).status, 201);
});

test('it counts for the session in which it was shown, and a new access token is no proof', async (at) => {
  const first = await at.hms.anonymous.post('/api/auth/login', { username: 'admin', password });
  const [here, there] = [clientOf(at.hms.url, first.body.accessToken), await enter(at, 'admin')];
  await minutesLater(at, 6);
  assert.is((await here.post('/api/auth/reauthenticate', { password })).status, 204);
  assert.is((await here.post('/api/users', somebody())).status, 201);
  assert.equal(problem(await there.post('/api/users', somebody())), needed);
  await minutesLater(at, 6);
  const cookie = first.headers.getSetCookie().find((it) => it.startsWith('openward-session='))!.split(';')[0]!; // prettier-ignore
  const renewed = await at.hms.anonymous.post('/api/auth/refresh', {}, { cookie, 'x-openward': '1', origin });
  assert.is(renewed.status, 200);
  const fresh = clientOf(at.hms.url, renewed.body.accessToken);
  assert.equal(problem(await fresh.post('/api/users', somebody())), needed);
});

test('wrong passwords count as at the sign-in: whoever finds an open screen cannot try them all', async (at) => {
  const cashier = await enter(at, 'cashier');
  for (let n = 0; n < 5; n++)
    assert.is((await cashier.post('/api/auth/reauthenticate', { password: `guess ${n}` })).status, 422);
  assert.equal(problem(await cashier.post('/api/auth/reauthenticate', { password })), [
    429,
    '/problems/sign-in-locked',
  ]);
  assert.is((await at.hms.anonymous.post('/api/auth/login', { username: 'cashier', password })).status, 429);
});

test('a passkey shows it as well, one’s own and no other', async (at) => {
  const own = new Authenticator(origin);
  const theirs = new Authenticator(origin);
  const register = async (person: Client, device: Authenticator) => {
    const passkey = device.make((await person.post('/api/auth/passkeys/options')).body);
    assert.is((await person.post('/api/auth/passkeys', { name: 'Key', passkey })).status, 201);
  };
  const [doctor, nurse] = [await enter(at, 'doctor'), await enter(at, 'nurse')];
  assert.equal((await doctor.post('/api/auth/reauthenticate/options')).body, { passkey: null });
  await register(doctor, own);
  await register(nurse, theirs);
  await minutesLater(at, 6);
  assert.equal(problem(await doctor.post('/api/auth/passkeys/options')), needed);
  const ask = async () => (await doctor.post('/api/auth/reauthenticate/options')).body.passkey;
  const send = (passkey: unknown) => doctor.post('/api/auth/reauthenticate', { passkey });
  assert.equal(problem(await send(theirs.show(await ask()))), [422, '/problems/passkey-wrong']);
  const shown = own.show(await ask());
  assert.is((await send(shown)).status, 204);
  assert.is((await doctor.post('/api/auth/passkeys/options')).status, 200);
  assert.equal(problem(await send(shown)), [422, '/problems/passkey-wrong']);
});

test('whoever has only a passkey at hand does everything to their own sign-in; a signature counts once', async (at) => {
  const device = new Authenticator(origin);
  const person = await enter(at, 'pharmacist');
  const made = device.make((await person.post('/api/auth/passkeys/options')).body);
  assert.is((await person.post('/api/auth/passkeys', { name: 'Key', passkey: made })).status, 201);
  const show = async () => device.show((await person.post('/api/auth/reauthenticate/options')).body.passkey);
  await minutesLater(at, 6);
  for (const path of ['', '/recovery-codes', '/remove'])
    assert.equal(problem(await person.post(`/api/auth/second-factor${path}`, {})), needed, path);
  assert.is((await person.post('/api/auth/reauthenticate', { passkey: await show() })).status, 204);
  assert.is((await person.post('/api/auth/second-factor', {})).status, 200);
  assert.is((await person.post('/api/auth/second-factor/recovery-codes', {})).status, 200);
  assert.is((await person.post('/api/auth/second-factor/remove', {})).status, 204);

  const change = (proof: object) => person.post('/api/auth/password', { newPassword: 'evening-garden-walk', ...proof });
  assert.is((await change({})).status, 400, 'a proof of a minute ago is not enough for a new password');
  const shown = await show();
  assert.is((await change({ password, passkey: shown })).status, 400);
  assert.is((await change({ passkey: shown })).status, 204);
  assert.equal(problem(await change({ passkey: shown })), [422, '/problems/passkey-wrong']);
  const login = (word: string) => at.hms.anonymous.post('/api/auth/login', { username: 'pharmacist', password: word });
  assert.is((await login(password)).status, 401);
  assert.is((await login('evening-garden-walk')).body.type, '/problems/second-factor-needed');
});

/**
 * `recent`: within the last minutes; `proof`: a password or passkey in its own body. The rest does nothing that a finder of an open screen could
 * use to stay, to see more, or to carry much away: the reason stands there.
 */
const delicate: Record<string, string> = {
  'POST /api/auth/email': 'recent',
  'POST /api/auth/passkeys': 'recent',
  'POST /api/auth/passkeys/options': 'recent',
  'POST /api/auth/passkeys/{id}/remove': 'recent',
  'POST /api/auth/password': 'proof',
  'POST /api/auth/second-factor': 'recent',
  'POST /api/auth/second-factor/recovery-codes': 'recent',
  'POST /api/auth/second-factor/remove': 'recent',
  'POST /api/users': 'recent',
  'PUT /api/users/{id}': 'recent',
  'POST /api/clients': 'recent',
  'PUT /api/clients/{id}': 'recent',
  'PUT /api/users/{id}/sites': 'recent',
  'POST /api/users/{id}/clearances': 'recent',
  'POST /api/users/{id}/email': 'recent',
  'POST /api/users/{id}/password': 'recent',
  'DELETE /api/users/{id}/second-factor': 'recent',
  'POST /api/users/{id}/grants': 'recent',
  'POST /api/roles': 'recent',
  'PUT /api/roles/{name}': 'recent',
  'DELETE /api/roles/{name}': 'recent',
  'POST /api/app-requests/{uid}/allow': 'recent',
  'PUT /api/portal/contact': 'recent',
  'GET /api/patients/{id}/photo': 'nothing',
  'GET /api/queue/public-displays/{secret}/news': 'nothing',
  'GET /api/calendar-feeds/{secret}.ics': 'a calendar program with the link',
  'GET /api/appointments/{id}/calendar': 'one appointment, without what it is for',
  'GET /api/portal/visits/{id}/calendar': 'one’s own appointment, without what it is for',
  'POST /api/patients/{id}/merge': 'recent',
  'POST /api/patients/{id}/unmerge': 'recent',
  'GET /api/audit/csv': 'recent',
  'GET /api/reports/{id}/csv': 'recent',
  'GET /api/patients/{id}/print/{form}': 'one patient, at the bedside',
  'GET /api/patients/imports/{id}/refused': 'what somebody has sent, given back',
  'POST /api/auth/browsers/forget': 'takes something away',
  'POST /api/auth/browsers/{id}/forget': 'takes something away',
  'POST /api/auth/forgotten': 'before the sign-in',
  'POST /api/auth/forgotten/link': 'before the sign-in',
  'POST /api/auth/forgotten/password': 'before the sign-in',
  'POST /api/auth/login': 'before the sign-in',
  'POST /api/auth/logout': 'takes something away',
  'POST /api/auth/passkeys/sign-in': 'before the sign-in',
  'POST /api/auth/passkeys/sign-in/options': 'before the sign-in',
  'POST /api/auth/reauthenticate': 'is the question itself',
  'POST /api/auth/reauthenticate/options': 'is the question itself',
  'POST /api/auth/refresh': 'goes on with a session',
  'POST /api/auth/second-factor/confirm': 'needs what was given to who had proved it a moment ago',
  'POST /api/auth/sessions/end': 'takes something away',
  'POST /api/auth/sessions/{id}/end': 'takes something away',
  'POST /api/users/{id}/clearances/{label}/end': 'takes something away',
  'POST /api/users/{id}/grants/{role}/end': 'recent',
  'POST /api/users/{id}/sessions/end': 'takes something away',
  'POST /api/app-requests/{uid}/deny': 'takes something away',
  'POST /api/apps-let-in/{id}/end': 'takes something away',
  'POST /oauth2/introspect': 'a system with its own key',
  'POST /oauth2/revoke': 'a system with its own key',
  'POST /oauth2/token': 'a system with its own key',
  'OPTIONS /oauth2/introspect': 'says nothing',
  'OPTIONS /oauth2/revoke': 'says nothing',
  'OPTIONS /oauth2/token': 'says nothing',
  'GET /api/portal/record': 'one’s own record, to keep',
};
const isAsked = (method: string, path: string, file: unknown): boolean =>
  file !== undefined ||
  (method !== 'GET' &&
    /^\/(api\/(auth|users|roles|grants|clients|app-requests|apps-let-in|portal\/contact|patients\/\{id\}\/(un)?merge)|oauth2)\b/.test(
      path,
    ));

test('every route about sign-ins, rights, keys and files says whether it asks', async () => {
  const routes = (await loadPlugins(shipped())).flatMap((plugin) => plugin.routes ?? []);
  const said = new Set(
    routes
      .filter(({ method, path, options }) => isAsked(method, path, options.app?.file))
      .map(({ method, path, options }) => {
        const asks = options.app?.recent
          ? 'recent'
          : (options.pre as unknown[] | undefined)?.includes(withProof)
            ? 'proof'
            : 'nothing';
        return `${method} ${path}: ${asks}`;
      }),
  );
  const expected = new Set(
    Object.entries(delicate).map(([key, how]) => `${key}: ${['recent', 'proof'].includes(how) ? how : 'nothing'}`),
  );
  assert.equal([...said.difference(expected)], [], 'not in the list above, or it says otherwise');
  assert.equal([...expected.difference(said)], [], 'in the list above, and not there');
});
test.run();
