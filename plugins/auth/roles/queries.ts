import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { Grant, Holder, Member, RoleRow, type NewGrant } from './model.ts';

const role = sql.fragment`
  select r.id, r.name, r.title, r.own, r.second_factor, r.version,
    coalesce((select array_agg(p.permission order by p.permission) from auth.role_permission p where p.role = r.name and not p.denied), '{}') as permissions,
    coalesce((select array_agg(p.permission order by p.permission) from auth.role_permission p where p.role = r.name and p.denied), '{}') as denied,
    (select count(*)::int from auth.user_role g join auth."user" u on u.id = g.user_id
      where g.role = r.name and g.until > clock_timestamp() and u.active) as members
  from auth.role r
`;

/** Those that ship first, then the hospital's own by title. */
export const listRoles = (db: Db): Promise<readonly RoleRow[]> =>
  db.any(sql.type(RoleRow)`${role} order by r.own, lower(r.title), r.name limit 500`);

export const getRole = (db: Db, name: string): Promise<RoleRow> =>
  db.one(sql.type(RoleRow)`${role} where r.name = ${name}`);

/** A role made here is called by its id, so that its title can change. */
export const insertRole = (tx: Db, it: { title: string; secondFactor: boolean }): Promise<string> =>
  tx.oneFirst(sql.type(z.strictObject({ name: z.string() }))`
    with made as (select uuidv7() as id)
    insert into auth.role (id, name, title, own, second_factor) select id, id::text, ${it.title}, true, ${it.secondFactor} from made
    returning name
  `);

/** Null when the version is no longer that one. */
export const updateRole = (
  tx: Db,
  name: string,
  version: number,
  it: { title: string; secondFactor: boolean },
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(z.strictObject({ name: z.string() }))`
    update auth.role set title = ${it.title}, second_factor = ${it.secondFactor} where name = ${name} and version = ${version} returning name
  `);

/** Permissions of parts that are switched off stay as they are: they are not among the `known`. */
export const replacePermissions = async (
  tx: Db,
  name: string,
  { permissions, denied }: { permissions: readonly string[]; denied: readonly string[] },
  known: readonly string[],
): Promise<void> => {
  await tx.query(sql.unsafe`
    delete from auth.role_permission
    where role = ${name} and permission = any(${sql.array([...known], 'text')})
      and permission <> all(${sql.array([...permissions, ...denied], 'text')})
  `);
  await tx.query(sql.unsafe`
    insert into auth.role_permission as p (role, permission, denied)
    select ${name}, it.permission, it.denied
    from (
      select unnest(${sql.array([...permissions], 'text')}) as permission, false as denied
      union all select unnest(${sql.array([...denied], 'text')}), true
    ) it
    on conflict (role, permission) do update set denied = excluded.denied where p.denied <> excluded.denied
  `);
};

/** Its grants end with it. Null when the version is no longer that one. */
export const deleteRole = async (tx: Db, name: string, version: number): Promise<string | null> => {
  await tx.query(sql.unsafe`delete from auth.user_role where role = ${name}`);
  return tx.maybeOneFirst(sql.type(z.strictObject({ name: z.string() }))`
    delete from auth.role where name = ${name} and version = ${version} returning name
  `);
};

const grant = sql.fragment`
  g.role, r.title, r.own, nullif(g.until, 'infinity') as until, g.reason, by.display_name as given_by, g.given_at
`;

/** Those in force first, then those that have ended, last ended first. */
export const listGrants = (db: Db, userId: string): Promise<readonly Grant[]> =>
  db.any(sql.type(Grant)`
    select ${grant}, g.until > clock_timestamp() as in_force
    from auth.user_role g
    join auth.role r on r.name = g.role
    left join auth."user" by on by.id = g.given_by
    where g.user_id = ${userId}
    order by g.until > clock_timestamp() desc, case when g.until <= clock_timestamp() then g.until end desc, r.own, g.role
    limit 500
  `);

/** Given again, the new reason and end count. */
export const giveRole = (tx: Db, userId: string, it: NewGrant): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into auth.user_role (user_id, role, until, reason, given_by)
    values (${userId}, ${it.role}, coalesce(${it.until ?? null}::timestamptz, 'infinity'), ${it.reason}, ${tx.actor.id})
    on conflict (user_id, role) do update
    set until = excluded.until, reason = excluded.reason, given_by = excluded.given_by, given_at = clock_timestamp()
  `);

/** It stays to be read: somebody had this role until now. A grant that is not in force is a 404. */
export const endGrant = (tx: Db, userId: string, name: string): Promise<unknown> =>
  tx.one(sql.type(z.strictObject({ role: z.string() }))`
    update auth.user_role set until = clock_timestamp()
    where user_id = ${userId} and role = ${name} and until > clock_timestamp() returning role
  `);

/** Of these roles those that could give more than `permissions`, or take something from somebody. */
export const listBeyond = (
  db: Db,
  names: readonly string[],
  permissions: ReadonlySet<string>,
): Promise<readonly string[]> =>
  db.anyFirst(sql.type(z.strictObject({ role: z.string() }))`
    select distinct p.role from auth.role_permission p
    where p.role = any(${sql.array([...names], 'text')}) and (p.denied or p.permission <> all(${sql.array([...permissions], 'text')}))
    order by p.role
    limit 100
  `);

/** The roles that somebody has now. */
export const listRolesInForce = (db: Db, userId: string): Promise<readonly string[]> =>
  db.anyFirst(sql.type(z.strictObject({ role: z.string() }))`
    select role from auth.user_role where user_id = ${userId} and until > clock_timestamp() order by role limit 500
  `);

export type After = readonly [string, string] | null;
const beyond = (after: After) =>
  after ? sql.fragment`(u.display_name, u.id) > (${after[0]}, ${after[1]}::uuid)` : sql.fragment`true`;

/** Who has the role now and can sign in, by name. */
export const listMembers = (db: Db, name: string, limit: number, after: After): Promise<readonly Member[]> =>
  db.any(sql.type(Member)`
    select u.id as user_id, u.display_name, nullif(g.until, 'infinity') as until, g.reason, by.display_name as given_by, g.given_at
    from auth.user_role g
    join auth."user" u on u.id = g.user_id
    left join auth."user" by on by.id = g.given_by
    where g.role = ${name} and g.until > clock_timestamp() and u.active and not u.patient_only and ${beyond(after)}
    order by u.display_name, u.id
    limit ${limit}
  `);

/** Who may do it now and can sign in, by name; and through which roles. */
export const listHolders = (db: Db, permission: string, limit: number, after: After): Promise<readonly Holder[]> =>
  db.any(sql.type(Holder)`
    select u.id as user_id, u.display_name, nullif(p.until, 'infinity') as until, (
      select jsonb_agg(jsonb_build_object(
        'role', g.role, 'title', r.title, 'own', r.own, 'until', core.json_time(nullif(g.until, 'infinity')), 'reason', g.reason,
        'givenBy', by.display_name, 'givenAt', core.json_time(g.given_at)
      ) order by r.own, g.role)
      from auth.user_role g
      join auth.role r on r.name = g.role
      join auth.role_permission a on a.role = g.role and a.permission = p.permission
      left join auth."user" by on by.id = g.given_by
      where g.user_id = u.id and g.until > clock_timestamp()
    ) as through
    from auth.user_permission p
    join auth."user" u on u.id = p.user_id
    where p.permission = ${permission} and u.active and not u.patient_only and ${beyond(after)}
    order by u.display_name, u.id
    limit ${limit}
  `);

/** Names of those who can give any role. */
export const listGivers = (db: Db, limit: number): Promise<readonly string[]> =>
  db.anyFirst(sql.type(z.strictObject({ displayName: z.string() }))`
    select u.display_name
    from auth."user" u
    join auth.user_permission users on users.user_id = u.id and users.permission = 'user:write'
    join auth.user_permission roles on roles.user_id = u.id and roles.permission = 'role:write'
    where u.active and not u.patient_only
    order by u.display_name, u.id
    limit ${limit}
  `);

/** What each of them may do now. Whoever may do nothing is left out. */
export const listPermissionsOf = (db: Db, userIds: readonly string[]) =>
  db.any(sql.type(z.strictObject({ userId: z.uuid(), permissions: z.array(z.string()) }))`
    select p.user_id, array_agg(p.permission) as permissions
    from auth.user_permission p
    where p.user_id = any(${sql.array([...userIds], 'uuid')})
    group by p.user_id
    limit ${userIds.length}
  `);

/** Whether one of them sees records under a protection that the other does not. */
export const isClearedBeyond = (db: Db, userId: string, whoId: string | null): Promise<boolean> =>
  db.exists(sql.unsafe`
    select from core.clearance c where c.user_id = ${userId} and c.until > clock_timestamp()
      and not exists (select from core.clearance own where own.user_id = ${whoId} and own.label = c.label and own.until > clock_timestamp())
  `);
