import bcrypt from 'bcrypt';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { isGuessable } from '../../plugins/auth/guessable.ts';
import { hashPassword } from '../../plugins/auth/password.ts';
import { password, startHms, type Client, type TestHms } from '../hms.ts';

interface At {
  hms: TestHms;
  admin: Client;
}
const test = suite<At>('auth: passwords');
test.before(async (at) => {
  at.hms = await startHms(['auth']);
  at.admin = await at.hms.as('admin');
});
test.after((at) => at.hms?.stop());

const signIn = ({ hms }: At, username: string, word: string, more = {}, headers = {}) =>
  hms.anonymous.post('/api/auth/login', { username, password: word, ...more }, headers);
const given = 'quiet-lantern-74-river';
let count = 0;
const newUser = async ({ admin }: At, word = given) => {
  const username = `person${(count += 1)}`;
  const wanted = { username, displayName: `Person ${count}`, password: word, roles: ['nurse'] };
  return { username, answer: await admin.post('/api/users', wanted) };
};
const hashOf = ({ hms }: At, username: string): Promise<string> =>
  hms.db.oneFirst(
    sql.type(
      z.strictObject({ hash: z.string() }),
    )`select password_hash as hash from auth."user" where username = ${username}`,
  );
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const second = () => new Promise((resolve) => setTimeout(resolve, 1050));

test('a password that an administrator gave is good for choosing one’s own, and nothing else', async (at) => {
  const { username } = await newUser(at);
  const first = await signIn(at, username, given);
  assert.equal([first.status, first.body.type], [403, '/problems/password-must-change']);
  assert.is(first.body.accessToken, undefined);
  assert.is(first.headers.get('set-cookie'), null);
  const short = await signIn(at, username, given, { newPassword: 'short-one' });
  assert.equal([short.status, short.body.type], [422, '/problems/password-too-short']);
  const own = await signIn(at, username, given, { newPassword: 'my-own-harbour-window' });
  assert.is(own.status, 200, JSON.stringify(own.body));
  assert.is((await signIn(at, username, given)).status, 401);
  assert.is((await signIn(at, username, 'my-own-harbour-window')).status, 200);
});

test('what is tried first is refused wherever a password is set, and any other sign is allowed', async (at) => {
  for (const word of [
    'password1234',
    'Sunshine2026!!',
    'P4ssw0rd....',
    'aaaaaaaaaaaa',
    'openward-2026',
    '123456789012',
  ]) {
    const { answer } = await newUser(at, word);
    assert.equal([word, answer.status, answer.body.type], [word, 422, '/problems/password-guessable']);
  }
  const { username } = await newUser(at);
  const own = await signIn(at, username, given, { newPassword: `${username}-2026` });
  assert.is(own.body.type, '/problems/password-guessable');
  for (const word of ['كلمة سر طويلة جدا', '    twelve spaces', 'wxyz '.repeat(8) + 'ä\u0001😀'.repeat(8)]) {
    const made = await newUser(at, word);
    assert.is(made.answer.status, 201, word);
    assert.is((await signIn(at, made.username, word)).status, 403);
  }
});

test('every byte counts, also beyond the 72nd and after NUL; more than a thousand bytes are not hashed', async (at) => {
  const long = `${'Long sentence, '.repeat(12)}end`;
  const { username } = await newUser(at, long);
  assert.is((await signIn(at, username, `${long.slice(0, -1)}e`)).status, 401);
  assert.is((await signIn(at, username, long)).status, 403);
  const hash = await hashPassword('before\0after-the-nul', { passwordPepper: 'p', passwordCost: 4 });
  assert.is.not(hash, await hashPassword('before\0another', { passwordPepper: 'p', passwordCost: 4 }));
  assert.is((await signIn(at, username, 'x'.repeat(1000))).status, 401);
  assert.is((await signIn(at, username, 'x'.repeat(1001))).status, 400);
  assert.is((await signIn(at, username, 'ü'.repeat(501))).status, 400);
});

test('bcrypt at cost 12, unless the settings say more; what was kept in another way is made anew at the sign-in', async (at) => {
  assert.match(await hashPassword(given, { passwordPepper: 'p' }), /^v1\.[\w-]{12}:\$2b\$12\$/);
  const { hms } = at;
  const cheaper = await hashPassword(password, { passwordPepper: hms.hms.config.passwordPepper, passwordCost: 5 });
  await hms.db.query(sql.unsafe`update auth."user" set password_hash = ${cheaper} where username = 'labtech'`);
  assert.is((await signIn(at, 'labtech', password)).status, 200);
  assert.match(await hashOf(at, 'labtech'), /^v1\.[\w-]{12}:\$2b\$04\$/);
  assert.is((await signIn(at, 'labtech', password)).status, 200);
});

test('the pepper changes while the house runs: what was kept with the one before opens, and is kept with the new one', async () => {
  const [before, after] = ['b', 'a'].map((sign) => `${sign}-0123456789-pepper-of-more-than-32-signs`) as [
    string,
    string,
  ];
  const hms = await startHms(['auth'], {
    env: { OPENWARD_PASSWORD_PEPPER: after, OPENWARD_PASSWORD_PEPPERS_BEFORE: before, LOG_LEVEL: 'silent' },
  });
  try {
    const at = { hms } as At;
    const set = async (username: string, pepper: string) => {
      const hash = await hashPassword(password, { passwordPepper: pepper, passwordCost: 4 });
      await hms.db.query(sql.unsafe`update auth."user" set password_hash = ${hash} where username = ${username}`);
    };
    await set('nurse', before);
    await set('labtech', 'c-a-pepper-that-this-house-never-had-at-all');
    const kept = await hashOf(at, 'nurse');
    assert.is((await signIn(at, 'nurse', password)).status, 200);
    const anew = await hashOf(at, 'nurse');
    assert.is.not(anew.slice(0, 16), kept.slice(0, 16));
    assert.is(anew.slice(0, 16), (await hashPassword('x', { passwordPepper: after, passwordCost: 4 })).slice(0, 16));
    assert.is((await signIn(at, 'nurse', password)).status, 200);
    assert.is((await signIn(at, 'labtech', password)).status, 500, 'a lost pepper is no wrong password');
  } finally {
    await hms.stop();
  }
});

test('guesses that come all at once are no more tries than one after the other', async (at) => {
  const { username } = await newUser(at);
  const many = await Promise.all(Array.from({ length: 15 }, () => signIn(at, username, 'not-the-password')));
  const tried = many.filter(({ status }) => status === 401);
  assert.is(tried.length, 5, 'the others found the name locked');
});

test('a password that is asked for inside a session is no way to guess it', async (at) => {
  const { hms } = at;
  const { username } = await newUser(at);
  const session = await signIn(at, username, given, { newPassword: 'my-own-harbour-window' });
  const change = (word: string) =>
    hms.anonymous.post(
      '/api/auth/password',
      { password: word, newPassword: 'evening-garden-walk' },
      bearer(session.body.accessToken),
    );
  for (let failure = 0; failure < 5; failure++)
    assert.is((await change('not-the-password')).body.type, '/problems/password-wrong');
  const right = await change('my-own-harbour-window');
  assert.equal([right.status, right.body.type], [429, '/problems/sign-in-locked']);
  assert.ok(Number(right.headers.get('retry-after')) >= 1);
});

test('changing one’s own password asks for the old one and ends the other sessions, not this one', async (at) => {
  const { hms } = at;
  const [here, there] = [await signIn(at, 'pharmacist', password), await signIn(at, 'pharmacist', password)];
  const change = (word: string, newPassword: string) =>
    hms.anonymous.post('/api/auth/password', { password: word, newPassword }, bearer(here.body.accessToken));
  assert.is((await change('not-the-password', 'evening-garden-walk')).body.type, '/problems/password-wrong');
  assert.is((await change(password, 'evening-garden-walk')).status, 204);
  await second();
  assert.is((await hms.anonymous.get('/api/platform', bearer(here.body.accessToken))).status, 200);
  assert.is((await hms.anonymous.get('/api/platform', bearer(there.body.accessToken))).status, 401);
  assert.is((await signIn(at, 'pharmacist', password)).status, 401);
});

test('a forgotten password is given anew by an administrator; sessions end, locks go, nobody else may', async (at) => {
  const { hms, admin } = at;
  const { username } = await newUser(at);
  const { body } = await signIn(at, username, given, { newPassword: 'morning-paper-basket' });
  for (let failure = 0; failure < 6; failure++) await signIn(at, username, 'not-the-password');
  const users = (await admin.get('/api/users?limit=100')).body.items;
  const user = users.find((it: { username: string }) => it.username === username);
  assert.ok(user.lockedUntil);
  const nurse = await hms.as('nurse');
  assert.is((await nurse.post(`/api/users/${user.id}/password`, { password: 'another-first-one' })).status, 403);
  assert.is((await admin.post(`/api/users/${user.id}/password`, { password: 'another-first-one' })).status, 204);
  await second();
  assert.is((await hms.anonymous.get('/api/platform', bearer(body.accessToken))).status, 401);
  assert.is((await signIn(at, username, 'another-first-one')).body.type, '/problems/password-must-change');
});

test('strangers who try a name lock themselves out, not the browser that its owner uses', async (at) => {
  const cookies = (await signIn(at, 'admin', password)).headers.getSetCookie();
  const device = cookies.find((it) => it.startsWith('openward-device='))!;
  assert.match(device, /HttpOnly; SameSite=Strict; Path=\/api\/auth/);
  const cookie = device.split(';')[0]!;
  for (let failure = 0; failure < 8; failure++) await signIn(at, 'admin', 'not-the-password');
  assert.is((await signIn(at, 'admin', password)).status, 429);
  assert.is((await signIn(at, 'admin', password, {}, { cookie })).status, 200);
  // It is no way around: wrong passwords lock this browser too, and another name is another matter.
  for (let failure = 0; failure < 5; failure++) await signIn(at, 'admin', 'not-the-password', {}, { cookie });
  assert.is((await signIn(at, 'admin', password, {}, { cookie })).status, 429);
  for (let failure = 0; failure < 5; failure++) await signIn(at, 'doctor', 'not-the-password', {}, { cookie });
  assert.is((await signIn(at, 'doctor', password)).status, 429);
});

/** How often a password is held against a hash while `work` goes on, and how many at once at most. */
const comparisons = async (work: () => Promise<unknown>): Promise<{ made: number; atOnce: number }> => {
  const { compare } = bcrypt;
  const seen = { made: 0, atOnce: 0 };
  let now = 0;
  bcrypt.compare = (async (word: string, hash: string) => {
    seen.made += 1;
    seen.atOnce = Math.max(seen.atOnce, (now += 1));
    return compare(word, hash).finally(() => (now -= 1));
  }) as typeof compare;
  await work().finally(() => (bcrypt.compare = compare));
  return seen;
};

test('unknown, wrong, disabled and locked each cost one hash, so that none is told from another by its time', async (at) => {
  const { username } = await newUser(at);
  const off = await newUser(at);
  const change = { displayName: 'Off', active: false, roles: ['nurse'] };
  const version = (await at.admin.get(`/api/users/${off.answer.body.id}`)).headers.get('etag')!;
  assert.is((await at.admin.put(`/api/users/${off.answer.body.id}`, change, { 'if-match': version })).status, 200);
  for (let failure = 0; failure < 5; failure++) await signIn(at, 'nobody-has-this', 'not-the-password');
  for (const [name, word, status] of [
    ['nobody-at-all', 'not-the-password', 401],
    [username, 'not-the-password', 401],
    [off.username, given, 401],
    ['nobody-has-this', 'not-the-password', 429],
  ] as const) {
    const { made } = await comparisons(async () => assert.is((await signIn(at, name, word)).status, status, name));
    assert.is(made, 1, name);
  }
  const long = await comparisons(async () => assert.is((await signIn(at, username, 'x'.repeat(1001))).status, 400));
  assert.is(long.made, 0, 'what is too long is not hashed');
});

test('a storm of sign-ins hashes two at a time, says so to the rest, and costs those no try', async (at) => {
  const hms = await startHms(['auth'], { env: { OPENWARD_PASSWORD_COST: '10', LOG_LEVEL: 'silent' } });
  try {
    let many: Awaited<ReturnType<typeof signIn>>[] = [];
    const { made, atOnce } = await comparisons(async () => {
      many = await Promise.all(
        Array.from({ length: 60 }, (_, n) => signIn({ ...at, hms }, `storm${n}`, 'x'.repeat(20))),
      );
    });
    const busy = many.filter(({ status }) => status === 429);
    assert.is(atOnce, 2);
    assert.is(made + busy.length, 60);
    assert.ok(busy.length > 0 && busy.every(({ body }) => body.type === '/problems/sign-in-busy'));
    const tried = await hms.db.oneFirst(sql.type(z.object({ count: z.int() }))`
      select count(*)::int from auth.failed_login where username like 'storm%' and failures > 0
    `);
    assert.is(tried, made);
  } finally {
    await hms.stop();
  }
});

test('from the fifth failure on a name is locked for twice as long each time, a quarter of an hour at most; right once, all is forgotten', async (at) => {
  const { hms } = at;
  const { username } = await newUser(at);
  const locks: number[] = [];
  for (let failure = 1; failure <= 14; failure++) {
    assert.is((await signIn(at, username, 'not-the-password')).status, 401, `failure ${failure}`);
    const seconds = await hms.db.oneFirst(sql.type(z.object({ seconds: z.number().nullable() }))`
      select round(extract(epoch from locked_until - failed_at))::float8 as seconds from auth.failed_login where username = ${username}
    `);
    if (failure < 5) assert.is(seconds, null);
    else locks.push(seconds!);
    const held = await signIn(at, username, given);
    if (failure >= 5) {
      assert.equal([held.status, held.body.type], [429, '/problems/sign-in-locked']);
      const wait = Number(held.headers.get('retry-after'));
      assert.ok(wait > 0 && wait <= seconds!, `${wait} of ${seconds}`);
    } else
      await hms.db.query(sql.unsafe`update auth.failed_login set failures = ${failure} where username = ${username}`);
    // As if it were over.
    await hms.db.query(sql.unsafe`
      update auth.failed_login set locked_until = clock_timestamp() - interval '1 second' where username = ${username} and locked_until is not null
    `);
  }
  assert.equal(locks, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
  assert.is((await signIn(at, username, given, { newPassword: 'my-own-harbour-window' })).status, 200);
  assert.is((await hms.db.any(sql.unsafe`select from auth.failed_login where username = ${username}`)).length, 0);
});

test('the list knows the most used ones and leaves sentences alone', () => {
  for (const word of ['123456', 'qwertyuiop', 'iloveyou', 'Trustno1', 'dragon99'])
    assert.ok(isGuessable(word, []), word);
  for (const word of ['correct horse battery', 'my-own-harbour-window', 'Zwölf Boxkämpfer jagen'])
    assert.not.ok(isGuessable(word, []), word);
  assert.ok(isGuessable('Miller1980', ['Miller']));
});
test.run();
