import { z } from 'zod';
import { sql, type Db } from '../database.ts';
import { chained, entryText, noHash } from './chain.ts';
import type { Head } from './heads.ts';

const batch = 10_000;
/** Milliseconds by which an entry may say that it is older than one sealed before it: the longest transaction, with room. */
const latest = 3_600_000;

/**
 * What may be wrong, at the first place where it is:
 * - changed: an entry, its seal or their order is not what was sealed
 * - removed: a sealed entry is gone
 * - gap: seals are missing
 * - backdated: an entry says that it is older than those sealed long before it
 * - unsealed: an entry that the sealer should have seen was never sealed
 * - rewritten: the chain holds, but it is not the one whose head was exported
 * - cut: the chain ends before a head that was exported
 */
export type Problem = 'changed' | 'removed' | 'gap' | 'backdated' | 'unsealed' | 'rewritten' | 'cut';

export interface Verdict {
  /** Sealed entries that were looked at, from the first on. */
  entries: number;
  /** Exported heads that the chain was held against. */
  heads: number;
  bad?: { problem: Problem; seq: number | null; auditId: string | null; at: string | null };
}

const Sealed = z.strictObject({
  seq: z.int(),
  auditId: z.uuid(),
  hash: z.string(),
  at: z.string().nullable(),
  text: z.string().nullable(),
});
type Sealed = z.infer<typeof Sealed>;
const Unsealed = z.strictObject({ id: z.uuid(), at: z.string() });

/** Walks the whole chain, a batch in memory at a time, and stops at the first bad place. */
export const verifyChain = async (
  db: Db,
  exported: readonly Head[],
  progress: (entries: number) => void = () => {},
): Promise<Verdict> => {
  const heads = standing(exported);
  const hashes = new Map(heads.map(({ seq, hash }) => [seq, hash]));
  const verdict = (entries: number, problem?: Problem, at?: Partial<Sealed>): Verdict => ({
    entries,
    heads: heads.length,
    ...(problem && {
      bad: { problem, seq: at?.seq ?? null, auditId: at?.auditId ?? null, at: at?.at ?? null },
    }),
  });
  let seq = 0;
  let hash = noHash;
  let newest = 0;
  for (let rows = await next(db, 0); rows.length > 0; rows = await next(db, seq)) {
    for (const row of rows) {
      if (row.seq !== seq + 1) return verdict(seq, 'gap', { seq: seq + 1 });
      if (row.text === null || row.at === null) return verdict(seq, 'removed', row);
      hash = chained(hash, row.seq, row.text);
      if (hash !== row.hash) return verdict(seq, 'changed', row);
      const at = Date.parse(row.at);
      if (at < newest - latest) return verdict(seq, 'backdated', row);
      newest = Math.max(newest, at);
      const head = hashes.get(row.seq);
      if (head !== undefined && head !== hash) return verdict(seq, 'rewritten', row);
      seq = row.seq;
    }
    progress(seq);
  }
  const beyond = heads.find((head) => head.seq > seq);
  if (beyond) return verdict(seq, 'cut', { seq: seq + 1, at: beyond.at });
  const unsealed = await firstUnsealed(db, new Date(newest - latest).toISOString());
  if (unsealed) return verdict(seq, 'unsealed', { auditId: unsealed.id, at: unsealed.at });
  return verdict(seq);
};

/** Those that still hold: a restored backup ends before what heads said in the time that was lost. */
const standing = (heads: readonly Head[]): Head[] => {
  const kept: Head[] = [];
  for (const head of heads) {
    if (head.restored) while (kept.length > 0 && kept.at(-1)!.seq > head.seq) kept.pop();
    kept.push(head);
  }
  return kept;
};

const next = (db: Db, after: number): Promise<readonly Sealed[]> =>
  db.any(sql.type(Sealed)`
    select s.seq, s.audit_id, encode(s.hash, 'hex') as hash, a.at, case when a.id is not null then ${entryText} end as text
    from core.audit_seal s
    left join core.audit a on a.id = s.audit_id
    where s.seq > ${after}
    order by s.seq
    limit ${batch}
  `);

const firstUnsealed = (db: Db, before: string) =>
  db.maybeOne(sql.type(Unsealed)`
    select a.id, a.at from core.audit a
    where a.at < ${before} and not exists (select from core.audit_seal s where s.audit_id = a.id)
    order by a.at, a.id
    limit 1
  `);
