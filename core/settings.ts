import { z } from 'zod';
import { sql, type Db } from './database.ts';
import { refuse } from './refuse.ts';

/** What an administrator has set, as the plugin's schema reads it. The row comes with the migration of its plugin. */
export const getSetting = async <T extends z.ZodType>(
  db: Db,
  name: string,
  schema: T,
): Promise<{ value: z.infer<T>; version: number }> => {
  const { value, version } = await db.one(sql.type(z.strictObject({ value: z.unknown(), version: z.int() }))`
    select value, version from core.setting where name = ${name}
  `);
  return { value: schema.parse(value), version };
};

/** @throws refusal version_stale */
export const putSetting = async (tx: Db, name: string, version: number, value: object): Promise<void> => {
  const changed = await tx.maybeOne(sql.unsafe`
    update core.setting set value = ${JSON.stringify(value)}::jsonb where name = ${name} and version = ${version} returning id
  `);
  if (changed === null) throw refuse('version_stale');
};
