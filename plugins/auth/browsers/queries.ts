import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { Instant } from '../../../core/shapes.ts';
import { deviceDays, hashOf } from '../devices.ts';

/** A browser that is known again when its person signs in. */
export const Browser = z
  .strictObject({
    id: z.uuid(),
    /** As it names itself. */
    device: z.string().nullable(),
    seenAt: Instant,
    /** Until then it stands for the second factor. */
    trustedUntil: Instant.nullable(),
    /** The one that asks. */
    current: z.boolean(),
  })
  .meta({ id: 'Browser' });
export type Browser = z.infer<typeof Browser>;

const mostShown = 100;

/** Last seen first. */
export const listBrowsers = (db: Db, userId: string, here: string | null): Promise<readonly Browser[]> =>
  db.any(sql.type(Browser)`
    select id, device, seen_at, case when trusted_until > clock_timestamp() then trusted_until end as trusted_until,
      token_hash is not distinct from ${here === null ? null : hashOf(here)} as current
    from auth.known_device
    where user_id = ${userId} and seen_at > clock_timestamp() - make_interval(days => ${deviceDays})
    order by seen_at desc, id
    limit ${mostShown}
  `);

/** One of them, or all. False: there was none. */
export const forgetBrowsers = async (tx: Db, userId: string, id: string | null): Promise<boolean> =>
  (
    await tx.any(sql.unsafe`
      delete from auth.known_device where user_id = ${userId} and (${id}::uuid is null or id = ${id}) returning id
    `)
  ).length > 0;
