import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import type { Hms } from '../../../core/hms.ts';
import { locales, say } from '../../../core/messages.ts';
import { refuse } from '../../../core/refuse.ts';
import { getUser } from '../queries.ts';
import { roles as shipped } from './defaults.ts';
import type { ChangedRole, NewGrant, NewRole, RoleRow } from './model.ts';
import { deleteRole, endGrant, getRole, giveRole, insertRole, replacePermissions, updateRole } from './queries.ts';
import { demandReach } from './reach.ts';
import { settleAccess } from './settle.ts';

/** The role of those who see nothing but their own record; the portal gives it. */
export const patientRole = 'patient';
export const isFixed = (name: string): boolean => name === patientRole;

/** What the plugins give to patients and to nobody else: with it somebody who works here would see a patient's door only. */
export const permissionsOfPatients = ({ plugins }: Pick<Hms, 'plugins'>): ReadonlySet<string> => {
  const others = new Set<string>();
  const theirs: string[] = [];
  for (const plugin of plugins)
    for (const [role, permissions] of Object.entries(plugin.roles ?? {}))
      for (const permission of permissions)
        if (isFixed(role)) theirs.push(permission);
        else others.add(permission);
  return new Set(theirs.filter((permission) => !others.has(permission)));
};

/** @throws refusals permission_unknown, permission_of_patients, permission_both_ways */
const demandPermissions = (hms: Hms, { permissions, denied }: ChangedRole): void => {
  const ofPatients = permissionsOfPatients(hms);
  for (const permission of [...permissions, ...denied]) {
    if (!hms.permissions.has(permission)) throw refuse('permission_unknown', { unknown: permission });
    if (ofPatients.has(permission)) throw refuse('permission_of_patients', { unknown: permission });
  }
  const twice = permissions.find((permission) => denied.includes(permission));
  if (twice) throw refuse('permission_both_ways', { unknown: twice });
};

/** A role called as one that ships, in whatever language, would be mistaken for it. @throws refusal role_title_unique */
const demandOwnTitle = (title: string): void => {
  const taken: string[] = shipped.flatMap((name) => [
    name,
    ...locales.map((locale) => say(`role_${name}`, locale).toLowerCase()),
  ]);
  if (taken.includes(title.toLowerCase())) throw refuse('role_title_unique');
};

/** What was changed, for the audit: `+` allowed, `−` denied, `·` neither any more. */
export const difference = (before: ChangedRole, after: ChangedRole): string => {
  const stateOf = (role: ChangedRole, permission: string) =>
    role.permissions.includes(permission) ? '+' : role.denied.includes(permission) ? '−' : '·';
  const all = [...new Set([before, after].flatMap(({ permissions, denied }) => [...permissions, ...denied]))].sort();
  return [
    ...(before.title !== after.title ? [`title “${after.title}”`] : []),
    ...(before.secondFactor !== after.secondFactor ? [`second factor ${after.secondFactor ? 'on' : 'off'}`] : []),
    ...all
      .filter((permission) => stateOf(before, permission) !== stateOf(after, permission))
      .map((permission) => stateOf(after, permission) + permission),
  ].join(', ');
};

/** @throws refusals of the title and the permissions */
export const createRole = async (tx: Db, hms: Hms, wanted: NewRole): Promise<RoleRow> => {
  demandPermissions(hms, wanted);
  demandOwnTitle(wanted.title);
  const name = await insertRole(tx, wanted);
  await replacePermissions(tx, name, wanted, [...hms.permissions.keys()]);
  const role = await getRole(tx, name);
  await publish(tx, 'auth.role-changed', role.id, { role: name });
  return role;
};

/** @throws refusals role_fixed, role_ships, version_stale, last_administrator, and those of the title and the permissions */
export const changeRole = async (
  tx: Db,
  hms: Hms,
  name: string,
  version: number,
  wanted: ChangedRole,
): Promise<{ before: RoleRow; after: RoleRow }> => {
  const before = await getRole(tx, name);
  if (isFixed(name)) throw refuse('role_fixed');
  const title = wanted.title ?? before.title;
  if (!before.own && title !== before.title) throw refuse('role_ships');
  demandPermissions(hms, wanted);
  if (before.own) demandOwnTitle(title);
  if ((await updateRole(tx, name, version, { ...wanted, title })) === null) throw refuse('version_stale');
  await replacePermissions(tx, name, wanted, [...hms.permissions.keys()]);
  await settleAccess(tx, hms, 'a role');
  await publish(tx, 'auth.role-changed', before.id, { role: name });
  return { before, after: await getRole(tx, name) };
};

/** Whoever has it has it no longer. @throws refusals role_ships, version_stale, last_administrator */
export const removeRole = async (tx: Db, hms: Hms, name: string, version: number): Promise<RoleRow> => {
  const role = await getRole(tx, name);
  if (!role.own) throw refuse('role_ships');
  if ((await deleteRole(tx, name, version)) === null) throw refuse('version_stale');
  await settleAccess(tx, hms, 'a role');
  await publish(tx, 'auth.role-changed', role.id, { role: name });
  return role;
};

/** @throws refusals role_fixed, role_beyond, grant_until_past, last_administrator */
export const grantRole = async (tx: Db, hms: Hms, userId: string, wanted: NewGrant): Promise<void> => {
  const user = await getUser(tx, userId);
  demandForStaff([wanted.role]);
  // Real time, as sessions: who moves the hospital's clock gives nobody a role.
  if (wanted.until && Date.parse(wanted.until) <= Date.now()) throw refuse('grant_until_past');
  await demandReach(tx, [wanted.role]);
  await giveRole(tx, user.id, wanted);
  await afterGrants(tx, hms, user.id, { role: wanted.role });
};

/** At once, on every process. @throws refusals role_beyond, last_administrator */
export const endRole = async (tx: Db, hms: Hms, userId: string, name: string): Promise<void> => {
  const user = await getUser(tx, userId);
  await demandReach(tx, [name]);
  await endGrant(tx, user.id, name);
  await afterGrants(tx, hms, user.id, { ended: name });
};

/** @throws refusal role_fixed: what patients may is not given by hand */
export const demandForStaff = (names: readonly string[]): void => {
  if (names.some(isFixed)) throw refuse('role_fixed');
};

const afterGrants = async (tx: Db, hms: Hms, userId: string, facts: Record<string, string>): Promise<void> => {
  await settleAccess(tx, hms, { userId });
  await publish(tx, 'auth.user-changed', userId, facts);
};
