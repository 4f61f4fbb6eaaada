import { createHash, createHmac, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startHms, type Client, type TestHms } from '../hms.ts';

const key = 'the-key-that-signs-in-this-test-of-forged-tokens';
const before = 'the-key-that-signed-until-yesterday-in-this-test';
const test = suite<{ hms: TestHms; nurse: Client }>('auth: forged tokens');
test.before(async (at) => {
  at.hms = await startHms(['auth'], { env: { OPENWARD_SESSION_KEY: key, OPENWARD_SESSION_KEYS_BEFORE: before } });
  at.nurse = await at.hms.as('nurse');
});
test.after((at) => at.hms?.stop());

type Part = Record<string, unknown>;
const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url');
const decode = (part: string): Part => JSON.parse(Buffer.from(part, 'base64url').toString()) as Part;
const partsOf = (token: string) => token.split('.') as [string, string, string];
const hs = (bits: number, secret: string, text: string) =>
  createHmac(`sha${bits}`, secret).update(text).digest('base64url');

/** Signed with the right key, whatever it says. */
const signed = (header: unknown, claims: unknown, secret = key): string => {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${hs(256, secret, text)}`;
};
const kidOf = (secret: string) =>
  createHash('sha256').update(`openward session key: ${secret}`).digest('base64url').slice(0, 12);
const status = async (hms: TestHms, token: string) =>
  (await hms.anonymous.get('/api/platform', { authorization: `Bearer ${token}` })).status;

test('the real one, and one of the key before, are taken: what follows is refused for its fault alone', async ({
  hms,
  nurse,
}) => {
  const [head, body] = partsOf(nurse.token);
  const [header, claims] = [decode(head), decode(body)];
  assert.equal(header, { alg: 'HS256', typ: 'JWT', kid: kidOf(key) });
  assert.equal(Object.keys(claims).sort(), ['aud', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub', 'typ']);
  assert.is(Number(claims.exp) - Number(claims.iat), 600);
  assert.is(await status(hms, nurse.token), 200);
  assert.is(await status(hms, signed(header, claims)), 200);
  assert.is(
    await status(hms, signed({ ...header, kid: kidOf(before) }, claims, before)),
    200,
    'keys change without signing out',
  );
});

test('none of 40 forged tokens is taken, nor what was never a token', async ({ hms, nurse }) => {
  const [head, body, signature] = partsOf(nurse.token);
  const [header, claims] = [decode(head), decode(body)];
  const now = Math.floor(Date.now() / 1000);
  const without = (name: string) =>
    signed(header, Object.fromEntries(Object.entries(claims).filter(([it]) => it !== name)));
  const saying = (more: Part) => signed(header, { ...claims, ...more });
  const headed = (more: Part) => signed({ ...header, ...more }, claims);
  const other = (alg: string, bits: number) => {
    const text = `${encode({ ...header, alg })}.${body}`;
    return `${text}.${hs(bits, key, text)}`;
  };
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const rs256 = `${encode({ ...header, alg: 'RS256' })}.${body}`;
  const own = randomBytes(32);
  const jwk = { kty: 'oct', k: own.toString('base64url') };
  const forged: Record<string, string> = {
    'signature left out': `${head}.${body}.`,
    'two parts': `${head}.${body}`,
    'a part more': `${nurse.token}.x`,
    'an empty header': `.${body}.${signature}`,
    'signature cut': `${head}.${body}.${signature.slice(0, -2)}`,
    'signature changed': `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
    'stray bits in the signature': `${head}.${body}.${signature.slice(0, -1)}${String.fromCharCode(signature.charCodeAt(42) + 1)}`,
    'padding after the signature': `${nurse.token}=`,
    'no JSON': `${head}.${Buffer.from('nonsense').toString('base64url')}.${signature}`,
    'claims are a list': signed(header, [claims]),
    'claims of somebody else': `${head}.${encode({ ...claims, sub: randomUUID() })}.${signature}`,
    'alg none': `${encode({ alg: 'none', typ: 'JWT' })}.${body}.`,
    'alg None with kid': `${encode({ ...header, alg: 'None' })}.${body}.${signature}`,
    'alg left out': signed({ typ: 'JWT', kid: header.kid }, claims),
    HS384: other('HS384', 384),
    HS512: other('HS512', 512),
    'RS256 with the attacker’s key': `${rs256}.${sign('sha256', Buffer.from(rs256), privateKey).toString('base64url')}`,
    'RS256, signed as HS256 with the public key': `${rs256}.${hs(256, pem, rs256)}`,
    'HS256 with a public key as secret': signed(header, claims, pem),
    'the empty key': signed(header, claims, ''),
    'a key of another hospital': signed(header, claims, 'another-hospital-has-this-key-of-its-own'),
    'no kid': signed({ alg: 'HS256', typ: 'JWT' }, claims),
    'an unknown kid': headed({ kid: 'unknown' }),
    'kid of the other key': headed({ kid: kidOf(before) }),
    'kid as a path': headed({ kid: '../../dev/null' }),
    'kid __proto__': headed({ kid: '__proto__' }),
    jku: headed({ jku: 'https://evil.example/keys.json' }),
    x5u: headed({ x5u: 'https://evil.example/cert.pem' }),
    jwk: signed({ ...header, jwk }, claims, own.toString('base64url')),
    x5c: headed({ x5c: ['MIIB'] }),
    crit: headed({ crit: ['exp'] }),
    'another typ in the header': headed({ typ: 'at+jwt' }),
    'no exp': without('exp'),
    'exp in the past': saying({ iat: now - 700, exp: now - 100 }),
    'exp far away': saying({ exp: now + 86_400 }),
    'exp as text': saying({ exp: String(now + 500) }),
    'no iat': without('iat'),
    'iat in the future': saying({ iat: now + 300, exp: now + 900 }),
    'no sub': without('sub'),
    'sub of somebody else': saying({ sub: randomUUID() }),
    'no sid': without('sid'),
    'sid of no session': saying({ sid: randomUUID() }),
    'no jti': without('jti'),
    'no typ': without('typ'),
    'typ refresh': saying({ typ: 'refresh' }),
    'no aud': without('aud'),
    'another aud': saying({ aud: 'openward-portal' }),
    'aud as a list': saying({ aud: ['openward-api', 'x'] }),
    'no iss': without('iss'),
    'another iss': saying({ iss: 'https://evil.example' }),
    'a claim that we do not make': saying({ admin: true, scope: 'user:write' }),
    'not yet good': saying({ nbf: now + 300 }),
  };
  assert.ok(Object.keys(forged).length >= 40);
  assert.is(new Set(Object.values(forged)).size, Object.keys(forged).length);
  for (const [fault, token] of Object.entries(forged)) assert.is(await status(hms, token), 401, fault);
  assert.is(await status(hms, nurse.token), 200);
});

test('another session’s user does not fit: subject and session belong together', async ({ hms, nurse }) => {
  const doctor = await hms.as('doctor');
  const [head, body] = partsOf(nurse.token);
  const mixed = { ...decode(body), sid: decode(partsOf(doctor.token)[1]).sid };
  assert.is(await status(hms, signed(decode(head), mixed)), 401);
});
test.run();
