import type { Db } from '../../../core/database.ts';
import { keepPairs, nextToScan, scannedTo } from './list.ts';

const step = 50;
const mostSteps = 10;

/** Goes on through those who were here before, a small step a transaction; a million are through in some weeks of nights and days. */
export const scanDuplicates = async (db: Db): Promise<void> => {
  for (let n = 0; n < mostSteps; n++) {
    const scanned = await db.transaction(async (tx) => {
      const ids = await nextToScan(tx, step);
      const last = ids.at(-1);
      if (last === undefined) return 0;
      await keepPairs(tx, ids);
      await scannedTo(tx, last);
      return ids.length;
    });
    if (scanned < step) return;
  }
};
