import { createHash, randomBytes } from 'node:crypto';
import type { Request } from '@hapi/hapi';
import { service } from '../../core/actor.ts';
import { sql, type Db } from '../../core/database.ts';
import { headerOf } from '../../core/routes.ts';

/** A browser that somebody has signed in with says so by this cookie, for half a year. */
export const deviceCookie = 'openward-device';
export const deviceDays = 180;

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

export const deviceOf = (request: Request): string | null => {
  const token = (request.state as Record<string, unknown>)[deviceCookie];
  return typeof token === 'string' && /^[\w-]{43}$/.test(token) ? token : null;
};

/**
 * Under which name failures are counted. Strangers share one for each user name. A browser in which this person has signed in
 * before has its own, so that whoever knows the names of all administrators cannot shut them out.
 */
export const lockNameOf = async (db: Db, username: string, device: string | null): Promise<string> => {
  const isKnown =
    device !== null &&
    (await db.exists(sql.unsafe`
      select from auth.known_device d join auth."user" u on u.id = d.user_id
      where d.token_hash = ${hashOf(device)} and u.username = ${username} and d.seen_at > clock_timestamp() - make_interval(days => ${deviceDays})
    `));
  return isKnown ? `device:${hashOf(device)}:${username}` : username;
};

/**
 * A browser in which somebody has signed in before is counted by itself where its address is used up: whoever guesses behind
 * the same address keeps nobody out who works there.
 */
export const knownBrowser = async (request: Request): Promise<string | null> => {
  const device = deviceOf(request);
  if (device === null) return null;
  const isKnown = await request.server.app.hms.db(service('auth')).exists(sql.unsafe`
    select from auth.known_device
    where token_hash = ${hashOf(device)} and seen_at > clock_timestamp() - make_interval(days => ${deviceDays})
  `);
  return isKnown ? `browser ${hashOf(device)}` : null;
};

/** This browser has given a code of this person's within the last month, and they asked to be spared. */
export const isTrusted = (db: Db, userId: string, device: string): Promise<boolean> =>
  db.exists(sql.unsafe`
    select from auth.known_device
    where token_hash = ${hashOf(device)} and user_id = ${userId} and trusted_until > clock_timestamp()
  `);

export const trustDevice = (tx: Db, userId: string, device: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    update auth.known_device set trusted_until = clock_timestamp() + interval '30 days'
    where token_hash = ${hashOf(device)} and user_id = ${userId}
  `);

/** The token to keep in the browser: the one it has, or a new one. */
export const rememberDevice = async (tx: Db, userId: string, request: Request): Promise<string> => {
  const token = deviceOf(request) ?? randomBytes(32).toString('base64url');
  const name = headerOf(request, 'user-agent')?.slice(0, 200) ?? null;
  await tx.query(sql.unsafe`
    insert into auth.known_device (token_hash, user_id, device) values (${hashOf(token)}, ${userId}, ${name})
    on conflict (token_hash, user_id) do update set seen_at = clock_timestamp(), device = excluded.device
  `);
  return token;
};
