import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';

/** How many letters somebody gets in an hour, and how often an address may ask in a quarter of one. */
const most = { letters: 3, asked: 20 };

/** Null: this address has asked too often, for whomever. */
export const insertForgotten = (
  db: Db,
  it: { username: string; source: string | null; language: string },
): Promise<string | null> =>
  db.maybeOneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    insert into auth.forgotten (username, source, language)
    select ${it.username}, ${it.source}::inet, ${it.language}
    where ${most.asked} > (
      select count(*) from auth.forgotten
      where source is not distinct from ${it.source}::inet and asked_at > clock_timestamp() - interval '15 minutes'
    )
    returning id
  `);

const Asked = z.strictObject({ id: z.uuid(), username: z.string(), language: z.string(), attempts: z.int() });

/** The next one that waits; it comes back after a minute, then two, four, … when nobody settles it. */
export const takeForgotten = (db: Db): Promise<z.infer<typeof Asked> | null> =>
  db.maybeOne(sql.type(Asked)`
    update auth.forgotten set attempts = attempts + 1, not_before = clock_timestamp() + interval '1 minute' * 2 ^ attempts
    where id = (
      select id from auth.forgotten where settled_at is null and not_before <= clock_timestamp()
      order by not_before, id
      limit 1
      for update skip locked
    )
    returning id, username::text as username, language, attempts
  `);

export const settleForgotten = (db: Db, id: string, sent: boolean): Promise<unknown> =>
  db.query(sql.unsafe`update auth.forgotten set settled_at = clock_timestamp(), sent = ${sent} where id = ${id}`);

/** Who has this name, can sign in, has a mailbox, and has not been written to too often. */
export const findAddressee = (db: Db, username: string) =>
  db.maybeOne(sql.type(z.strictObject({ id: z.uuid(), email: z.string() }))`
    select u.id, u.email from auth."user" u
    where u.username = ${username} and u.active and u.email is not null and ${most.letters} > (
      select count(*) from auth.forgotten f
      where f.username = u.username and f.sent and f.settled_at > clock_timestamp() - interval '1 hour'
    )
  `);

export const putReset = (db: Db, userId: string, tokenHash: string): Promise<unknown> =>
  db.query(sql.unsafe`
    insert into auth.password_reset (user_id, token_hash) values (${userId}, ${tokenHash})
    on conflict (user_id) do update set token_hash = excluded.token_hash, expires_at = clock_timestamp() + interval '30 minutes'
  `);

const Resetting = z.strictObject({
  id: z.uuid(),
  username: z.string(),
  displayName: z.string(),
  patientOnly: z.boolean(),
});
export type Resetting = z.infer<typeof Resetting>;

/** Whose link this is; null: it is used, too old, or a newer one has taken its place. */
export const findReset = (db: Db, tokenHash: string): Promise<Resetting | null> =>
  db.maybeOne(sql.type(Resetting)`
    select u.id, u.username::text as username, u.display_name, u.patient_only
    from auth.password_reset r join auth."user" u on u.id = r.user_id
    where r.token_hash = ${tokenHash} and r.expires_at > clock_timestamp() and u.active
  `);

/** False when another one has used it in the meantime. */
export const takeReset = async (tx: Db, tokenHash: string): Promise<boolean> =>
  (await tx.maybeOne(sql.unsafe`
    delete from auth.password_reset where token_hash = ${tokenHash} and expires_at > clock_timestamp() returning user_id
  `)) !== null;
