import { randomUUID } from 'node:crypto';
import { BlockList, connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { clientAddress } from '../../core/address.ts';
import { sql } from '../../core/database.ts';
import { startHms, type TestHms } from '../hms.ts';

const box = fileURLToPath(new URL('box', import.meta.url));
const test = suite<{ hms: TestHms }>('core: doors');
test.before(async (at) => {
  at.hms = await startHms(['auth', box], { env: { OPENWARD_TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8' } });
});
test.after((at) => at.hms?.stop());

const key = (text: string) => ({ 'idempotency-key': `${text}-doors-key` });
const open = (hms: TestHms): Socket => connect(Number(new URL(hms.url).port), '127.0.0.1').on('error', () => {});
/** Everything that the server says until it closes the connection. */
const untilClosed = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let said = '';
    socket.on('data', (text) => (said += String(text)));
    socket.on('close', () => resolve(said));
  });

test('each answer says what a browser may do with it, whatever it is', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  for (const path of ['/', '/api/platform', '/api/nothing', '/health/live', '//evil.example', '/sign-in']) {
    const { headers } = await nurse.get(path);
    const policy = headers.get('content-security-policy')!;
    for (const part of ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"])
      assert.ok(policy.includes(part), `${path}: ${part}`);
    assert.not.match(policy, /unsafe|https?:|\*/);
    assert.equal(
      ['x-content-type-options', 'referrer-policy', 'cross-origin-opener-policy', 'cross-origin-resource-policy'].map(
        (name) => headers.get(name),
      ),
      ['nosniff', 'no-referrer', 'same-origin', 'same-origin'],
    );
    assert.match(headers.get('permissions-policy')!, /camera=\(\).*geolocation=\(\).*microphone=\(\)/);
    assert.is(headers.get('server'), null);
    assert.is(headers.get('x-powered-by'), null);
    if (path.startsWith('/api')) assert.is(headers.get('cache-control'), 'no-store', path);
  }
});

test('no foreign page may read anything: no answer names another origin', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  for (const origin of ['https://elsewhere.example', 'null', hms.url])
    for (const method of ['GET', 'OPTIONS', 'POST']) {
      const { headers } = await nurse.fetch('/api/platform', {
        method,
        headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
      });
      assert.equal(
        [...headers.keys()].filter((name) => name.startsWith('access-control-')),
        [],
        `${method} ${origin}`,
      );
    }
});

test('a body says that it is JSON: forms, text and what says nothing are refused', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  const bytes = new TextEncoder().encode('{"label":"typed"}');
  for (const type of [
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'text/json',
    'application/xml',
    'application/octet-stream',
    '',
  ]) {
    const headers = { ...key('type'), ...(type ? { 'content-type': type } : {}) };
    const { status } = await nurse.fetch('/api/boxes', { method: 'POST', body: bytes, headers });
    assert.is(status, 415, type);
  }
  const nothing = await nurse.fetch('/api/boxes', {
    method: 'POST',
    body: new TextEncoder().encode('"text"'),
    headers: key('text'),
  });
  assert.is(nothing.status, 415, 'not an object, and no type either');
  const json = { ...key('typed'), 'content-type': 'application/json; charset=utf-8' };
  assert.is((await nurse.fetch('/api/boxes', { method: 'POST', body: bytes, headers: json })).status, 201);
});

test('nothing is changed by GET, and no path of another host is gone to', async ({ hms }) => {
  const gets = hms.hms.server
    .table()
    .filter(({ method, path }) => method === 'get' && /login|logout|refresh|end$/.test(path));
  assert.equal(gets, []);
  for (const path of ['//evil.example', '//evil.example/api/platform', '///evil.example'])
    assert.is((await fetch(hms.url + path, { redirect: 'manual' })).status, 400, path);
});

test('a header of more than 16 kB, headers that drip and a body that stalls are cut off', async ({ hms }) => {
  const { listener } = hms.hms.server;
  assert.equal(
    [listener.headersTimeout, listener.requestTimeout, listener.keepAliveTimeout, listener.maxConnections],
    [10_000, 60_000, 65_000, 5_000],
  );
  const large = open(hms);
  large.write(`GET /health/live HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(17_000)}\r\n\r\n`);
  assert.match(await untilClosed(large), /^HTTP\/1.1 4(31|00)/);

  // The same limits, shorter, for a test has no minute.
  listener.headersTimeout = 800;
  listener.requestTimeout = 1_500;
  const begun = performance.now();
  const slow = open(hms);
  slow.write('GET /health/live HTTP/1.1\r\nHost: x\r\n');
  const drip = setInterval(() => slow.write('X-More: 1\r\n'), 200);
  const stalled = open(hms);
  stalled.write(
    'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"user',
  );
  const [cut, freed] = await Promise.all([untilClosed(slow), untilClosed(stalled)]);
  clearInterval(drip);
  assert.match(cut, /^(HTTP\/1.1 40[08]|$)/);
  assert.match(freed, /^(HTTP\/1.1 40[08]|$)/);
  assert.ok(performance.now() - begun < 5_000);
  Object.assign(listener, { headersTimeout: 10_000, requestTimeout: 60_000 });
  assert.is((await hms.anonymous.get('/health/live')).status, 200);
});

test('more connections than there is room for are not taken; those that are there go on', async ({ hms }) => {
  const { listener } = hms.hms.server;
  const nurse = await hms.as('nurse');
  await nurse.get('/api/platform');
  const connections = () =>
    new Promise<number>((resolve) => listener.getConnections((_error, count) => resolve(count)));
  listener.maxConnections = (await connections()) + 10;
  const sockets = Array.from({ length: 60 }, () => open(hms));
  let closed = 0;
  for (const socket of sockets) socket.on('close', () => closed++);
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.is(closed, 50);
  assert.is((await nurse.get('/api/platform')).status, 200, 'over the connection that it has');
  for (const socket of sockets) socket.destroy();
  listener.maxConnections = 5_000;
});

test('where a request comes from is what a known proxy says; what the client itself wrote counts for nothing', async ({
  hms,
}) => {
  const nurse = await hms.as('nurse');
  const shown = async (forwarded: string) => {
    const { body } = await nurse.post(
      '/api/boxes',
      { label: `from ${forwarded}` },
      { ...key(randomUUID()), 'x-forwarded-for': forwarded },
    );
    return hms.db.oneFirst(
      sql.type(
        z.object({ source: z.string() }),
      )`select host(source) as source from core.audit where object = ${`boxes/${body.id}`}`,
    );
  };
  assert.is(await shown('203.0.113.9'), '203.0.113.9');
  assert.is(
    await shown('1.1.1.1, 203.0.113.9, 10.4.0.2'),
    '203.0.113.9',
    'the first that is no proxy of ours, from the right',
  );
  assert.is(await shown('2001:db8::7'), '2001:db8::7');
  assert.is(await shown('nonsense'), '127.0.0.1');
  const proxies = new BlockList();
  proxies.addAddress('10.0.0.4');
  assert.is(clientAddress('198.51.100.1', '203.0.113.9', proxies), null, 'nobody whom we know says so');
  assert.is(clientAddress('10.0.0.4', undefined, proxies), null);
  assert.is(clientAddress('10.0.0.4', '203.0.113.9', proxies), '203.0.113.9');
});

test('in production another host name is refused, whoever watches over it is not, and errors tell no version', async () => {
  const secret = (name: string) => `${name}-0123456789-abcdefghijklmnopqrstuvwxyz`;
  const hms = await startHms(['auth'], {
    env: {
      NODE_ENV: 'production',
      ORIGIN: 'https://hospital.example',
      DATABASE_URL: 'postgres://app:drift-wood-41@localhost/unused',
      DATABASE_PATIENT_URL: 'postgres://patient:copper-kite-72@localhost/unused',
      OPENWARD_SESSION_KEY: secret('session'),
      OPENWARD_PASSWORD_PEPPER: secret('pepper'),
      OPENWARD_AUDIT_KEY: secret('audit'),
      OPENWARD_PASSWORD_COST: '12',
    },
  });
  try {
    const ask = (path: string, host: string): Promise<string> => {
      const socket = open(hms);
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      return untilClosed(socket);
    };
    for (const host of [
      'evil.example',
      'hospital.example.evil.example',
      'localhost',
      '127.0.0.1',
      'hospital.example:81',
    ])
      assert.match(await ask('/api/auth/sign-in', host), /^HTTP\/1.1 421[\s\S]*host-unknown/, host);
    const ours = await ask('/api/auth/sign-in', 'hospital.example');
    assert.match(ours, /^HTTP\/1.1 200/);
    assert.match(ours, /strict-transport-security: max-age=31536000; includeSubDomains/i);
    assert.match(ours, /upgrade-insecure-requests/);
    assert.match(await ask('/health/live', '10.0.0.7'), /^HTTP\/1.1 200/);
    const missing = await ask('/api/nothing', 'hospital.example');
    assert.match(missing, /^HTTP\/1.1 404/);
    assert.not.match(missing, new RegExp(`hapi|node/|${hms.hms.version.replaceAll('.', '\\.')}`, 'i'));
    assert.match(await ask('/api/docs', 'hospital.example'), /^HTTP\/1.1 404/);
    const cookie = hms.hms.server.states.cookies['__Host-openward-session'] as unknown as Record<string, unknown>;
    assert.equal([cookie.isSecure, cookie.isHttpOnly, cookie.isSameSite, cookie.path], [true, true, 'Strict', '/']);
  } finally {
    await hms.stop();
  }
});
test.run();
