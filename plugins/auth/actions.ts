import type { Db } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import type { Hms } from '../../core/hms.ts';
import { refuse } from '../../core/refuse.ts';
import type { Account, ChangedUser, NewUser, User } from './model.ts';
import { isGuessable } from './guessable.ts';
import { distrustDevices } from './second-factor/queries.ts';
import { hashPassword, shortest, type Hashing } from './password.ts';
import { demandForStaff } from './roles/actions.ts';
import { listRolesInForce } from './roles/queries.ts';
import { demandReach, demandReachOf } from './roles/reach.ts';
import { settleAccess } from './roles/settle.ts';
import { getUser, insertUser, replaceRoles, setPassword, updateUser } from './queries.ts';
import { endSessionsOf } from './session/queries.ts';
import { forgetTriesOf } from './tries.ts';

/**
 * Its password was chosen by somebody else: it is changed with the first sign-in.
 * @throws refusals password_guessable, role_beyond, role_fixed
 */
export const createUser = async (tx: Db, wanted: NewUser, hashing: Hashing): Promise<User> => {
  demandPassword(wanted.password, [wanted.username, wanted.displayName]);
  demandForStaff(wanted.roles);
  await demandReach(tx, wanted.roles);
  const id = await insertUser(tx, { ...wanted, passwordHash: await hashPassword(wanted.password, hashing) });
  await replaceRoles(tx, id, wanted.roles);
  await publish(tx, 'auth.user-created', id, { roles: wanted.roles });
  return getUser(tx, id);
};

/** @throws refusal password_guessable; `about`: what can be read about the person */
export const demandPassword = (password: string, about: readonly string[]): void => {
  if (isGuessable(password, about)) throw refuse('password_guessable');
};

/** Of one's own choice. @throws refusals password_too_short, password_guessable */
export const demandOwn = (user: Pick<Account, 'username' | 'displayName' | 'patientOnly'>, password: string): void => {
  if (password.length < shortest(user)) throw refuse('password_too_short', { count: shortest(user) });
  demandPassword(password, [user.username, user.displayName]);
};

/** A password of one's own choice. Every other session ends: whoever knew the old one is out. @throws refusal password_guessable */
export const choosePassword = async (
  tx: Db,
  user: Pick<User, 'id' | 'username' | 'displayName'>,
  password: string,
  hashing: Hashing,
  keep: string | null = null,
): Promise<void> => {
  demandPassword(password, [user.username, user.displayName]);
  await setPassword(tx, user.id, await hashPassword(password, hashing), { mustChange: false });
  await endSessionsOf(tx, user.id, 'password', keep);
  await distrustDevices(tx, user.id);
  await publish(tx, 'auth.password-changed', user.id, {});
};

/** A first password again, for somebody else who has forgotten theirs; it also takes the locks off. @throws refusals access_own, password_guessable */
export const givePassword = async (tx: Db, id: string, password: string, hashing: Hashing): Promise<void> => {
  const user = await getUser(tx, id);
  demandAnother(tx, id);
  await demandReachOf(tx, id);
  demandPassword(password, [user.username, user.displayName]);
  await setPassword(tx, id, await hashPassword(password, hashing), { mustChange: true });
  await endSessionsOf(tx, id, 'password');
  await distrustDevices(tx, id);
  await forgetTriesOf(tx, user.username);
  await publish(tx, 'auth.password-given', id, {});
};

/** One's own sign-in is changed on one's own page, with what proves it. @throws refusal access_own */
export const demandAnother = (tx: Db, userId: string): void => {
  if (tx.actor.id === userId) throw refuse('access_own');
};

/** @throws refusals version_stale, last_administrator, role_beyond, role_fixed */
export const changeUser = async (tx: Db, hms: Hms, id: string, version: number, change: ChangedUser): Promise<User> => {
  const before = await getUser(tx, id);
  if (before.active !== change.active || before.displayName !== change.displayName) await demandReachOf(tx, id);
  await demandReach(tx, changed(await listRolesInForce(tx, id), change.roles));
  demandForStaff(change.roles);
  if ((await updateUser(tx, id, version, change)) === null) throw refuse('version_stale');
  await replaceRoles(tx, id, change.roles);
  await settleAccess(tx, hms, { userId: id });
  if (!change.active) await endSessionsOf(tx, id, 'disabled');
  await publish(tx, 'auth.user-changed', id, { roles: change.roles, active: change.active });
  return getUser(tx, id);
};

/** What stands in one of them only. */
const changed = (before: readonly string[], after: readonly string[]): string[] => [
  ...before.filter((role) => !after.includes(role)),
  ...after.filter((role) => !before.includes(role)),
];
