import type { Db } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import { escalateOverdue } from './queries/critical.ts';

/** A critical result that nobody has acknowledged in its time goes to the department's others, each once. */
export const escalateCritical = (db: Db): Promise<void> =>
  db.transaction(async (tx) => {
    for (const { id, patientId, ownerId } of await escalateOverdue(tx))
      await publish(tx, 'laboratory.critical-escalated', id, { patientId, ownerId });
  });
