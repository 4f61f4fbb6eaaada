import { createRemoteJWKSet, jwtVerify } from 'jose';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { readOAuthToken } from '../../plugins/oauth/api.ts';
import { rotateSigningKey } from '../../plugins/oauth/signing-keys.ts';
import { clientOf, type Answer, type TestHms } from '../hms.ts';
import {
  comeFromApp,
  letIn,
  newPair,
  newPkce,
  origin,
  register,
  send,
  setOf,
  signed,
  startHouse,
  type Ask,
} from './partner.ts';

interface At {
  house: TestHms;
  clientId: string;
}
const test = suite<At>('oauth: apps');
const redirectUri = 'http://127.0.0.1:4567/back';
const scopes = ['openid', 'fhirUser', 'online_access', 'offline_access', 'user/Patient.rs', 'user/Observation.rs'];

test.before(async (at) => {
  at.house = await startHouse(['auth', 'facility', 'patients', 'oauth']);
  const made = await register(at.house, {
    name: 'Growth charts',
    kind: 'app',
    scopes: scopes.filter((scope) => scope !== 'user/Observation.rs'),
    redirectUris: [redirectUri],
  });
  at.clientId = made.id as string;
});
test.after((at) => at.house?.stop());

const exchange = (house: TestHms, clientId: string, code: string, verifier: string): Promise<Answer> =>
  send(house, '/oauth2/token', {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: redirectUri,
    client_id: clientId,
  });
const renew = (house: TestHms, clientId: string, token: string): Promise<Answer> =>
  send(house, '/oauth2/token', { grant_type: 'refresh_token', refresh_token: token, client_id: clientId });

/** Tokens in somebody's name. */
const enter = async ({ house, clientId }: At, scope: string, role = 'doctor'): Promise<Answer['body']> => {
  const pkce = newPkce();
  const code = await letIn(house, role, { clientId, redirectUri, scope, pkce });
  const { status, body } = await exchange(house, clientId, code, pkce.verifier);
  assert.is(status, 200, JSON.stringify(body));
  return body as Answer['body'];
};
const counts = async (house: TestHms, token: string): Promise<boolean> =>
  (await readOAuthToken(house.hms, token)) !== null;

test('somebody signs in, says yes, and the app gets a token in their name', async (at) => {
  const { house } = at;
  const tokens = await enter(at, 'openid fhirUser user/Patient.rs');
  assert.ok(tokens.expires_in <= 300);
  assert.is(tokens.refresh_token, undefined, 'it did not ask to go on');
  assert.is(tokens.scope, 'openid fhirUser user/Patient.rs');
  const caller = await readOAuthToken(house.hms, tokens.access_token as string);
  const me = await (await house.as('doctor')).get('/api/platform');
  assert.ok(caller?.userId);
  assert.is(me.status, 200);
  const info = await house.anonymous.get('/oauth2/userinfo', { authorization: `Bearer ${tokens.access_token}` });
  assert.is(info.status, 200);
  assert.equal(info.body, { sub: caller?.userId, name: 'Doctor' });
});

test('the identity token is signed with a key that is shown, also after another one signs', async (at) => {
  const { house, clientId } = at;
  const jwks = createRemoteJWKSet(new URL(`${house.url}/oauth2/jwks`), { cooldownDuration: 0, cacheMaxAge: 0 });
  const verify = (token: string) =>
    jwtVerify(token, jwks, { issuer: origin, audience: clientId, algorithms: ['RS256'] });
  const before = (await enter(at, 'openid')).id_token as string;
  const first = await verify(before);
  assert.ok(first.payload.exp! - first.payload.iat! <= 300);
  const kid = await rotateSigningKey(house.db, house.hms.config);
  const after = (await enter(at, 'openid')).id_token as string;
  assert.is((await verify(after)).protectedHeader.kid, kid);
  assert.is.not((await verify(before)).protectedHeader.kid, kid);
  const shown = await house.anonymous.get('/oauth2/jwks');
  assert.is(shown.body.keys.length, 2);
  assert.not.match(JSON.stringify(shown.body), /"d"|"p"|"q"/);
  // When what it signed has ended, it is shown no more.
  await house.db.query(
    sql.unsafe`update oauth.signing_key set created_at = created_at - interval '3 days', retired_at = retired_at - interval '2 days' where retired_at is not null`,
  );
  await house.hms.plugins.find(({ name }) => name === 'oauth')!.jobs!['oauth.forget']!.run(house.db, house.hms);
  assert.is((await house.anonymous.get('/oauth2/jwks')).body.keys.length, 1);
});

test('the private key lies sealed in the database', async ({ house }) => {
  const { sealed } = (await house.db.one(
    sql.unsafe`select encode(sealed, 'escape') as sealed from oauth.signing_key limit 1`,
  )) as {
    sealed: string;
  };
  assert.not.match(sealed, /"kty"|"d"/);
});

test('without PKCE, with plain, or with another verifier there is no token', async ({ house, clientId }) => {
  const ask: Ask = { clientId, redirectUri, scope: 'openid' };
  const without = await comeFromApp(house, ask);
  assert.match(without.location, /^http:\/\/127.0.0.1:4567\/back\?.*error=invalid_request/);
  const pkce = newPkce();
  const plain = await comeFromApp(house, {
    ...ask,
    more: { code_challenge: pkce.verifier, code_challenge_method: 'plain' },
  });
  assert.match(plain.location, /error=invalid_request/);
  const code = await letIn(house, 'doctor', { ...ask, pkce });
  assert.is((await exchange(house, clientId, code, newPkce().verifier)).body.error, 'invalid_grant');
  const again = await letIn(house, 'doctor', { ...ask, pkce });
  const none = await send(house, '/oauth2/token', {
    grant_type: 'authorization_code',
    code: again,
    redirect_uri: redirectUri,
    client_id: clientId,
  });
  assert.is(none.body.error, 'invalid_grant');
});

test('a code counts once: the second time everything that came of it ends', async ({ house, clientId }) => {
  const pkce = newPkce();
  const code = await letIn(house, 'doctor', { clientId, redirectUri, scope: 'openid user/Patient.r', pkce });
  const first = await exchange(house, clientId, code, pkce.verifier);
  assert.ok(await counts(house, first.body.access_token as string));
  const second = await exchange(house, clientId, code, pkce.verifier);
  assert.is(second.status, 400);
  assert.is(second.body.error, 'invalid_grant');
  assert.not.ok(await counts(house, first.body.access_token as string));
});

test('codes and refresh tokens are good for the app that got them', async (at) => {
  const { house, clientId } = at;
  const made = await register(house, {
    name: 'Another app',
    kind: 'app',
    scopes: ['openid', 'offline_access'],
    redirectUris: [redirectUri],
  });
  const pkce = newPkce();
  const code = await letIn(house, 'doctor', { clientId, redirectUri, scope: 'openid', pkce });
  assert.is((await exchange(house, made.id as string, code, pkce.verifier)).body.error, 'invalid_grant');
  const { refresh_token: token } = await enter(at, 'openid offline_access');
  assert.is((await renew(house, made.id as string, token as string)).body.error, 'invalid_grant');
  assert.is((await renew(house, clientId, token as string)).status, 200);
});

test('a refresh token counts once: its reuse ends the whole family', async (at) => {
  const { house, clientId } = at;
  const begun = await enter(at, 'openid offline_access user/Patient.r');
  const second = await renew(house, clientId, begun.refresh_token as string);
  assert.is(second.status, 200, JSON.stringify(second.body));
  assert.is.not(second.body.refresh_token, begun.refresh_token);
  assert.ok(await counts(house, second.body.access_token as string));
  assert.is((await renew(house, clientId, begun.refresh_token as string)).body.error, 'invalid_grant');
  assert.is((await renew(house, clientId, second.body.refresh_token as string)).body.error, 'invalid_grant');
  assert.not.ok(await counts(house, second.body.access_token as string));
});

test('two who renew with the same token at once do not both get on', async (at) => {
  const { house, clientId } = at;
  const { refresh_token: token } = await enter(at, 'openid offline_access');
  const answers = await Promise.all(Array.from({ length: 6 }, () => renew(house, clientId, token as string)));
  assert.ok(answers.filter(({ status }) => status === 200).length <= 1);
  for (const { body } of answers)
    if (body.refresh_token) assert.is((await renew(house, clientId, body.refresh_token as string)).status, 400);
});

test('a token that is taken back ends what came with it', async (at) => {
  const { house, clientId } = at;
  const tokens = await enter(at, 'openid offline_access user/Patient.r');
  await send(house, '/oauth2/revoke', { token: tokens.refresh_token as string, client_id: clientId });
  assert.is((await renew(house, clientId, tokens.refresh_token as string)).body.error, 'invalid_grant');
  assert.not.ok(await counts(house, tokens.access_token as string));
});

test('an app ends with the session, unless it may go on; nothing goes on after a new password or for who is disabled', async (at) => {
  const { house, clientId } = at;
  const admin = await house.as('admin');
  const username = 'visitor';
  await admin.post('/api/users', {
    username,
    displayName: 'Visitor',
    password: 'first-of-all-words',
    roles: ['doctor'],
  });
  const signIn = async (given: object) =>
    (await clientOf(house.url, '').post('/api/auth/login', { username, ...given })).body as Answer['body'];
  const mine = 'a-word-of-ones-own';
  const { user } = await signIn({ password: 'first-of-all-words', newPassword: mine });
  const asVisitor = async (scope: string) => {
    const { accessToken } = await signIn({ password: mine });
    const person = clientOf(house.url, accessToken as string);
    const pkce = newPkce();
    const seen = { ...house, as: () => Promise.resolve(person) };
    const code = await letIn(seen, '', { clientId, redirectUri, scope, pkce });
    return { person, tokens: (await exchange(house, clientId, code, pkce.verifier)).body as Answer['body'] };
  };
  const online = await asVisitor('openid online_access user/Patient.r');
  const offline = await asVisitor('openid offline_access user/Patient.r');
  const end = async (person: { post: TestHms['anonymous']['post']; get: TestHms['anonymous']['get'] }) => {
    const { body } = await person.get('/api/auth/sessions');
    const here = (body.items as { id: string; current: boolean }[]).find(({ current }) => current)!;
    await person.post(`/api/auth/sessions/${here.id}/end`);
  };
  const again = await renew(house, clientId, online.tokens.refresh_token as string);
  assert.is(again.status, 200);
  await end(online.person);
  await end(offline.person);
  assert.not.ok(await counts(house, again.body.access_token as string));
  assert.is((await renew(house, clientId, again.body.refresh_token as string)).body.error, 'invalid_grant');
  assert.ok(await counts(house, offline.tokens.access_token as string));
  const on = await renew(house, clientId, offline.tokens.refresh_token as string);
  assert.is(on.status, 200, JSON.stringify(on.body));

  await admin.post(`/api/users/${user.id}/password`, { password: 'another-first-word' });
  assert.not.ok(await counts(house, on.body.access_token as string));
  assert.is((await renew(house, clientId, on.body.refresh_token as string)).body.error, 'invalid_grant');

  await signIn({ password: 'another-first-word', newPassword: mine });
  const last = await asVisitor('openid offline_access user/Patient.r');
  const { body: them } = await admin.get(`/api/users`);
  const { version } = (them.items as { id: string; version: number }[]).find(({ id }) => id === user.id)!;
  const off = await admin.put(
    `/api/users/${user.id}`,
    { displayName: 'Visitor', active: false, roles: ['doctor'] },
    { 'if-match': `W/"${version}"` },
  );
  assert.is(off.status, 200, JSON.stringify(off.body));
  assert.not.ok(await counts(house, last.tokens.access_token as string));
  assert.is((await renew(house, clientId, last.tokens.refresh_token as string)).body.error, 'invalid_grant');
});

test('an app that is switched off ends within a second', async ({ house }) => {
  const made = await register(house, { name: 'Soon off', kind: 'app', scopes, redirectUris: [redirectUri] }).catch(
    () => null,
  );
  assert.is(made, null, 'Observation is served by nobody here');
  const app = await register(house, {
    name: 'Soon off',
    kind: 'app',
    scopes: ['openid', 'offline_access', 'user/Patient.r'],
    redirectUris: [redirectUri],
  });
  const at = { house, clientId: app.id as string };
  const tokens = await enter(at, 'openid offline_access user/Patient.r');
  const admin = await house.as('admin');
  await admin.put(`/api/clients/${app.id}`, { active: false }, { 'if-match': 'W/"1"' });
  assert.not.ok(await counts(house, tokens.access_token as string));
  assert.is((await renew(house, at.clientId, tokens.refresh_token as string)).status, 401);
  const { location } = await comeFromApp(house, { ...at, redirectUri, scope: 'openid', pkce: newPkce() });
  assert.is(location, '/connect/refused?error=invalid_client');
});

test('who says no sends the app away with that', async ({ house, clientId }) => {
  const { jar, location } = await comeFromApp(house, { clientId, redirectUri, scope: 'openid', pkce: newPkce() });
  const doctor = await house.as('doctor');
  const uid = location.split('/').at(-1)!;
  const { body } = await doctor.post(`/api/app-requests/${uid}/deny`, {}, jar.header);
  const back = await fetch(house.url + (body as { path: string }).path, { headers: jar.header, redirect: 'manual' });
  assert.match(back.headers.get('location')!, /^http:\/\/127.0.0.1:4567\/back\?error=access_denied/);
});

test('the page says which app asks for what; the request belongs to the browser it came with', async ({
  house,
  clientId,
}) => {
  const pkce = newPkce();
  const { jar, location } = await comeFromApp(house, { clientId, redirectUri, scope: 'openid user/Patient.rs', pkce });
  const uid = location.split('/').at(-1)!;
  const doctor = await house.as('doctor');
  const seen = await doctor.get(`/api/app-requests/${uid}`, jar.header);
  assert.equal(seen.body, {
    app: 'Growth charts',
    returnsTo: '127.0.0.1:4567',
    scopes: ['openid', 'user/Patient.rs'],
    ownRecord: false,
  });
  assert.is((await doctor.get(`/api/app-requests/${uid}`)).status, 410, 'another browser');
  assert.is((await doctor.post(`/api/app-requests/${uid}/allow`)).status, 410);
  const other = await comeFromApp(house, { clientId, redirectUri, scope: 'openid', pkce });
  assert.is((await doctor.post(`/api/app-requests/${uid}/allow`, {}, other.jar.header)).status, 410);
  assert.is((await house.anonymous.get(`/api/app-requests/${uid}`, jar.header)).status, 401);
});

test('an address that is not registered gets nobody, a scope that is not known is told to the app', async ({
  house,
  clientId,
}) => {
  const pkce = newPkce();
  for (const elsewhere of ['http://127.0.0.1:4567/back2', 'http://127.0.0.1:4567/back?x=1', 'https://evil.example/']) {
    const { location } = await comeFromApp(house, { clientId, redirectUri: elsewhere, scope: 'openid', pkce });
    assert.is(location, '/connect/refused?error=invalid_redirect_uri', elsewhere);
  }
  for (const scope of [
    'openid user/Starship.rs',
    'openid user/Patient.read',
    'system/Patient.rs',
    'user/Observation.r',
    'profile',
  ]) {
    const { location } = await comeFromApp(house, { clientId, redirectUri, scope, pkce });
    assert.match(location, /^http:\/\/127.0.0.1:4567\/back\?error=invalid_scope/, scope);
  }
  const { location } = await comeFromApp(house, {
    clientId,
    redirectUri,
    scope: 'openid',
    pkce,
    more: { aud: 'https://elsewhere.example/fhir' },
  });
  assert.match(location, /error=invalid_request/);
  const nowhere = { clientId, redirectUri, scope: 'openid user/Patient.rs', pkce, more: { aud: '' } };
  assert.match((await comeFromApp(house, nowhere)).location, /error=invalid_request/, 'for no server at all');
  const target = { resource: 'https://elsewhere.example/fhir' };
  const other = await comeFromApp(house, { clientId, redirectUri, scope: 'openid', pkce, more: target });
  assert.match(other.location, /error=invalid_target/);
  const form = { response_mode: 'form_post' };
  const posted = await comeFromApp(house, { clientId, redirectUri, scope: 'openid', pkce, more: form });
  assert.is(posted.location, '/connect/refused?error=unsupported_response_mode');
  const silent = await comeFromApp(house, { clientId, redirectUri, scope: 'openid', pkce, more: { prompt: 'none' } });
  assert.match(silent.location, /error=login_required/);
});

test('an app with a key must prove itself as well', async ({ house }) => {
  const pair = await newPair('ES384');
  const made = await register(house, {
    name: 'With a key',
    kind: 'app',
    scopes: ['openid', 'user/Patient.r'],
    redirectUris: [redirectUri],
    keys: setOf(pair),
  });
  const clientId = made.id as string;
  const pkce = newPkce();
  const form = async (code: string) => ({
    grant_type: 'authorization_code',
    code,
    code_verifier: pkce.verifier,
    redirect_uri: redirectUri,
  });
  const code = await letIn(house, 'doctor', { clientId, redirectUri, scope: 'user/Patient.r', pkce });
  const without = await send(house, '/oauth2/token', { ...(await form(code)), client_id: clientId });
  assert.is(without.status, 401);
  const withIt = await send(house, '/oauth2/token', { ...(await form(code)), ...(await signed(clientId, pair)) });
  assert.is(withIt.status, 200, JSON.stringify(withIt.body));
});

test('a page of another origin is answered if an app comes back to it, and no other', async ({ house, clientId }) => {
  const ask = (from: string, method = 'POST') =>
    fetch(`${house.url}/oauth2/token`, {
      method,
      headers: { origin: from, 'access-control-request-method': 'POST' },
      ...(method === 'POST'
        ? { body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x', client_id: clientId }) }
        : {}),
    });
  const own = 'http://127.0.0.1:4567';
  assert.is((await ask(own)).headers.get('access-control-allow-origin'), own);
  assert.is((await ask(own, 'OPTIONS')).headers.get('access-control-allow-origin'), own);
  for (const from of ['http://127.0.0.1:45678', 'http://127.0.0.1', 'https://evil.example', 'null'])
    for (const method of ['POST', 'OPTIONS'])
      assert.is.not((await ask(from, method)).headers.get('access-control-allow-origin'), from, `${from} ${method}`);
});

test('where everything is stands in two documents that agree', async ({ house }) => {
  const oidc = (await house.anonymous.get('/.well-known/openid-configuration')).body;
  const smart = (await house.anonymous.get('/fhir/R4/.well-known/smart-configuration')).body;
  assert.is(oidc.issuer, origin);
  for (const name of [
    'issuer',
    'authorization_endpoint',
    'token_endpoint',
    'introspection_endpoint',
    'revocation_endpoint',
    'jwks_uri',
  ])
    assert.is(oidc[name], smart[name], name);
  assert.equal(smart.code_challenge_methods_supported, ['S256']);
  assert.equal(oidc.id_token_signing_alg_values_supported, ['RS256']);
  assert.is(oidc.userinfo_endpoint, `${origin}/oauth2/userinfo`);
  assert.is(oidc.pushed_authorization_request_endpoint, undefined);
});

test('a request says nothing about where we are', async ({ house }) => {
  const { body } = await house.anonymous.get('/.well-known/openid-configuration', {
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
  });
  assert.not.match(JSON.stringify(body), /evil/);
  assert.is(body.token_endpoint, `${origin}/oauth2/token`);
});

test.run();
