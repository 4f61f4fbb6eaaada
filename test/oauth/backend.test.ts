import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import type { Answer, TestHms } from '../hms.ts';
import { readOAuthToken } from '../../plugins/oauth/api.ts';
import { artifactsOf } from '../../plugins/oauth/artifacts.ts';
import { askToken, newPair, origin, register, send, setOf, signed, startHouse, type Pair } from './partner.ts';

interface At {
  house: TestHms;
  es: Pair;
  rs: Pair;
  clientId: string;
}
const test = suite<At>('oauth: services');
const plugins = ['auth', 'facility', 'patients', 'oauth'];

test.before(async (at) => {
  at.house = await startHouse(plugins);
  at.es = await newPair('ES384');
  at.rs = await newPair('RS384');
  const made = await register(at.house, {
    name: 'Registry of vaccinations',
    kind: 'service',
    scopes: ['system/Patient.rs', 'system/Practitioner.r'],
    keys: setOf(at.es, at.rs),
  });
  at.clientId = made.id as string;
});
test.after((at) => at.house?.stop());

const isRefused = (
  { status, body, headers }: Answer,
  error: string,
  wanted = error === 'invalid_client' ? 401 : 400,
) => {
  assert.is(body.error, error, JSON.stringify(body));
  assert.is(status, wanted);
  assert.is(headers.get('cache-control'), 'no-store');
  assert.is(body.access_token, undefined);
};
const lastAudit = (house: TestHms) =>
  house.db.one(
    sql.type(
      z.strictObject({
        object: z.string().nullable(),
        detail: z.string().nullable(),
        outcome: z.int(),
        actorKind: z.string(),
      }),
    )`
      select object, detail, outcome, actor_kind from core.audit where route like '%/oauth2/%' order by at desc limit 1
    `,
  );

test('a key of either kind gets a token for exactly what was asked, good for five minutes at most', async ({
  house,
  clientId,
  es,
  rs,
}) => {
  for (const pair of [es, rs]) {
    const { status, body, headers } = await askToken(house, clientId, pair, 'system/Patient.rs');
    assert.is(status, 200, JSON.stringify(body));
    assert.is(body.token_type, 'Bearer');
    assert.is(body.scope, 'system/Patient.rs');
    assert.ok(body.expires_in <= 300);
    assert.is(headers.get('cache-control'), 'no-store');
    const caller = await readOAuthToken(house.hms, body.access_token as string);
    assert.is(caller?.clientId, clientId);
    assert.is(caller?.userId, null);
    assert.equal(caller?.scopes, [{ level: 'system', type: 'Patient', may: ['r', 's'] }]);
    assert.equal(await lastAudit(house), {
      object: `Client/${clientId}`,
      detail: 'token client_credentials system/Patient.rs',
      outcome: 0,
      actorKind: 'service',
    });
  }
});

test('what is asked is narrowed to what is registered, never widened', async ({ house, clientId, es }) => {
  const wide = await askToken(house, clientId, es, 'system/*.cruds');
  assert.is(wide.body.scope, 'system/Patient.rs system/Practitioner.r');
  const letters = await askToken(house, clientId, es, 'system/Patient.crud');
  assert.is(letters.body.scope, 'system/Patient.r');
});

test('a scope that nobody knows, is written otherwise, or is not registered is refused, not left out', async ({
  house,
  clientId,
  es,
}) => {
  const wrong = [
    undefined,
    '',
    'everything',
    'system/Patient.read',
    'system/Patient.sr',
    'system/Patient.rs?category=a',
    'system/patient.rs',
    'system/Starship.rs',
    'system/Practitioner.c',
    'system/Observation.rs',
    'user/Patient.rs',
    'openid',
    'system/Patient.rs system/Starship.rs',
  ];
  for (const scope of wrong) isRefused(await askToken(house, clientId, es, scope), 'invalid_scope');
  const { detail, outcome } = await lastAudit(house);
  assert.is(detail, 'token client_credentials refused: invalid_scope');
  assert.is(outcome, 4);
});

test('an assertion counts once, also when it comes many times at once', async ({ house, clientId, es }) => {
  const form = { grant_type: 'client_credentials', scope: 'system/Patient.r', ...(await signed(clientId, es)) };
  const answers = await Promise.all(Array.from({ length: 8 }, () => send(house, '/oauth2/token', form)));
  assert.is(answers.filter(({ status }) => status === 200).length, 1);
  isRefused(await send(house, '/oauth2/token', form), 'invalid_client');
  // Where both have looked before either has written, the database decides.
  const seen = artifactsOf(house.hms.db(service('oauth')), 'ReplayDetection');
  const rivals = await Promise.allSettled(Array.from({ length: 8 }, () => seen.upsert('the same', {}, 60)));
  assert.is(rivals.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('an assertion that is not exactly ours is refused', async ({ house, clientId, es }) => {
  const now = Math.floor(Date.now() / 1000);
  const other = await newPair('ES384');
  const refusedOnes: Record<string, object> = {
    'for somebody else': { claims: { aud: 'https://elsewhere.example/token' } },
    'for the issuer only': { claims: { aud: origin } },
    'for us and somebody else': { claims: { aud: [`${origin}/oauth2/token`, 'https://elsewhere.example/token'] } },
    'too long': { seconds: 600 },
    over: { seconds: -60 },
    'without an end': { claims: { exp: undefined } },
    'without a name': { claims: { jti: undefined } },
    'from the future': { claims: { nbf: now + 120 } },
    'of another issuer': { claims: { iss: randomUUID() } },
    'of a client that nobody knows': { claims: { iss: randomUUID(), sub: randomUUID() } },
    'of no client': { claims: { iss: 'x', sub: "x' or 1=1" } },
    'with an unknown key': { header: { kid: 'somebody' } },
    'without a key': { header: { kid: undefined } },
  };
  for (const [what, more] of Object.entries(refusedOnes)) {
    const answer = await askToken(house, clientId, es, 'system/Patient.r', more);
    assert.is(answer.body.error, 'invalid_client', `${what}: ${JSON.stringify(answer.body)}`);
    assert.is(answer.status, 401, what);
  }
  isRefused(await askToken(house, clientId, other, 'system/Patient.r'), 'invalid_client');
  isRefused(
    await askToken(house, clientId, { ...other, publicKey: es.publicKey }, 'system/Patient.r'),
    'invalid_client',
  );
});

test('no other algorithm is taken: none, a shared secret, or one that is not SMART’s', async ({
  house,
  clientId,
  rs,
}) => {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: clientId, sub: clientId, aud: `${origin}/oauth2/token`, iat: now, exp: now + 60 };
  const b64 = (it: object) => Buffer.from(JSON.stringify(it)).toString('base64url');
  const jws = [
    `${b64({ alg: 'none' })}.${b64({ ...claims, jti: randomUUID() })}.`,
    await new SignJWT({ ...claims, jti: randomUUID() })
      .setProtectedHeader({ alg: 'HS256', kid: rs.publicKey.kid! })
      .sign(Buffer.from(JSON.stringify(rs.publicKey))),
  ];
  for (const client_assertion of jws)
    isRefused(
      await send(house, '/oauth2/token', {
        grant_type: 'client_credentials',
        scope: 'system/Patient.r',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion,
      }),
      'invalid_client',
    );
  // A header that says another algorithm of the same key.
  const good = (await signed(clientId, rs)).client_assertion!.split('.');
  const changed = [b64({ alg: 'PS384', kid: rs.publicKey.kid }), good[1], good[2]].join('.');
  isRefused(
    await send(house, '/oauth2/token', {
      grant_type: 'client_credentials',
      scope: 'system/Patient.r',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: changed,
    }),
    'invalid_client',
  );
});

test('a secret instead of a key, a service without one, another kind of grant and another body are refused', async ({
  house,
  clientId,
  es,
}) => {
  const scope = 'system/Patient.r';
  const basic = { authorization: `Basic ${Buffer.from(`${clientId}:secret`).toString('base64')}` };
  isRefused(await send(house, '/oauth2/token', { grant_type: 'client_credentials', scope }, basic), 'invalid_client');
  isRefused(
    await send(house, '/oauth2/token', { grant_type: 'client_credentials', scope, client_id: clientId }),
    'invalid_client',
  );
  isRefused(
    await send(house, '/oauth2/token', {
      grant_type: 'password',
      username: 'doctor',
      password: 'openward-demo',
      ...(await signed(clientId, es)),
    }),
    'unsupported_grant_type',
  );
  isRefused(
    await send(house, '/oauth2/token', {
      grant_type: 'authorization_code',
      code: 'x',
      ...(await signed(clientId, es)),
    }),
    'invalid_request',
  );
  const json = await house.anonymous.post('/oauth2/token', { grant_type: 'client_credentials', scope });
  assert.is(json.status, 415);
});

test('a token opens nothing under /api, and somebody’s session is no token here', async ({ house, clientId, es }) => {
  const { body } = await askToken(house, clientId, es, 'system/Patient.rs');
  const { status } = await house.anonymous.get('/api/platform', { authorization: `Bearer ${body.access_token}` });
  assert.is(status, 401);
  const admin = await house.as('admin');
  assert.is(await readOAuthToken(house.hms, admin.token), null);
  assert.is(await readOAuthToken(house.hms, 'A'.repeat(43)), null);
});

test('one’s own token can be looked at and taken back; nobody else’s', async ({ house, clientId, es }) => {
  const pair = await newPair('ES384');
  const other = await register(house, {
    name: 'Another',
    kind: 'service',
    scopes: ['system/Patient.rs'],
    keys: setOf(pair),
  });
  const { body } = await askToken(house, clientId, es, 'system/Patient.rs');
  const token = body.access_token as string;
  const look = async (id: string, key: Pair) =>
    (await send(house, '/oauth2/introspect', { token, ...(await signed(id, key)) })).body as Record<string, unknown>;

  const own = await look(clientId, es);
  assert.is(own.active, true);
  assert.is(own.scope, 'system/Patient.rs');
  assert.is(own.client_id, clientId);
  assert.equal(await look(other.id as string, pair), { active: false });
  isRefused(await send(house, '/oauth2/introspect', { token }), 'invalid_request');

  const foreign = await send(house, '/oauth2/revoke', { token, ...(await signed(other.id as string, pair)) });
  assert.is.not(foreign.status >= 500, true);
  assert.is((await look(clientId, es)).active, true, 'nobody else takes it back');
  const back = await send(house, '/oauth2/revoke', { token, ...(await signed(clientId, es)) });
  assert.is(back.status, 200);
  assert.equal(await look(clientId, es), { active: false });
  assert.is(await readOAuthToken(house.hms, token), null);
  assert.match(
    await house.db.oneFirst(
      sql.type(z.strictObject({ detail: z.string() }))`
      select detail from core.audit where detail like 'token-revoked%' and outcome = 0 order by at desc limit 1
    `,
    ),
    /^token-revoked/,
  );
});

test('who is switched off gets nothing, and what they had counts no more', async ({ house }) => {
  const admin = await house.as('admin');
  const pair = await newPair('ES384');
  const made = await register(house, {
    name: 'Soon off',
    kind: 'service',
    scopes: ['system/Patient.rs'],
    keys: setOf(pair),
  });
  const id = made.id as string;
  const token = (await askToken(house, id, pair, 'system/Patient.r')).body.access_token as string;
  assert.ok(await readOAuthToken(house.hms, token));

  const off = await admin.put(`/api/clients/${id}`, { active: false }, { 'if-match': 'W/"1"' });
  assert.is(off.status, 200);
  assert.is(await readOAuthToken(house.hms, token), null);
  isRefused(await askToken(house, id, pair, 'system/Patient.r'), 'invalid_client');
  const on = await admin.put(`/api/clients/${id}`, { active: true }, { 'if-match': off.headers.get('etag')! });
  assert.is(on.status, 200);
  assert.is(await readOAuthToken(house.hms, token), null, 'what was ended stays ended');
  const last = await askToken(house, id, pair, 'system/Patient.r');
  assert.is(last.status, 200);
  // A token that was given in the very moment in which its client was switched off counts as little.
  await house.db.query(sql.unsafe`update oauth.client set active = false where id = ${id}`);
  assert.is(await readOAuthToken(house.hms, last.body.access_token as string), null);
});

test('new keys take the place of the old ones at once', async ({ house }) => {
  const admin = await house.as('admin');
  const [before, after] = [await newPair('ES384'), await newPair('RS384')];
  const scopes = ['system/Patient.rs'];
  const made = await register(house, { name: 'Rotating', kind: 'service', scopes, keys: setOf(before) });
  const id = made.id as string;
  const change = (keys: string, version: number) =>
    admin.put(`/api/clients/${id}`, { keys }, { 'if-match': `W/"${version}"` });
  assert.is((await change(setOf(before, after), 1)).status, 200);
  for (const pair of [before, after]) assert.is((await askToken(house, id, pair, 'system/Patient.r')).status, 200);
  assert.is((await change(setOf(after), 2)).status, 200);
  isRefused(await askToken(house, id, before, 'system/Patient.r'), 'invalid_client');
  assert.is((await askToken(house, id, after, 'system/Patient.r')).status, 200);
});

test('what is held is in the database as its hash only, and is cleared away when it is over', async ({
  house,
  clientId,
  es,
}) => {
  const { body } = await askToken(house, clientId, es, 'system/Patient.rs');
  const text = await house.db.oneFirst(sql.type(z.strictObject({ all: z.string() }))`
    select string_agg(a::text, ' ') as all from oauth.artifact a
  `);
  assert.not.match(text, body.access_token as string);
  assert.match(text, 'ClientCredentials');
  await house.db.query(sql.unsafe`update oauth.artifact set expires_at = clock_timestamp() - interval '2 hours'`);
  assert.is(await readOAuthToken(house.hms, body.access_token as string), null);
  const { run } = house.hms.plugins.find(({ name }) => name === 'oauth')!.jobs!['oauth.forget']!;
  await run(house.db, house.hms);
  assert.is(
    await house.db.oneFirst(
      sql.type(z.strictObject({ count: z.int() }))`select count(*)::int as count from oauth.artifact`,
    ),
    0,
  );
});

test.run();
