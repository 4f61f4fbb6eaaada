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

/** One of the roles says so, or they may administer users and administrators need one here. */
export const needsSecondFactor = (db: Db, userId: string, administrators: boolean): Promise<boolean> =>
  db.exists(sql.unsafe`
    select from auth."user" u
    where u.id = ${userId} and (
      exists (
        select from auth.user_role r join auth.role on role.name = r.role
        where r.user_id = u.id and r.until > clock_timestamp() and role.second_factor
      )
      or ${administrators} and exists (select from auth.user_permission p where p.user_id = u.id and p.permission = 'user:write')
    )
  `);
