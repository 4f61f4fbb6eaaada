import { z } from 'zod';
import { sql, type Db } from '../database.ts';
import { chained, entryText, noHash } from './chain.ts';

const batch = 5_000;
/** Of any process; whoever does not get it leaves the work to the one that has it. */
const lock = 20260103;

const Last = z.strictObject({ seq: z.int(), hash: z.string() });
const Unsealed = z.strictObject({ id: z.uuid(), text: z.string() });
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
  for (let count = batch; count === batch; sealed += count) count = await sealBatch(db, minutes);
  return sealed;
};

const sealBatch = (db: Db, minutes: number | null): Promise<number> =>
  db.transaction(async (tx) => {
    if (!(await tx.oneFirst(sql.type(Held)`select pg_try_advisory_xact_lock(${lock}) as held`))) return 0;
    const last = await lastSeal(tx);
    const recent =
      minutes === null
        ? sql.fragment`true`
        : sql.fragment`a.at > clock_timestamp() - make_interval(mins => ${minutes})`;
    const entries = await tx.any(sql.type(Unsealed)`
      select a.id, ${entryText} as text
      from core.audit a
      where ${recent} and not exists (select from core.audit_seal s where s.audit_id = a.id)
      order by a.at, a.id
      limit ${batch}
    `);
    let { seq, hash } = last;
    const seals = entries.map(({ id, text }) => [(seq += 1), id, (hash = chained(hash, seq, text))]);
    if (seals.length > 0)
      await tx.query(sql.unsafe`
        insert into core.audit_seal (seq, audit_id, hash)
        select seq, audit_id, decode(hash, 'hex') from ${sql.unnest(seals, ['int8', 'uuid', 'text'])} new (seq, audit_id, hash)
      `);
    return seals.length;
  });
