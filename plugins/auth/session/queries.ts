import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { OwnSession, SessionRow, type EndedFor } from './model.ts';

/** Of a row `s`. Real time: who moves the hospital’s clock ends no session. */
export const alive = sql.fragment`s.ended_at is null and s.ends_at > clock_timestamp() and s.used_at + s.idle > clock_timestamp()`;

export interface NewSession {
  userId: string;
  boundTo: string | null;
  familyHash: string;
  tokenHash: string;
  keptKey: Buffer;
  device: string | null;
  source: string | null;
  /** Seconds. */
  idle: number;
  lifetime: number;
  /** The session that this one goes on with: it is no new proof of who somebody is. */
  after: string | null;
}

export const insertSession = (db: Db, it: NewSession): Promise<string> =>
  db.oneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    insert into auth.session (user_id, family_hash, token_hash, ends_at, source, bound_to, device, kept_key, idle, proved_at)
    values (${it.userId}, ${it.familyHash}, ${it.tokenHash}, clock_timestamp() + make_interval(secs => ${it.lifetime}), ${it.source}, ${it.boundTo},
      ${it.device}, ${sql.binary(it.keptKey)}, make_interval(secs => ${it.idle}),
      coalesce((select proved_at from auth.session where id = ${it.after}), clock_timestamp()))
    returning id
  `);

const Presented = z.strictObject({
  id: z.uuid(),
  userId: z.uuid(),
  boundTo: z.uuid().nullable(),
  current: z.boolean(),
  alive: z.boolean(),
  endedFor: z.string().nullable(),
  outlived: z.boolean(),
  isGrace: z.boolean(),
  successor: z.instanceof(Buffer).nullable(),
});

/**
 * The session that a refresh token belongs to by its family: with its current token, with the one before within the seconds of
 * grace and from the same browser, or with any that was never good or was used up. Locked, for it is about to change.
 */
export const findPresented = (
  tx: Db,
  it: { familyHash: string; hash: string; device: string | null; source: string | null; grace: number },
) =>
  tx.maybeOne(sql.type(Presented)`
    select s.id, s.user_id, s.bound_to, s.token_hash = ${it.hash} as current, ${alive} as alive, s.ended_for,
      s.ends_at <= clock_timestamp() as outlived, s.successor,
      coalesce(s.previous_token_hash = ${it.hash} and s.refreshed_at > clock_timestamp() - make_interval(secs => ${it.grace}), false)
        and s.device is not distinct from ${it.device} and s.source is not distinct from ${it.source}::inet as is_grace
    from auth.session s
    where s.family_hash = ${it.familyHash}
    for update
  `);

export const replaceToken = (tx: Db, id: string, hash: string, successor: Buffer): Promise<unknown> =>
  tx.query(sql.unsafe`
    update auth.session
    set previous_token_hash = token_hash, token_hash = ${hash}, successor = ${sql.binary(successor)}, refreshed_at = clock_timestamp()
    where id = ${id}
  `);

/** How long it has, in seconds, and what opens the notes that its screen keeps. */
export const getSessionRow = (db: Db, id: string): Promise<SessionRow> =>
  db.one(sql.type(SessionRow)`
    select s.id, extract(epoch from s.idle)::float8 as idle, s.kept_key,
      greatest(0, extract(epoch from s.used_at + s.idle - clock_timestamp()))::float8 as idle_in,
      greatest(0, extract(epoch from s.ends_at - clock_timestamp()))::float8 as ends_in
    from auth.session s where s.id = ${id}
  `);

export const findAlive = (db: Db, id: string, userId: string): Promise<{ boundTo: string | null } | null> =>
  db.maybeOne(sql.type(z.strictObject({ boundTo: z.uuid().nullable() }))`
    select s.bound_to from auth.session s where s.id = ${id} and s.user_id = ${userId} and ${alive}
  `);

/** Those of these sessions that are over, whoever ended them. */
export const listOver = (db: Db, ids: readonly string[]): Promise<readonly string[]> =>
  db.anyFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    select asked.id from unnest(${sql.array([...ids], 'uuid')}) asked (id)
    where not exists (select from auth.session s where s.id = asked.id and ${alive})
    order by asked.id
    limit ${ids.length}
  `);

const over = sql.fragment`ended_at = clock_timestamp(), kept_key = null, successor = null`;
const Ended = z.strictObject({ id: z.uuid(), userId: z.uuid() });

/** Whoever is signed in there hears it at once, on every process. */
const announced = async (db: Db, ended: Promise<readonly z.infer<typeof Ended>[]>) => {
  const all = await ended;
  for (const { id, userId } of all) db.announce({ name: 'auth.session-ended', subjectId: id, only: { userId } });
  return all;
};

export const endSession = (db: Db, id: string, why: EndedFor) =>
  announced(
    db,
    db.any(sql.type(Ended)`
      update auth.session set ${over}, ended_for = ${why} where id = ${id} and ended_at is null returning id, user_id
    `),
  );

/** All sessions of the user, or all but the one that is kept. */
export const endSessionsOf = (db: Db, userId: string, why: EndedFor, kept: string | null = null) =>
  announced(
    db,
    db.any(sql.type(Ended)`
      update auth.session set ${over}, ended_for = ${why}
      where user_id = ${userId} and ended_at is null and id is distinct from ${kept}::uuid returning id, user_id
    `),
  );

export const endSessionOfFamily = (db: Db, familyHash: string) =>
  announced(
    db,
    db.any(sql.type(Ended)`
      update auth.session set ${over}, ended_for = 'sign-out' where family_hash = ${familyHash} and ended_at is null returning id, user_id
    `),
  );

/** Those whose time is over, so that their keys are forgotten even when nobody asks again. */
export const endOverdue = (db: Db) =>
  announced(
    db,
    db.any(sql.type(Ended)`
      update auth.session s set ${over}, ended_for = case when ends_at <= clock_timestamp() then 'lifetime' else 'idle' end
      where ended_at is null and not (${alive}) returning id, user_id
    `),
  );

/** When people last did something, of many sessions at once. One that is over stays over. */
export const writeUses = (db: Db, uses: ReadonlyMap<string, number>): Promise<unknown> =>
  db.query(sql.unsafe`
    update auth.session s set used_at = greatest(s.used_at, to_timestamp(use.at))
    from ${sql.unnest(
      [...uses].map(([id, at]) => [id, at / 1000]),
      ['uuid', 'float8'],
    )} use (id, at)
    where s.id = use.id and ${alive}
  `);

const mostShown = 100;

/** Those that are open, last used first. */
export const listSessions = (db: Db, userId: string, here: string | null): Promise<readonly OwnSession[]> =>
  db.any(sql.type(OwnSession)`
    select s.id, s.started_at, s.used_at, s.ends_at, s.device, host(s.source) as address, s.id is not distinct from ${here}::uuid as current
    from auth.session s where s.user_id = ${userId} and ${alive}
    order by s.used_at desc, s.id
    limit ${mostShown}
  `);
