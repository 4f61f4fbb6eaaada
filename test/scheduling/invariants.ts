import type { TestHms } from '../hms.ts';

/** The sentences of scheduling that do not hold. */
export const broken = async ({ hms, db }: Pick<TestHms, 'hms' | 'db'>): Promise<string[]> => {
  const rules = Object.entries(hms.plugins.find(({ name }) => name === 'scheduling')?.invariants ?? {});
  const found = await Promise.all(
    rules.map(async ([sentence, query]) => ((await db.any(query)).length > 0 ? [sentence] : [])),
  );
  return found.flat();
};
