import type { Db } from '../../../core/database.ts';
import type { Hms } from '../../../core/hms.ts';
import { refuse } from '../../../core/refuse.ts';
import { administratorsLeft } from '../queries.ts';
import { listUnproved } from '../second-factor/queries.ts';
import { endSessionsOf } from '../session/queries.ts';

/**
 * After whatever changes what somebody may: an administrator is left, and who needs a second factor from now on and came in
 * without one comes in again. @throws refusal last_administrator: with an end nobody may be left after it
 */
export const settleAccess = async (tx: Db, hms: Hms, changed: { userId: string } | 'a role'): Promise<void> => {
  if (!(await administratorsLeft(tx))) throw refuse('last_administrator');
  for (const id of await listUnproved(tx, changed, hms.config.adminSecondFactor))
    await endSessionsOf(tx, id, 'second-factor');
};
