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

/**
 * As `publish`, of things that this transaction has made: nobody else can speak of them yet, so their order needs no lock, of which
 * a transaction cannot hold many thousands. Screens are told by whoever calls, once.
 */
export const publishNew = (
  tx: Db,
  name: string,
  subjectIds: readonly string[],
  facts: Record<string, Fact> = {},
): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into core.outbox (name, subject_id, facts, actor_id, origin)
    select ${name}, it.id, ${JSON.stringify(facts)}::jsonb, ${tx.actor.id}::uuid, ${tx.origin}
    from unnest(${sql.array([...subjectIds], 'uuid')}) it (id)
  `);
