import { randomUUID } from 'node:crypto';
import Jwt from '@hapi/jwt';
import { z } from 'zod';
import { keyIdOf } from '../../../core/config.ts';
import type { Hms } from '../../../core/hms.ts';

/** Seconds. */
export const accessLifetime = 600;
const skew = 2;
const algorithm = 'HS256';
const issuer = 'openward';
const audience = 'openward-api';

/** The key that signs comes first; those before it are good until their tokens have run out. */
const keysOf = ({ config }: Hms): Map<string, string> =>
  new Map(
    [config.sessionKey, ...((config.settings.OPENWARD_SESSION_KEYS_BEFORE as string[] | undefined) ?? [])].map(
      (key) => [keyIdOf('session key', key), key],
    ),
  );
const known = new WeakMap<Hms, Map<string, string>>();
const keyring = (hms: Hms): Map<string, string> => {
  const keys = known.get(hms) ?? keysOf(hms);
  known.set(hms, keys);
  return keys;
};

export const signAccessToken = (hms: Hms, userId: string, sessionId: string): string => {
  const [kid, key] = keyring(hms).entries().next().value!;
  return Jwt.token.generate(
    { sub: userId, sid: sessionId, iss: issuer, aud: audience, typ: 'access', jti: randomUUID() },
    { key, algorithm },
    { ttlSec: accessLifetime, header: { kid } },
  );
};

/** Nothing else may stand there: a key that a token brings along, or points to, is never looked at. */
const Header = z.strictObject({ alg: z.literal(algorithm), typ: z.literal('JWT'), kid: z.string() });
const Claims = z.strictObject({
  sub: z.uuid(),
  sid: z.uuid(),
  iss: z.literal(issuer),
  aud: z.literal(audience),
  typ: z.literal('access'),
  iat: z.int(),
  exp: z.int(),
  jti: z.uuid(),
});
export type Claims = z.infer<typeof Claims>;

/** One spelling only: decoders forgive stray bits and signs, and then two texts are one token. */
const isCanonical = (token: string): boolean => {
  const parts = token.split('.');
  return (
    parts.length === 3 && parts.every((part) => part && Buffer.from(part, 'base64url').toString('base64url') === part)
  );
};

/** Texts that were good once, letter by letter: they are again, until they have run out. */
const verified = new WeakMap<Hms, Map<string, Claims>>();
const most = 5000;

/** Null: it is none of ours, or no more. */
export const readAccessToken = (hms: Hms, token: string): Claims | null => {
  const known = verified.get(hms) ?? new Map<string, Claims>();
  verified.set(hms, known);
  const before = known.get(token);
  if (before) return before.exp > Date.now() / 1000 - skew ? before : null;
  const claims = verify(hms, token);
  if (known.size > most) known.clear();
  if (claims) known.set(token, claims);
  return claims;
};

/** Every claim is required, and a lifetime of ours: the library alone takes a token that never ends. */
const verify = (hms: Hms, token: string): Claims | null => {
  try {
    if (!isCanonical(token)) return null;
    const artifacts = Jwt.token.decode(token);
    const key = keyring(hms).get(Header.parse(artifacts.decoded.header).kid);
    if (key === undefined) return null;
    Jwt.token.verify(artifacts, { key, algorithm }, { aud: audience, iss: issuer, sub: false, timeSkewSec: skew });
    const claims = Claims.parse(artifacts.decoded.payload);
    const fromTheFuture = claims.iat > Date.now() / 1000 + skew;
    return fromTheFuture || claims.exp - claims.iat > accessLifetime ? null : claims;
  } catch {
    return null;
  }
};
