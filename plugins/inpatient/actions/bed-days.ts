import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { countDays, listUncounted, lockStay, reverseDays } from '../queries/stays.ts';

/**
 * Counts the days that are due by now and takes back those that are not, each once: safe to repeat. Whoever charges hears of
 * each day by itself.
 */
export const settleDays = async (tx: Db, stayId: string, zone: string): Promise<void> => {
  for (const id of await reverseDays(tx, stayId, zone)) await publish(tx, 'inpatient.bed-day-reversed', id, { stayId });
  for (const { id, ...facts } of await countDays(tx, stayId, zone))
    await publish(tx, 'inpatient.bed-day-due', id, { stayId, quantity: 1, ...facts });
};

/** After midnight: one more day for everybody in a bed. */
export const countNight = async (db: Db, zone: string): Promise<void> => {
  for (const id of await listUncounted(db, zone))
    await db.transaction(async (tx) => {
      await lockStay(tx, id);
      await settleDays(tx, id, zone);
    });
};
