import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';

const batch = 200;
const Expired = z.strictObject({ expired: z.array(z.uuid()) });

/**
 * Gives the time of holds that are over back. Whoever books there does not wait for it: a booking cancels what is overdue in its way,
 * and free times do not see it.
 */
export const sweepHolds = async (db: Db): Promise<void> => {
  let swept: number;
  do
    swept = await db.transaction(async (tx) => {
      const { expired } = await tx.one(sql.type(Expired)`select scheduling.sweep_holds(${batch}) as expired`);
      for (const id of expired) await publish(tx, 'scheduling.hold-expired', id, {});
      return expired.length;
    });
  while (swept === batch);
};
