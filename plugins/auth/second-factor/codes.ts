import type { Db } from '../../../core/database.ts';
import { replaceCodes } from './queries.ts';
import { hashOfCode, newCodes } from './secret.ts';

/** Ten new recovery codes, told this once; those of before are worth nothing any more. */
export const giveCodes = async (tx: Db, userId: string): Promise<{ codes: string[] }> => {
  const codes = newCodes();
  await replaceCodes(tx, userId, codes.map(hashOfCode));
  return { codes };
};
