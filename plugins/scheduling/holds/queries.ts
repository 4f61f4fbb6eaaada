import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';

/** Whether that version of the appointment only kept its time for a while. */
export const wasHold = (db: Db, id: string, version: number): Promise<boolean> =>
  db.exists(sql.unsafe`
    select from core.history h
    where h.relation = 'scheduling.appointment' and h.id = ${id} and h.version = ${version} and h.document ->> 'held_until' is not null
  `);

/** False when the version is no longer that one. */
export const settleHold = async (
  tx: Db,
  id: string,
  version: number,
  to: { status: 'booked' | 'pending'; reason: string | null },
): Promise<boolean> => {
  const settled = await tx.maybeOne(sql.unsafe`
    update scheduling.appointment set status = ${to.status}, reason = ${to.reason}, held_until = null
    where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')}
    returning id
  `);
  return settled !== null;
};
