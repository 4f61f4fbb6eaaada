import Nes from '@hapi/nes';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { clientOf, password, startHms, type Client, type TestHms } from '../hms.ts';
import { startSecond } from '../second.ts';

const test = suite<{ hms: TestHms }>('auth: sessions');
test.before(async (at) => {
  at.hms = await startHms(['auth']);
});
test.after((at) => at.hms?.stop());

interface Here extends Client {
  id: string;
  userId: string;
  keptKey: string;
  cookie: string;
}

const cookieOf = (headers: Headers): string => headers.get('set-cookie')?.split(';')[0] ?? '';
const browser = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0' };
const signIn = async (hms: TestHms, username: string): Promise<Here> => {
  const { status, body, headers } = await hms.anonymous.post('/api/auth/login', { username, password }, browser);
  assert.is(status, 200);
  const client = clientOf(hms.url, body.accessToken as string);
  const { items } = (await client.get('/api/auth/sessions')).body;
  const { id } = items.find(({ current }: { current: boolean }) => current);
  return { ...client, id, userId: body.user.id, keptKey: body.keptKey, cookie: cookieOf(headers) };
};
const refresh = (hms: TestHms, cookie: string, more = {}) =>
  hms.anonymous.post('/api/auth/refresh', {}, { ...browser, cookie, origin: hms.url, 'x-openward': '1', ...more });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const rowOf = (hms: TestHms, id: string) =>
  hms.db.one(sql.type(z.object({ endedFor: z.string().nullable(), forgot: z.boolean(), usedAgo: z.number() }))`
    select ended_for, kept_key is null and successor is null as forgot,
      extract(epoch from clock_timestamp() - used_at)::float8 as used_ago
    from auth.session where id = ${id}
  `);
/** As if nobody had done anything for so long. */
const leave = (hms: TestHms, id: string, minutes: number) =>
  hms.db.query(
    sql.unsafe`update auth.session set used_at = clock_timestamp() - make_interval(mins => ${minutes}) where id = ${id}`,
  );
const soon = async (look: () => Promise<boolean> | boolean, within: number): Promise<void> => {
  const begun = performance.now();
  while (!(await look())) {
    assert.ok(performance.now() - begun < within, `not within ${within} ms`);
    await pause(20);
  }
};

test('two tabs that refresh in the same moment get the same next token and stay signed in', async ({ hms }) => {
  const { cookie, id } = await signIn(hms, 'doctor');
  const both = await Promise.all([refresh(hms, cookie), refresh(hms, cookie)]);
  assert.equal(
    both.map(({ status }) => status),
    [200, 200],
  );
  const [one, other] = both.map(({ headers }) => cookieOf(headers));
  assert.is(one, other, 'whichever answer comes last, the browser holds a token that is good');
  assert.is.not(one, cookie);
  assert.is((await refresh(hms, one!)).status, 200);
  assert.is((await rowOf(hms, id)).endedFor, null);
});

test('a refresh token that comes a second time later, or from elsewhere, ends the session for both', async ({
  hms,
}) => {
  const later = await signIn(hms, 'doctor');
  const next = cookieOf((await refresh(hms, later.cookie)).headers);
  await hms.db.query(
    sql.unsafe`update auth.session set refreshed_at = clock_timestamp() - interval '11 seconds' where id = ${later.id}`,
  );
  const reused = await refresh(hms, later.cookie);
  assert.equal([reused.status, reused.body.type, reused.body.reason], [401, '/problems/session-over', 'reused']);
  assert.is((await refresh(hms, next)).status, 401);

  const stolen = await signIn(hms, 'doctor');
  await refresh(hms, stolen.cookie);
  assert.is((await refresh(hms, stolen.cookie, { 'user-agent': 'curl/8' })).status, 401);
  assert.equal(await rowOf(hms, stolen.id).then(({ endedFor, forgot }) => [endedFor, forgot]), ['reused', true]);
  const entries = await hms.db.anyFirst(sql.type(z.object({ outcome: z.int() }))`
    select outcome from core.audit where detail = 'refresh-token-reused' and actor_id = ${stolen.userId} order by at
  `);
  assert.equal(entries, [8, 8]);
});

test('however often a session went on since, a token that was used long ago ends it, and so does one that was made up', async ({
  hms,
}) => {
  const copied = await signIn(hms, 'nurse');
  let cookie = copied.cookie;
  for (let times = 0; times < 3; times++) cookie = cookieOf((await refresh(hms, cookie)).headers);
  assert.is((await refresh(hms, copied.cookie)).body.reason, 'reused');
  assert.is((await refresh(hms, cookie)).body.reason, 'reused', 'nor does the thief go on');

  const guessed = await signIn(hms, 'nurse');
  const altered = guessed.cookie.slice(0, -4) + (guessed.cookie.endsWith('AAAA') ? 'BBBB' : 'AAAA');
  assert.is((await refresh(hms, altered)).body.reason, 'reused');
  assert.is((await rowOf(hms, guessed.id)).endedFor, 'reused');
  const entries = await hms.db.oneFirst(sql.type(z.object({ count: z.int() }))`
    select count(*)::int from core.audit where detail = 'refresh-token-reused' and actor_id = ${copied.userId}
  `);
  assert.is(entries, 2);

  const other = await signIn(hms, 'nurse');
  const foreign = other.cookie.replace(/=.{22}/, `=${'A'.repeat(22)}`);
  assert.is((await refresh(hms, foreign)).body.reason, 'unknown', 'of a family that nobody has');
  assert.is((await rowOf(hms, other.id)).endedFor, null);
});

test('who signs out with a token that was used up by then is signed out', async ({ hms }) => {
  const nurse = await signIn(hms, 'nurse');
  await refresh(hms, nurse.cookie);
  const headers = { ...browser, cookie: nurse.cookie, origin: hms.url, 'x-openward': '1' };
  assert.is((await hms.anonymous.post('/api/auth/logout', {}, headers)).status, 204);
  assert.is((await rowOf(hms, nurse.id)).endedFor, 'sign-out');
});

test('another page signs nobody out, and wipes nothing of what the browser keeps', async ({ hms }) => {
  const nurse = await signIn(hms, 'nurse');
  const foreign = { ...browser, cookie: nurse.cookie, origin: 'https://elsewhere.example', 'x-openward': '1' };
  const answer = await hms.anonymous.post('/api/auth/logout', {}, foreign);
  assert.equal([answer.headers.get('clear-site-data'), answer.headers.get('set-cookie')], [null, null]);
  assert.is((await rowOf(hms, nurse.id)).endedFor, null);
});

test('without use a session ends: 15 minutes for staff, and neither refresh nor polling keeps it', async ({ hms }) => {
  const nurse = await signIn(hms, 'nurse');
  const background = { 'openward-background': '1' };
  await pause(2200); // its use is written
  await leave(hms, nurse.id, 10);
  const asked = (await nurse.get('/api/auth/session', background)).body;
  assert.equal([asked.idle, Math.round(asked.idleIn / 10)], [900, 30]);
  assert.is((await refresh(hms, nurse.cookie)).status, 200);
  await nurse.get('/api/platform', background);
  await pause(2500);
  assert.ok((await rowOf(hms, nurse.id)).usedAgo > 600, 'none of them counted as use');

  assert.ok((await nurse.get('/api/auth/session')).body.idleIn > 895, 'a person did something');
  await soon(async () => (await rowOf(hms, nurse.id)).usedAgo < 10, 6000);

  await leave(hms, nurse.id, 15);
  await pause(950);
  assert.is((await nurse.get('/api/platform')).status, 401);
  await pause(2500);
  assert.ok((await rowOf(hms, nurse.id)).usedAgo > 890, 'what is over stays over');
  const over = await refresh(hms, nurse.cookie);
  assert.is(over.status, 401);
});

test('the refresh of an idle session says why it is over; the sweep ends those that nobody asks for', async ({
  hms,
}) => {
  const asked = await signIn(hms, 'nurse');
  await leave(hms, asked.id, 15);
  assert.is((await refresh(hms, asked.cookie)).body.reason, 'idle');
  const silent = await signIn(hms, 'nurse');
  const old = await signIn(hms, 'nurse');
  await pause(2200);
  await leave(hms, silent.id, 16);
  await hms.db.query(sql.unsafe`update auth.session set ends_at = clock_timestamp() where id = ${old.id}`);
  assert.not((await rowOf(hms, silent.id)).forgot);
  const auth = hms.hms.plugins.find(({ name }) => name === 'auth')!;
  await auth.jobs!['auth.end-sessions']!.run(hms.hms.db(), hms.hms);
  const [idle, outlived] = [await rowOf(hms, silent.id), await rowOf(hms, old.id)];
  assert.equal([idle.endedFor, idle.forgot], ['idle', true], 'the key of its kept notes is gone with it');
  assert.equal([outlived.endedFor, outlived.forgot], ['lifetime', true]);
});

test('at most 12 hours, whatever is done; no client can ask for more', async ({ hms }) => {
  const nurse = await signIn(hms, 'nurse');
  const { endsIn } = (await nurse.get('/api/auth/session')).body;
  assert.ok(endsIn > 12 * 3600 - 60 && endsIn <= 12 * 3600);
  assert.is((await nurse.get('/api/auth/session?idle=9999')).status, 400);
  await hms.db.query(
    sql.unsafe`update auth.session set ends_at = clock_timestamp() + interval '1 second' where id = ${nurse.id}`,
  );
  await soon(async () => (await nurse.get('/api/platform')).status === 401, 2500);
  assert.is((await refresh(hms, nurse.cookie)).body.reason, 'lifetime');
});

test('each sign-in is a new session with its own key; the key comes again with a refresh', async ({ hms }) => {
  const [one, other] = [await signIn(hms, 'cashier'), await signIn(hms, 'cashier')];
  assert.is.not(one.id, other.id);
  assert.is(Buffer.from(one.keptKey, 'base64').length, 32);
  assert.is.not(one.keptKey, other.keptKey);
  assert.is((await refresh(hms, one.cookie)).body.keptKey, one.keptKey);
  const again = await hms.anonymous.post('/api/auth/login', { username: 'cashier', password }, { cookie: one.cookie });
  assert.is.not(cookieOf(again.headers), one.cookie, 'a session that was there before is not gone on with');
});

test('a person sees own sessions with device and address, ends one, all others, or all', async ({ hms }) => {
  const [here, phone, desk] = [
    await signIn(hms, 'pharmacist'),
    await signIn(hms, 'pharmacist'),
    await signIn(hms, 'pharmacist'),
  ];
  const { items } = (await here.get('/api/auth/sessions')).body;
  const own = items.find(({ id }: { id: string }) => id === here.id);
  assert.equal([own.current, own.device, own.address], [true, browser['user-agent'], '127.0.0.1']);
  assert.is(items.filter(({ current }: { current: boolean }) => current).length, 1);

  assert.is((await here.post(`/api/auth/sessions/${phone.id}/end`)).status, 204);
  await soon(async () => (await phone.get('/api/platform')).status === 401, 1000);
  const foreign = await signIn(hms, 'doctor');
  const refused = await here.post(`/api/auth/sessions/${foreign.id}/end`);
  const unknown = await here.post(`/api/auth/sessions/${here.userId}/end`);
  assert.equal([refused.status, refused.body.type], [unknown.status, unknown.body.type]);
  assert.is((await foreign.get('/api/platform')).status, 200);

  assert.is((await here.post('/api/auth/sessions/end', { keepThis: true })).status, 204);
  await soon(async () => (await desk.get('/api/platform')).status === 401, 1000);
  assert.is((await here.get('/api/platform')).status, 200);
  const gone = await here.post('/api/auth/sessions/end', { keepThis: false });
  assert.match(gone.headers.get('clear-site-data')!, 'storage');
  await soon(async () => (await here.get('/api/platform')).status === 401, 1000);
  const entries = await hms.db.anyFirst(sql.type(z.object({ detail: z.string() }))`
    select detail from core.audit where actor_id = ${here.userId} and detail like 'session%' order by at
  `);
  assert.equal(entries, ['session-ended', 'sessions-ended', 'sessions-ended']);
});

test('an administrator sees and ends the sessions of somebody; nobody else may', async ({ hms }) => {
  const admin = await hms.as('admin');
  const doctor = await signIn(hms, 'doctor');
  const path = `/api/users/${doctor.userId}/sessions`;
  assert.ok((await admin.get(path)).body.items.some(({ id }: { id: string }) => id === doctor.id));
  assert.is((await doctor.get(path)).status, 403);
  assert.is((await doctor.post(`${path}/end`)).status, 403);
  assert.is((await admin.post(`${path}/end`)).status, 204);
  assert.is((await refresh(hms, doctor.cookie)).body.reason, 'administrator');
});

test('on every process and every open line: ended, disabled and changed count within a second', async ({ hms }) => {
  const admin = await hms.as('admin');
  const second = await startSecond(hms, ['auth']);
  const lines: Nes.Client[] = [];
  const openLine = async (url: string, { token }: Client): Promise<Nes.Client> => {
    const line = new Nes.Client(url.replace('http', 'ws') as `ws://${string}`);
    lines.push(line);
    await line.connect({ auth: { headers: { authorization: `Bearer ${token}` } }, reconnect: false });
    return line;
  };
  const closed = (line: Nes.Client) => new Promise<void>((resolve) => (line.onDisconnect = () => resolve()));
  try {
    const nurse = await signIn(hms, 'nurse');
    const there = clientOf(second.url, nurse.token);
    assert.is((await there.get('/api/platform')).status, 200);
    const ends = Promise.all([closed(await openLine(hms.url, nurse)), closed(await openLine(second.url, nurse))]);
    await nurse.post(`/api/auth/sessions/${nurse.id}/end`);
    let begun = performance.now();
    await ends;
    await soon(async () => (await there.get('/api/platform')).status === 401, 1000);
    assert.ok(performance.now() - begun < 1000, 'both lines and both processes');

    const made = await admin.post('/api/users', {
      username: 'temp',
      displayName: 'Temp',
      password: 'a-long-enough-password',
      roles: ['nurse'],
    });
    const { body, headers } = await hms.anonymous.post('/api/auth/login', {
      username: 'temp',
      password: 'a-long-enough-password',
      newPassword: 'one-of-my-own-choosing',
    });
    const temp = clientOf(second.url, body.accessToken as string);
    assert.is((await temp.get('/api/users')).status, 403);
    const line = closed(await openLine(second.url, temp));
    const path = `/api/users/${made.body.id}`;
    const change = { displayName: 'Temp', active: true, roles: ['admin'] };
    const version = (await admin.get(path)).headers.get('etag')!;
    const changed = await admin.put(path, change, { 'if-match': version });
    await soon(async () => (await temp.get('/api/users')).status === 200, 1000);
    await line; // comes back with the new rights
    const off = closed(await openLine(second.url, temp));
    await admin.put(path, { ...change, active: false }, { 'if-match': changed.headers.get('etag')! });
    begun = performance.now();
    await soon(async () => (await temp.get('/api/users')).status === 401, 1000);
    await off;
    assert.ok(performance.now() - begun < 1000);
    assert.is((await refresh(hms, cookieOf(headers))).body.reason, 'disabled');
  } finally {
    for (const line of lines) await line.disconnect();
    await second.stop();
  }
});

test('a line ends within a second and a half of its session, though no process says so; it carries no requests', async ({
  hms,
}) => {
  const nurse = await signIn(hms, 'nurse');
  const line = new Nes.Client(hms.url.replace('http', 'ws') as `ws://${string}`);
  try {
    await line.connect({ auth: { headers: { authorization: `Bearer ${nurse.token}` } }, reconnect: false });
    await line.request('/api/platform').then(
      () => assert.unreachable('answered'),
      ({ statusCode }: { statusCode: number }) => assert.is(statusCode, 404),
    );
    const ended = new Promise<void>((resolve) => (line.onDisconnect = () => resolve()));
    await leave(hms, nurse.id, 20);
    const begun = performance.now();
    await ended;
    assert.ok(performance.now() - begun < 1500);
  } finally {
    await line.disconnect();
  }
});
test.run();
