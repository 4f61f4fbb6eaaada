import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';

const Thing = z.strictObject({ take: z.string(), give: z.string() });

/**
 * Writes millions of rows first and indexes and references afterwards, all within the transaction: row by row they take
 * three times as long. What they refuse they still refuse, at the end.
 */
export const indexedAfterwards = async (
  owner: Db,
  tables: readonly string[],
  write: () => Promise<void>,
): Promise<void> => {
  const references = await owner.any(sql.type(Thing)`
    select format('alter table %s drop constraint %I', conrelid::regclass, conname) as take,
      format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as give
    from pg_constraint
    where conrelid = any(${sql.array([...tables], 'text')}::regclass[]) and contype = 'f'
    order by conrelid::regclass::text, conname
  `);
  const indexes = await owner.any(sql.type(Thing)`
    select format('drop index %s', i.indexrelid::regclass) as take, pg_get_indexdef(i.indexrelid) as give
    from pg_index i
    where i.indrelid = any(${sql.array([...tables], 'text')}::regclass[])
      and not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.contype <> 'f')
    order by i.indexrelid::regclass::text
  `);
  const run = async (statements: readonly string[]): Promise<void> => {
    for (const statement of statements)
      await owner.query(sql.unsafe`do ${sql.literalValue(`begin ${statement}; end`)}`);
  };
  await run([...references, ...indexes].map(({ take }) => take));
  await write();
  await run([...indexes, ...references].map(({ give }) => give));
};
