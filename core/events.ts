import { sql, type Audience, type Db } from './database.ts';

export type Fact = string | number | boolean | null | undefined | readonly Fact[] | { readonly [key: string]: Fact };

/**
 * Writes the event in the transaction of the change: it is sent if and only if the change is kept.
 * Facts are ids, codes, quantities and times that subscribers need; never names or free text. `only` confines who hears of it
 * live on a screen; subscribers always do.
 */
export const publish = async (
  tx: Db,
  name: string,
  subjectId: string,
  facts: Record<string, Fact> = {},
  only?: Audience,
): Promise<void> => {
  await tx.query(
    sql.unsafe`select core.publish(${name}, ${subjectId}, ${JSON.stringify(facts)}::jsonb, ${tx.actor.id}, ${tx.origin})`,
  );
  tx.announce({ name, subjectId, ...(only ? { only } : {}) });
};
