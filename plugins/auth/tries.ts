import { z } from 'zod';
import type { Request } from '@hapi/hapi';
import { writeAudit } from '../../core/audit/write.ts';
import { service } from '../../core/actor.ts';
import { sql, type Db } from '../../core/database.ts';
import { likeText } from '../../core/like.ts';
import { refuse, type Refusal } from '../../core/refuse.ts';
import { deviceOf, lockNameOf } from './devices.ts';
import { passwordMatches } from './password.ts';
import { findSecret } from './queries.ts';

/** So many go wrong before a name is locked. */
const before = 5;

/**
 * Takes a try under this name before anything is looked at, so that many at once are no more than one after the other: who was
 * right gives it back. From the fifth on each locks for twice as long, a quarter of an hour at most. Which try it is; null: it
 * is locked. Names that nobody has lock in the same way.
 */
export const takeTry = (db: Db, name: string): Promise<number | null> =>
  db.maybeOneFirst(sql.type(z.strictObject({ failures: z.int() }))`
    insert into auth.failed_login as f (username, failures) values (${name}, 1)
    on conflict (username) do update
    set failures = f.failures + 1, failed_at = clock_timestamp(),
      locked_until = case when f.failures + 1 >= ${before} then clock_timestamp() + least(interval '15 minutes', interval '5 seconds' * 2 ^ least(f.failures + 1 - ${before}, 20)) end
    where f.locked_until is null or f.locked_until <= clock_timestamp()
    returning failures
  `);

/** One try, and the lock if this one brought it: what others got wrong still counts. */
export const giveBackTry = (db: Db, name: string, taken: number): Promise<unknown> =>
  db.query(sql.unsafe`
    update auth.failed_login
    set failures = greatest(0, failures - 1), locked_until = case when ${taken} < ${before} then locked_until end
    where username = ${name}
  `);

export const forgetTries = (db: Db, name: string): Promise<unknown> =>
  db.query(sql.unsafe`delete from auth.failed_login where username = ${name}`);

/** Those of everybody who tried this user name, from known browsers too. */
export const forgetTriesOf = (db: Db, username: string): Promise<unknown> =>
  db.query(
    sql.unsafe`delete from auth.failed_login where username = ${username} or username like 'device:%:' || ${likeText(username)}`,
  );

/** Says from when on the name is open again, in whole seconds of real time; it may be open by now. */
export const locked = async (db: Db, name: string): Promise<Refusal> => {
  const seconds = await db.maybeOneFirst(sql.type(z.strictObject({ seconds: z.number().nullable() }))`
    select ceil(extract(epoch from locked_until - clock_timestamp()))::float8 as seconds from auth.failed_login where username = ${name}
  `);
  return refuse('sign_in_locked', { retryAfter: Math.max(1, seconds ?? 1) });
};

/**
 * Asks who is signed in for their password once more: whoever finds an open screen changes nothing about how its person signs
 * in. Wrong ones count as at the sign-in. Outside the request's transaction, for a refusal undoes that.
 * @throws refusals password_wrong, sign_in_locked, sign_in_busy
 */
export const provePassword = async (request: Request, password: string): Promise<void> => {
  const { hms } = request.server.app;
  const db = hms.db(service('auth'));
  const userId = request.auth.credentials.user!.actor.id!;
  const { username, passwordHash } = await findSecret(db, userId);
  const name = await lockNameOf(db, username, deviceOf(request));
  const refused = (detail: string) =>
    writeAudit({ ...db, actor: request.auth.credentials.user!.actor }, request, {
      action: 'E',
      outcome: 4,
      object: `User/${userId}`,
      detail,
    });
  const taken = await takeTry(db, name);
  if (taken === null) {
    await refused('password asked again: locked');
    throw await locked(db, name);
  }
  const right = await passwordMatches(password, passwordHash, hms.config).catch(async (error: unknown) => {
    await giveBackTry(db, name, taken);
    throw error;
  });
  if (!right) {
    await refused('password asked again');
    throw refuse('password_wrong');
  }
  await giveBackTry(db, name, taken);
};
