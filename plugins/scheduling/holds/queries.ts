import { sql, type Db } from '../../../core/database.ts';

/** Whether that version of the appointment only kept its time for a while. */
export const wasHold = (db: Db, id: string, version: number): Promise<boolean> =>
  db.exists(sql.unsafe`
    select from core.history h
    where h.relation = 'scheduling.appointment' and h.id = ${id} and h.version = ${version} and h.document ->> 'held_until' is not null
  `);
