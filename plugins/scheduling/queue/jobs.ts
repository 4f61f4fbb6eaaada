import { sql, type Db } from '../../../core/database.ts';
import type { Hms } from '../../../core/hms.ts';
import { announce } from './actions.ts';
import * as q from './queries.ts';

/** Who left without a word waits for nobody any more. A night's emergency is not cut at midnight: half a day must have passed. */
export const closeForgotten = async (db: Db, hms: Hms): Promise<void> => {
  const { zone } = hms.config;
  for (const { id, version } of await q.listForgotten(db, zone))
    await db.transaction(async (tx) => {
      const closed = sql.fragment`status = 'unfulfilled', ended_at = core.now(), skipped = false, back_at = null`;
      if ((await q.change(tx, id, version, closed)) !== null) await announce(tx, 'ended', id, zone);
    });
};
