import { may } from '../../../core/access.ts';
import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { isClearedBeyond, listBeyond, listRolesInForce } from './queries.ts';

/** What a role must hold to give more than it has. */
const administersRoles = 'role:write';

/**
 * Nobody gives or takes what they do not have themselves, but who administers roles: they decide what a role is anyway. A role
 * that denies something is theirs alone too, for ending it gives something.
 * @throws refusal role_beyond
 */
export const demandReach = async (tx: Db, roles: readonly string[]): Promise<void> => {
  const { actor } = tx;
  if (actor.kind !== 'user' || may(actor, administersRoles)) return;
  if ((await listBeyond(tx, roles, actor.permissions)).length > 0)
    throw refuse('role_beyond', { permission: administersRoles });
};

/** What somebody must hold to decide who sees records under protection. */
const givesClearance = 'clearance:write';

/**
 * Whoever could set the password of somebody who may more, or where they are written to, would soon be that person; and so would
 * whoever sees less of what is under protection. @throws refusal role_beyond
 */
export const demandReachOf = async (tx: Db, userId: string): Promise<void> => {
  await demandReach(tx, await listRolesInForce(tx, userId));
  const { actor } = tx;
  if (actor.kind === 'user' && !may(actor, givesClearance) && (await isClearedBeyond(tx, userId, actor.id)))
    throw refuse('role_beyond', { permission: givesClearance });
};
