import { sql, type Db } from '../../../core/database.ts';

/** Events and kept answers of a round; each path takes back its own rows besides. */
export const forget = async (tx: Db): Promise<void> => {
  await tx.query(sql.unsafe`delete from core.delivery`);
  await tx.query(sql.unsafe`delete from core.outbox`);
  await tx.query(sql.unsafe`delete from core.idempotency`);
};
