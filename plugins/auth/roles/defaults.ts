import { sql, type Db } from '../../../core/database.ts';
import { permissionsOf, type Plugin } from '../../../core/plugin.ts';

export const roles = [
  'admin',
  'doctor',
  'nurse',
  'receptionist',
  'pharmacist',
  'cashier',
  'labtech',
  'patient',
] as const;

/** Those who can sign in to the demo hospital; the patient's own door comes with the portal. */
export const demoRoles = roles.filter((role) => role !== 'patient');

/**
 * The eight roles and what the plugins grant them by default. A permission is granted once, when it comes here for the first
 * time: what an administrator took away later stays away.
 */
export const grantDefaults = async (owner: Db, plugins: readonly Plugin[]): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into auth.role (name, title) select name, 'role_' || name from unnest(${sql.array([...roles], 'text')}) name on conflict do nothing
  `);
  const grants = plugins.flatMap((plugin) =>
    Object.entries(plugin.roles ?? {}).flatMap(([role, permissions]) =>
      permissions.map((permission) => [role, permission]),
    ),
  );
  await owner.query(sql.unsafe`
    insert into auth.role_permission (role, permission)
    select g.role, g.permission
    from ${sql.unnest(grants, ['text', 'text'])} g (role, permission)
    where not exists (select from auth.permission_granted p where p.permission = g.permission)
    on conflict do nothing
  `);
  await owner.query(sql.unsafe`
    insert into auth.permission_granted (permission) select unnest(${sql.array([...permissionsOf(plugins).keys()], 'text')}) on conflict do nothing
  `);
};
