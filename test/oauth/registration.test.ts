import { generateKeyPairSync } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import type { Client, TestHms } from '../hms.ts';
import { newPair, setOf, startHouse } from './partner.ts';

const test = suite<{ house: TestHms; admin: Client; good: string }>('oauth: registration');

test.before(async (at) => {
  at.house = await startHouse(['auth', 'facility', 'patients', 'oauth']);
  at.admin = await at.house.as('admin');
  at.good = setOf(await newPair('ES384'));
});
test.after((at) => at.house?.stop());

const count = (house: TestHms): Promise<number> =>
  house.db.oneFirst(sql.type(z.strictObject({ count: z.int() }))`select count(*)::int as count from oauth.client`);

test('a key that cannot be used is refused, says why, and nothing is kept', async ({ house, admin }) => {
  const jwk = async (alg: string, options = {}) =>
    exportJWK((await generateKeyPair(alg, { extractable: true, ...options })).publicKey);
  const es384 = await jwk('ES384');
  const privateJwk = await exportJWK((await generateKeyPair('ES384', { extractable: true })).privateKey);
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const pem = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
  const two = { ...es384, kid: 'same' };
  const keys: [string, unknown][] = [
    ['key_missing', ''],
    ['key_unreadable', 'hello'],
    ['key_unreadable', { keys: [] }],
    ['key_unreadable', [es384]],
    ['key_unreadable', { ...es384, x: 'AAAA' }],
    ['key_private', privateJwk],
    ['key_private', pem.privateKey.export({ type: 'pkcs8', format: 'pem' })],
    ['key_type', { kty: 'oct', alg: 'HS384' }],
    ['key_private', { kty: 'oct', k: 'AAAA' }],
    ['key_type', await jwk('Ed25519')],
    ['key_curve', await jwk('ES256')],
    ['key_algorithm', { ...es384, alg: 'ES256' }],
    ['key_algorithm', { ...(await jwk('RS384')), alg: 'RS256' }],
    ['key_short', short.publicKey.export({ format: 'jwk' })],
    ['key_short', short.publicKey.export({ type: 'spki', format: 'pem' })],
    ['key_purpose', { ...es384, use: 'enc' }],
    ['key_name', { ...es384, kid: 'with space' }],
    ['key_twice', { keys: [two, two] }],
    ['key_many', { keys: await Promise.all(Array.from({ length: 6 }, () => jwk('ES384'))) }],
  ];
  for (const [code, given] of keys) {
    const { status, body } = await admin.post('/api/clients', {
      name: 'Unusable',
      kind: 'service',
      scopes: ['system/Patient.r'],
      keys: typeof given === 'string' ? given : JSON.stringify(given),
    });
    assert.is(status, 422, code);
    assert.is(body.type, '/problems/client-unusable');
    assert.equal(
      body.errors.map((it: { path: string; code: string }) => [it.path, it.code]),
      [['keys', code]],
    );
    assert.ok(body.errors[0].message.length > 10);
  }
  assert.is(await count(house), 0);
});

test('scopes and addresses that cannot be used are named one by one, in the language of who asks', async ({
  house,
  admin,
  good,
}) => {
  const service = await admin.post('/api/clients', {
    name: 'Unusable',
    kind: 'service',
    scopes: ['system/Patient.rs', 'system/Patient.read', 'system/Starship.r', 'user/Patient.r', 'openid'],
    redirectUris: ['https://app.example.org/back'],
    keys: good,
  });
  assert.is(service.status, 422);
  assert.equal(
    service.body.errors.map((it: { path: string; code: string }) => [it.path, it.code]),
    [
      ['scopes.1', 'scope_unknown'],
      ['scopes.2', 'scope_type_unknown'],
      ['scopes.3', 'scope_not_of_service'],
      ['scopes.4', 'scope_not_of_service'],
      ['redirectUris', 'redirect_of_service'],
    ],
  );
  const app = await admin.post(
    '/api/clients',
    {
      name: 'Unusable',
      kind: 'app',
      scopes: ['user/Patient.r', 'system/Patient.r'],
      redirectUris: ['https://app.example.org/back', 'http://app.example.org/back'],
    },
    { 'accept-language': 'es' },
  );
  assert.equal(
    app.body.errors.map((it: { path: string; code: string }) => [it.path, it.code]),
    [
      ['scopes.1', 'scope_not_of_app'],
      ['redirectUris.1', 'redirect_unusable'],
    ],
  );
  assert.match(app.body.errors[0].message, /aplicación/);
  const nothing = await admin.post('/api/clients', { name: 'Unusable', kind: 'app', scopes: [] });
  assert.equal(
    nothing.body.errors.map((it: { path: string; code: string }) => [it.path, it.code]),
    [
      ['scopes', 'scope_missing'],
      ['redirectUris', 'redirect_missing'],
    ],
  );
  assert.is(await count(house), 0);
});

test('a registration has versions and stands in the audit; of a key only what is public is kept', async ({
  house,
  admin,
}) => {
  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' });
  const made = await admin.post('/api/clients', {
    name: 'Ambulance',
    kind: 'service',
    scopes: ['system/Patient.rs'],
    keys: String(pem),
  });
  assert.is(made.status, 201);
  assert.is(made.headers.get('etag'), 'W/"1"');
  assert.equal(Object.keys(made.body.keys[0]), ['kid', 'alg']);
  assert.is(made.body.keys[0].alg, 'RS384');
  const path = `/api/clients/${made.body.id}`;
  assert.is((await admin.put(path, { name: 'Rescue' })).status, 428);
  assert.is((await admin.put(path, { name: 'Rescue' }, { 'if-match': 'W/"9"' })).status, 412);
  const kept = await admin.put(path, { name: 'Rescue' }, { 'if-match': 'W/"1"' });
  assert.is(kept.status, 200);
  assert.equal(kept.body.keys, made.body.keys, 'what is left out stays');
  assert.is((await admin.put(path, { keys: '' }, { 'if-match': 'W/"2"' })).status, 422, 'a service keeps a key');
  assert.is((await admin.put(path, { active: false }, { 'if-match': 'W/"2"' })).status, 200);
  const entries = await house.db.anyFirst(sql.type(z.strictObject({ detail: z.string() }))`
    select detail from core.audit where object = ${`Client/${made.body.id}`} and outcome = 0 order by at
  `);
  assert.equal(entries, ['client-registered', 'client-changed', 'client-off']);
  const versions = await house.db.oneFirst(
    sql.type(z.strictObject({ count: z.int() }))`
      select count(*)::int as count from core.history where id = ${made.body.id}
    `,
  );
  assert.is(versions, 2);
});

test('who may not register sees and changes nothing', async ({ house, good }) => {
  for (const role of ['doctor', 'nurse', 'receptionist', 'patient']) {
    const person = await house.as(role);
    assert.is((await person.get('/api/clients')).status, 403, role);
    const wanted = { name: 'X', kind: 'service', scopes: ['system/Patient.r'], keys: good };
    assert.is((await person.post('/api/clients', wanted)).status, 403, role);
  }
  assert.is((await house.anonymous.get('/api/clients')).status, 401);
});

test.run();
