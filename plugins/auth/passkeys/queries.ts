import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { Passkey } from './model.ts';

export type Purpose = 'register' | 'sign-in' | 'prove';

export const insertChallenge = (db: Db, it: { challenge: string; purpose: Purpose; userId: string | null }) =>
  db.query(sql.unsafe`
    insert into auth.challenge (challenge, purpose, user_id) values (${it.challenge}, ${it.purpose}, ${it.userId})
  `);

/** False when there is none, when it is another's or for something else, and when it is too late; gone it is in each case. */
export const takeChallenge = async (
  db: Db,
  it: { challenge: string; purpose: Purpose; userId: string | null },
): Promise<boolean> => {
  const taken = await db.maybeOne(sql.type(
    z.strictObject({ purpose: z.string(), userId: z.uuid().nullable(), isAlive: z.boolean() }),
  )`
    delete from auth.challenge where challenge = ${it.challenge}
    returning purpose, user_id, expires_at > clock_timestamp() as is_alive
  `);
  return taken !== null && taken.isAlive && taken.purpose === it.purpose && taken.userId === it.userId;
};

const mostPasskeys = 20;

export const listPasskeys = (db: Db, userId: string): Promise<readonly Passkey[]> =>
  db.any(sql.type(Passkey)`
    select id, name, created_at, used_at from auth.passkey where user_id = ${userId} order by created_at, id limit ${mostPasskeys}
  `);

export const countPasskeys = (db: Db, userId: string): Promise<number> =>
  db.oneFirst(sql.type(z.strictObject({ count: z.int() }))`
    select count(*)::int as count from auth.passkey where user_id = ${userId}
  `);

const Credential = z.strictObject({ id: z.string(), transports: z.array(z.string()) });

/** Those that a browser is to ask for, or not to make a second one of. */
export const listCredentials = (db: Db, userId: string) =>
  db.any(sql.type(Credential)`
    select credential_id as id, transports from auth.passkey where user_id = ${userId} order by created_at, id limit ${mostPasskeys}
  `);

const Kept = z.strictObject({
  id: z.uuid(),
  userId: z.uuid(),
  credentialId: z.string(),
  publicKey: z.instanceof(Buffer),
  counter: z.int(),
});

export const findPasskey = (db: Db, credentialId: string): Promise<z.infer<typeof Kept> | null> =>
  db.maybeOne(sql.type(Kept)`
    select id, user_id, credential_id, public_key, counter from auth.passkey where credential_id = ${credentialId}
  `);

/** False when another answer of the same device has come first: then one of the two is a copy. */
export const countUse = async (db: Db, id: string, counter: number): Promise<boolean> =>
  (await db.maybeOne(sql.unsafe`
    update auth.passkey set counter = ${counter}, used_at = clock_timestamp()
    where id = ${id} and (counter < ${counter} or (counter = 0 and ${counter} = 0))
    returning id
  `)) !== null;

/** Null when it is there already, or there are as many as anybody needs. */
export const insertPasskey = (
  tx: Db,
  it: {
    userId: string;
    credentialId: string;
    publicKey: Buffer;
    counter: number;
    transports: readonly string[];
    name: string;
  },
): Promise<Passkey | null> =>
  tx.maybeOne(sql.type(Passkey)`
    insert into auth.passkey (user_id, credential_id, public_key, counter, transports, name)
    select ${it.userId}, ${it.credentialId}, ${sql.binary(it.publicKey)}, ${it.counter}, ${sql.array([...it.transports], 'text')}, ${it.name}
    where (select count(*) from auth.passkey where user_id = ${it.userId}) < ${mostPasskeys}
    on conflict do nothing
    returning id, name, created_at, used_at
  `);

export const deletePasskey = async (tx: Db, userId: string, id: string): Promise<boolean> =>
  (await tx.maybeOne(sql.unsafe`delete from auth.passkey where id = ${id} and user_id = ${userId} returning id`)) !==
  null;
