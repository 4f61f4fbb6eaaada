import { z } from 'zod';
import { sql, type Db } from '../../core/database.ts';

/**
 * Whether a visit is a stay whose bed-days are charged one by one. Without the plugin there is no table, and no stay.
 */
export const isChargedByDay = async (tx: Db, encounterId: string): Promise<boolean> => {
  const there = await tx.oneFirst(
    sql.type(z.strictObject({ there: z.boolean() }))`select to_regclass('inpatient.stay') is not null as there`,
  );
  if (!there) return false;
  return tx.exists(sql.unsafe`
    -- shows no patient
    select from inpatient.stay where encounter_id = ${encounterId}
  `);
};
