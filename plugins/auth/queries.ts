import { z } from 'zod';
import { sql, type Db } from '../../core/database.ts';
import { likeText } from '../../core/like.ts';
import { Account, User } from './model.ts';
import { endSessionsOf } from './session/queries.ts';

const account = sql.fragment`
  select u.id, u.username::text as username, u.display_name, u.active, u.patient_only,
    coalesce((select array_agg(r.role order by r.role) from auth.user_role r where r.user_id = u.id and r.until > clock_timestamp()), '{}') as roles,
    coalesce((select array_agg(p.permission order by p.permission) from auth.user_permission p where p.user_id = u.id), '{}') as permissions,
    (select min(r.until) from auth.user_role r where r.user_id = u.id and r.until > clock_timestamp() and r.until < 'infinity') as roles_end
  from auth."user" u
`;

export const findAccount = (db: Db, id: string): Promise<Account | null> =>
  db.maybeOne(sql.type(Account)`${account} where u.id = ${id}`);

const Login = z.strictObject({
  id: z.uuid(),
  username: z.string(),
  displayName: z.string(),
  passwordHash: z.string(),
  mustChange: z.boolean(),
  active: z.boolean(),
  patientOnly: z.boolean(),
});
export type Login = z.infer<typeof Login>;

export const findLogin = (db: Db, username: string) =>
  db.maybeOne(sql.type(Login)`
    select id, username::text as username, display_name, password_hash, must_change, active, patient_only from auth."user" where username = ${username}
  `);

/** How who is signed in signs in, to ask for the password once more. */
export const findSecret = (db: Db, id: string) =>
  db.one(sql.type(z.strictObject({ username: z.string(), passwordHash: z.string() }))`
    select username::text as username, password_hash from auth."user" where id = ${id} and active
  `);

export const setPassword = (
  tx: Db,
  userId: string,
  passwordHash: string,
  { mustChange }: { mustChange: boolean },
): Promise<unknown> =>
  tx.query(
    sql.unsafe`update auth."user" set password_hash = ${passwordHash}, must_change = ${mustChange} where id = ${userId}`,
  );

const user = sql.fragment`
  select u.id, u.username::text as username, u.display_name, u.active, u.version, u.must_change,
    (select f.locked_until from auth.failed_login f where f.username = u.username and f.locked_until > clock_timestamp()) as locked_until,
    coalesce((select array_agg(r.role order by r.role) from auth.user_role r where r.user_id = u.id and r.until > clock_timestamp()), '{}') as roles
  from auth."user" u
`;

/** By name; `text`: those whose name or user name has it. */
export const listUsers = (
  db: Db,
  by: { limit: number; after: readonly [string, string] | null; text?: string | undefined },
): Promise<readonly User[]> =>
  db.any(sql.type(User)`
    ${user}
    where ${sql.and([
      sql.fragment`not u.patient_only`,
      by.text &&
        sql.fragment`(u.display_name ilike ${`%${likeText(by.text)}%`} or u.username::text ilike ${`%${likeText(by.text)}%`})`,
      by.after && sql.fragment`(u.display_name, u.id) > (${by.after[0]}, ${by.after[1]}::uuid)`,
    ])}
    order by u.display_name, u.id
    limit ${by.limit}
  `);

export const getUser = (db: Db, id: string): Promise<User> =>
  db.one(sql.type(User)`${user} where u.id = ${id} and not u.patient_only`);

export const insertUser = (
  tx: Db,
  it: { username: string; displayName: string; passwordHash: string },
): Promise<string> =>
  tx.oneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    insert into auth."user" (username, display_name, password_hash, must_change) values (${it.username}, ${it.displayName}, ${it.passwordHash}, true) returning id
  `);

/** Who sees nothing but the records that a plugin binds them to. */
export const insertPatientUser = (
  tx: Db,
  it: { username: string; displayName: string; passwordHash: string },
): Promise<string> =>
  tx.oneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    with made as (
      insert into auth."user" (username, display_name, password_hash, patient_only)
      values (${it.username}, ${it.displayName}, ${it.passwordHash}, true)
      returning id
    )
    insert into auth.user_role (user_id, role) select id, 'patient' from made returning user_id as id
  `);

/** Ends every session of the user too. */
export const deactivateUser = async (tx: Db, id: string): Promise<void> => {
  await tx.query(sql.unsafe`update auth."user" set active = false where id = ${id}`);
  await endSessionsOf(tx, id, 'disabled');
};

/** Those of the demo's users that are there. */
export const listDemoUsers = (db: Db, names: readonly string[]): Promise<readonly string[]> =>
  db.anyFirst(sql.type(z.strictObject({ username: z.string() }))`
    select username::text as username from auth."user" where username = any(${sql.array([...names], 'text')}::citext[]) and active
  `);

/** Null when the version is no longer that one. */
export const updateUser = (
  tx: Db,
  id: string,
  version: number,
  it: { displayName: string; active: boolean },
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    update auth."user" set display_name = ${it.displayName}, active = ${it.active} where id = ${id} and version = ${version} returning id
  `);

/** What is left out ends now and stays to be read; what is new counts until somebody ends it. */
export const replaceRoles = async (tx: Db, userId: string, roles: readonly string[]): Promise<void> => {
  await tx.query(sql.unsafe`
    update auth.user_role set until = clock_timestamp()
    where user_id = ${userId} and until > clock_timestamp() and role <> all(${sql.array([...roles], 'text')})
  `);
  await tx.query(sql.unsafe`
    insert into auth.user_role as g (user_id, role) select ${userId}, unnest(${sql.array([...roles], 'text')})
    on conflict (user_id, role) do update
    set until = excluded.until, reason = excluded.reason, given_by = excluded.given_by, given_at = excluded.given_at
    where g.until <= clock_timestamp()
  `);
};

/** Somebody who is active and may administer, without an end, must remain. */
export const administratorsLeft = (tx: Db): Promise<boolean> =>
  tx.oneFirst(sql.type(z.strictObject({ left: z.boolean() }))`select auth.administrators_left() as left`);
