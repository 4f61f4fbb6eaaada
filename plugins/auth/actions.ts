import type { Db } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import { refuse } from '../../core/refuse.ts';
import type { ChangedUser, NewUser, User } from './model.ts';
import { hashPassword } from './password.ts';
import { administratorsLeft, getUser, insertUser, replaceRoles, updateUser } from './queries.ts';
import { endSessionsOf } from './session/queries.ts';

export const createUser = async (tx: Db, wanted: NewUser, pepper: string): Promise<User> => {
  const id = await insertUser(tx, { ...wanted, passwordHash: await hashPassword(wanted.password, pepper) });
  await replaceRoles(tx, id, wanted.roles);
  await publish(tx, 'auth.user-created', id, { roles: wanted.roles });
  return getUser(tx, id);
};

/** @throws refusal version_stale, last_administrator */
export const changeUser = async (tx: Db, id: string, version: number, change: ChangedUser): Promise<User> => {
  await getUser(tx, id);
  if ((await updateUser(tx, id, version, change)) === null) throw refuse('version_stale');
  await replaceRoles(tx, id, change.roles);
  if (!(await administratorsLeft(tx))) throw refuse('last_administrator');
  if (!change.active) await endSessionsOf(tx, id, 'disabled');
  await publish(tx, 'auth.user-changed', id, { roles: change.roles, active: change.active });
  return getUser(tx, id);
};
