import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';

const Totp = z.strictObject({ secret: z.instanceof(Buffer), confirmed: z.boolean() });
export type Totp = z.infer<typeof Totp>;

export const findTotp = (db: Db, userId: string): Promise<Totp | null> =>
  db.maybeOne(
    sql.type(Totp)`select secret, confirmed_at is not null as confirmed from auth.totp where user_id = ${userId}`,
  );

/** Takes the place of one that was never confirmed; one that is in use stays. */
export const offerTotp = (tx: Db, userId: string, secret: Buffer): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into auth.totp (user_id, secret) values (${userId}, ${sql.binary(secret)})
    on conflict (user_id) do update set secret = excluded.secret, last_step = 0 where totp.confirmed_at is null
  `);

/** The same secret, sealed anew. */
export const keepSecret = (tx: Db, userId: string, secret: Buffer): Promise<unknown> =>
  tx.query(sql.unsafe`update auth.totp set secret = ${sql.binary(secret)} where user_id = ${userId}`);

/** False when this code, or a later one, was used before: asked and changed in one statement, so of two at once one is right. */
export const useStep = async (tx: Db, userId: string, step: number): Promise<boolean> =>
  (await tx.maybeOne(sql.unsafe`
    update auth.totp set last_step = ${step}, confirmed_at = coalesce(confirmed_at, clock_timestamp())
    where user_id = ${userId} and last_step < ${step}
    returning user_id
  `)) !== null;

export const useRecoveryCode = async (tx: Db, userId: string, hash: string): Promise<boolean> =>
  (await tx.maybeOne(
    sql.unsafe`delete from auth.recovery_code where user_id = ${userId} and code_hash = ${hash} returning user_id`,
  )) !== null;

export const replaceCodes = async (tx: Db, userId: string, hashes: readonly string[]): Promise<void> => {
  await tx.query(sql.unsafe`delete from auth.recovery_code where user_id = ${userId}`);
  await tx.query(
    sql.unsafe`insert into auth.recovery_code (user_id, code_hash) select ${userId}, unnest(${sql.array([...hashes], 'text')})`,
  );
};

export const countCodes = (db: Db, userId: string): Promise<number> =>
  db.oneFirst(sql.type(z.strictObject({ count: z.int() }))`
    select count(*)::int as count from auth.recovery_code where user_id = ${userId}
  `);

export const removeTotp = (tx: Db, userId: string): Promise<unknown> =>
  tx.query(sql.unsafe`delete from auth.totp where user_id = ${userId}`);

/** Without a second factor again, whatever it was: also the browsers that stood for it. */
export const removeSecondFactor = async (tx: Db, userId: string): Promise<void> => {
  await removeTotp(tx, userId);
  await tx.query(sql.unsafe`delete from auth.passkey where user_id = ${userId}`);
  await tx.query(sql.unsafe`delete from auth.recovery_code where user_id = ${userId}`);
  await distrustDevices(tx, userId);
};

export const distrustDevices = (tx: Db, userId: string): Promise<unknown> =>
  tx.query(sql.unsafe`update auth.known_device set trusted_until = null where user_id = ${userId}`);

/** Who holds one of these decides who may do what, and could give themselves the rest. */
const administering = ['user:write', 'role:write', 'clearance:write', 'client:write'];

/** Of a row `u` of auth.user. */
const aRoleAsks = sql.fragment`exists (
  select from auth.user_role r join auth.role on role.name = r.role
  where r.user_id = u.id and r.until > clock_timestamp() and role.second_factor
)`;
const administers = sql.fragment`exists (
  select from auth.user_permission p where p.user_id = u.id and p.permission = any(${sql.array(administering, 'text')})
)`;

/** One of the roles says so, or they administer access and administrators need one here. */
export const needsSecondFactor = (db: Db, userId: string, administrators: boolean): Promise<boolean> =>
  db.exists(sql.unsafe`
    select from auth."user" u where u.id = ${userId} and (${aRoleAsks} or ${administrators} and ${administers})
  `);

/**
 * Those who need a second factor by what has just changed, and have come in without one: whoever has one has come in with it.
 * A person by what they were given; with a role whose permissions changed everybody who administers now. A role that only begins
 * to ask for a second factor does so at the next sign-in: a ward is not thrown out of its notes.
 */
export const listUnproved = (tx: Db, changed: { userId: string } | 'a role', administrators: boolean) =>
  tx.anyFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    select u.id from auth."user" u
    where ${
      changed === 'a role'
        ? sql.fragment`${administrators} and ${administers}`
        : sql.fragment`u.id = ${changed.userId} and (${aRoleAsks} or ${administrators} and ${administers})`
    }
      and not exists (select from auth.totp t where t.user_id = u.id and t.confirmed_at is not null)
      and not exists (select from auth.passkey k where k.user_id = u.id)
      and exists (select from auth.session s where s.user_id = u.id and s.ended_at is null)
    order by u.id
    limit 1000
  `);
