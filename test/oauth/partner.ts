import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTHeaderParameters } from 'jose';
import * as assert from 'uvu/assert';
import { startHms, type Answer, type TestHms, type TestOptions } from '../hms.ts';

/** What stands in front of addresses here; the server itself listens elsewhere. */
export const origin = 'http://localhost:3999';
export const startHouse = (plugins: readonly string[], options: TestOptions = {}): Promise<TestHms> =>
  startHms(plugins, { ...options, env: { ORIGIN: origin, ...options.env } });

export const tokenEndpoint = `${origin}/oauth2/token`;

export interface Pair {
  alg: 'ES384' | 'RS384';
  privateKey: CryptoKey;
  publicKey: JWK;
}
export const newPair = async (alg: Pair['alg']): Promise<Pair> => {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, privateKey, publicKey: { ...(await exportJWK(publicKey)), kid: randomUUID(), alg } };
};
export const setOf = (...pairs: Pair[]): string => JSON.stringify({ keys: pairs.map(({ publicKey }) => publicKey) });

/** As an administrator registers it. */
export const register = async (house: TestHms, body: object): Promise<Answer['body']> => {
  const admin = await house.as('admin');
  const { status, body: made } = await admin.post('/api/clients', body);
  assert.is(status, 201, JSON.stringify(made));
  return made as Answer['body'];
};

/** The other side: it knows its own key, and asks with it. */
export interface Signing {
  claims?: Record<string, unknown>;
  header?: Partial<JWTHeaderParameters>;
  seconds?: number;
}
export const assertion = (clientId: string, pair: Pair, { claims, header, seconds = 60 }: Signing = {}) => {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: clientId,
    sub: clientId,
    aud: tokenEndpoint,
    jti: randomUUID(),
    iat: now,
    exp: now + seconds,
    ...claims,
  })
    .setProtectedHeader({ alg: pair.alg, kid: pair.publicKey.kid!, typ: 'JWT', ...header })
    .sign(pair.privateKey);
};
export const signed = async (clientId: string, pair: Pair, more?: Signing): Promise<Record<string, string>> => ({
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: await assertion(clientId, pair, more),
});

/** A form, as OAuth sends it. */
export const send = async (
  house: TestHms,
  path: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const response = await fetch(house.url + path, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers,
    redirect: 'manual',
  });
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
};

export const askToken = async (
  house: TestHms,
  clientId: string,
  pair: Pair,
  scope: string | undefined,
  more?: Signing,
): Promise<Answer> =>
  send(house, '/oauth2/token', {
    grant_type: 'client_credentials',
    ...(scope === undefined ? {} : { scope }),
    ...(await signed(clientId, pair, more)),
  });

export interface Pkce {
  verifier: string;
  challenge: string;
}
export const newPkce = (): Pkce => {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
};

/** What a browser keeps between two steps. */
export class Jar {
  #cookies = new Map<string, string>();
  take(response: { headers: Headers }): void {
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name && value !== undefined) this.#cookies.set(name, value);
    }
  }
  get header(): Record<string, string> {
    return { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
  }
}

export interface Ask {
  clientId: string;
  redirectUri: string;
  scope: string;
  pkce?: Pkce;
  more?: Record<string, string>;
}

/** The browser of somebody comes from an app: where it is sent, and what it keeps. */
export const comeFromApp = async (house: TestHms, { clientId, redirectUri, scope, pkce, more }: Ask) => {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    state: 'state-of-the-app',
    aud: `${origin}/fhir/R4`,
    ...(pkce ? { code_challenge: pkce.challenge, code_challenge_method: 'S256' } : {}),
    ...more,
  });
  for (const [name, value] of [...query]) if (value === '') query.delete(name); // left out
  const jar = new Jar();
  const response = await fetch(`${house.url}/oauth2/auth?${query.toString()}`, { redirect: 'manual' });
  jar.take(response);
  return { jar, status: response.status, location: response.headers.get('location') ?? '' };
};

/** Until the app has its code: somebody says yes on our page. */
export const letIn = async (house: TestHms, role: string, ask: Ask): Promise<string> => {
  const { jar, location } = await comeFromApp(house, ask);
  assert.match(location, /^\/connect\/[\w-]+$/, location);
  const uid = location.split('/').at(-1)!;
  const person = await house.as(role);
  const { status, body } = await person.post(`/api/app-requests/${uid}/allow`, {}, jar.header);
  assert.is(status, 200, JSON.stringify(body));
  const back = await fetch(house.url + (body as { path: string }).path, { headers: jar.header, redirect: 'manual' });
  const url = new URL(back.headers.get('location')!, house.url);
  assert.is(url.origin + url.pathname, ask.redirectUri, url.href);
  assert.is(url.searchParams.get('state'), 'state-of-the-app');
  return url.searchParams.get('code')!;
};
