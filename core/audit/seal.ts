import { z } from 'zod';
import { sql, type Db } from '../database.ts';
import { chained, entryText, noHash } from './chain.ts';

const batch = 5_000;
/** Of any process; whoever does not get it leaves the work to the one that has it. */
const lock = 20260105;

const Last = z.strictObject({ seq: z.int(), hash: z.string() });
const Unsealed = z.strictObject({ id: z.uuid(), at: z.string(), text: z.string() });
const Held = z.strictObject({ held: z.boolean() });

/** The end of the chain; place 0 before anything was sealed. */
export const lastSeal = async (db: Db): Promise<z.infer<typeof Last>> =>
  (await db.maybeOne(
    sql.type(Last)`select seq, encode(hash, 'hex') as hash from core.audit_seal order by seq desc limit 1`,
  )) ?? { seq: 0, hash: noHash };

/**
 * Chains what is not sealed yet, oldest first, and says how many that were. An entry may become visible later than younger ones,
 * so not what follows the last sealed one is looked for, but what has no seal; `minutes` is how far back, null for all.
 */
export const sealEntries = async (db: Db, minutes: number | null): Promise<number> => {
  let sealed = 0;
  let last: Place | undefined;
  do {
    const entries: readonly Place[] = await sealBatch(db, minutes, last);
    sealed += entries.length;
    last = entries.length === batch ? entries.at(-1) : undefined;
  } while (last);
  return sealed;
};

type Place = Pick<z.infer<typeof Unsealed>, 'at' | 'id'>;

const sealBatch = (db: Db, minutes: number | null, after: Place | undefined): Promise<readonly Place[]> =>
  db.transaction(async (tx) => {
    if (!(await tx.oneFirst(sql.type(Held)`select pg_try_advisory_xact_lock(${lock}) as held`))) return [];
    let { seq, hash } = await lastSeal(tx);
    const entries = await tx.any(sql.type(Unsealed)`
      select a.id, a.at, ${entryText} as text
      from core.audit a
      where not exists (select from core.audit_seal s where s.audit_id = a.id) and ${sql.and([
        minutes === null
          ? sql.fragment`true`
          : sql.fragment`a.at > clock_timestamp() - make_interval(mins => ${minutes})`,
        after && sql.fragment`(a.at, a.id) > (${after.at}::timestamptz, ${after.id}::uuid)`,
      ])}
      order by a.at, a.id
      limit ${batch}
    `);
    const seals = entries.map(({ id, text }) => [(seq += 1), id, (hash = chained(hash, seq, text))]);
    if (seals.length > 0)
      await tx.query(sql.unsafe`
        insert into core.audit_seal (seq, audit_id, hash)
        select seq, audit_id, decode(hash, 'hex') from ${sql.unnest(seals, ['int8', 'uuid', 'text'])} new (seq, audit_id, hash)
      `);
    return entries;
  });
