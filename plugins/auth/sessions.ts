import { createHash, randomBytes } from 'node:crypto';
import Jwt from '@hapi/jwt';
import { z } from 'zod';
import type { Actor } from '../../core/actor.ts';
import { sql, type Db } from '../../core/database.ts';
import type { Hms } from '../../core/hms.ts';
import { service } from '../../core/actor.ts';
import type { Account, SignedIn } from './model.ts';
import { bindingHolds } from './binding.ts';
import { findAccount } from './queries.ts';

/** Seconds. */
const accessLifetime = 600;
export const sessionHours = 12;
const issuer = 'openward';
const audience = 'openward-api';

const newToken = (): string => randomBytes(32).toString('base64url');
const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

const Session = z.strictObject({
  id: z.uuid(),
  userId: z.uuid(),
  boundTo: z.uuid().nullable(),
  current: z.boolean(),
  alive: z.boolean(),
});

/** Starts a session; gives its first refresh token. */
export const startSession = async (
  db: Db,
  userId: string,
  source: string,
  boundTo: string | null,
): Promise<{ sessionId: string; refreshToken: string }> => {
  const refreshToken = newToken();
  const sessionId = await db.oneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    insert into auth.session (user_id, token_hash, ends_at, source, bound_to)
    values (${userId}, ${hashOf(refreshToken)}, clock_timestamp() + make_interval(hours => ${sessionHours}), ${source || null}, ${boundTo})
    returning id
  `);
  return { sessionId, refreshToken };
};

/**
 * A refresh token is used once. One that comes a second time was copied by somebody: the session ends.
 * Null when the session is over.
 */
export const rotateSession = async (
  tx: Db,
  token: string,
): Promise<{ sessionId: string; userId: string; boundTo: string | null; refreshToken: string } | null> => {
  const session = await tx.maybeOne(sql.type(Session)`
    select id, user_id, bound_to, token_hash = ${hashOf(token)} as current, ended_at is null and ends_at > clock_timestamp() as alive
    from auth.session
    where token_hash = ${hashOf(token)} or previous_token_hash = ${hashOf(token)}
    for update
  `);
  if (!session?.alive) return null;
  if (!session.current) {
    await endSession(tx, session.id);
    return null;
  }
  const refreshToken = newToken();
  await tx.query(sql.unsafe`
    update auth.session
    set previous_token_hash = token_hash, token_hash = ${hashOf(refreshToken)}, refreshed_at = clock_timestamp()
    where id = ${session.id}
  `);
  return { sessionId: session.id, userId: session.userId, boundTo: session.boundTo, refreshToken };
};

export const endSession = (db: Db, sessionId: string): Promise<unknown> =>
  db.query(
    sql.unsafe`update auth.session set ended_at = clock_timestamp() where id = ${sessionId} and ended_at is null`,
  );

export const endSessionOf = (db: Db, refreshToken: string): Promise<unknown> =>
  db.query(
    sql.unsafe`update auth.session set ended_at = clock_timestamp() where token_hash = ${hashOf(refreshToken)} and ended_at is null`,
  );

const findSession = (db: Db, sessionId: string): Promise<{ boundTo: string | null } | null> =>
  db.maybeOne(sql.type(z.strictObject({ boundTo: z.uuid().nullable() }))`
    select bound_to from auth.session where id = ${sessionId} and ended_at is null and ends_at > clock_timestamp()
  `);

export const signedIn = (hms: Hms, account: Account, sessionId: string, boundTo: string | null): SignedIn => ({
  accessToken: Jwt.token.generate(
    { sub: account.id, sid: sessionId, iss: issuer, aud: audience, typ: 'access', jti: newToken() },
    { key: hms.config.sessionKey, algorithm: 'HS256' },
    { ttlSec: accessLifetime },
  ),
  expiresIn: accessLifetime,
  ...(boundTo === null ? {} : { boundTo }),
  user: { id: account.id, displayName: account.displayName, roles: account.roles, permissions: account.permissions },
});

const Claims = z.object({
  sub: z.uuid(),
  sid: z.uuid(),
  iss: z.literal(issuer),
  aud: z.literal(audience),
  typ: z.literal('access'),
  iat: z.int(),
  exp: z.int(),
  jti: z.string(),
});

/** Who a session's token speaks for is asked again after this many milliseconds, so a changed role or an ended session counts within a second. */
const remembered = 1000;
const rememberedActors = new WeakMap<Hms, Map<string, { actor: Actor | null; until: number }>>();

/** All claims are required: the library alone accepts a token without `exp`. */
export const authenticate = async (hms: Hms, token: string): Promise<Actor | null> => {
  let claims: z.infer<typeof Claims>;
  try {
    const artifacts = Jwt.token.decode(token);
    Jwt.token.verify(
      artifacts,
      { key: hms.config.sessionKey, algorithm: 'HS256' },
      { aud: audience, iss: issuer, sub: false, timeSkewSec: 2 },
    );
    claims = Claims.parse(artifacts.decoded.payload);
  } catch {
    return null;
  }
  const cache = rememberedActors.get(hms) ?? new Map<string, { actor: Actor | null; until: number }>();
  rememberedActors.set(hms, cache);
  const known = cache.get(claims.sid);
  if (known && known.until > performance.now()) return known.actor;
  if (cache.size > 5000) cache.clear();
  const db = hms.db(service('auth'));
  const session = await findSession(db, claims.sid);
  const account = session && (await findAccount(db, claims.sub));
  const holds = session && account?.active && (await bindingHolds(hms, db, account, session.boundTo));
  const actor: Actor | null = session && account && holds ? actorOf(account, claims.sid, session.boundTo) : null;
  cache.set(claims.sid, { actor, until: performance.now() + remembered });
  return actor;
};

const actorOf = (account: Account, sessionId: string, boundTo: string | null): Actor => ({
  kind: boundTo === null ? 'user' : 'patient',
  id: account.id,
  displayName: account.displayName,
  permissions: new Set(account.permissions),
  sessionId,
  ...(boundTo === null ? {} : { patientId: boundTo }),
});
