import { sql, type Db } from '../../../core/database.ts';
import { Clearance, type NewClearance } from './model.ts';

/** Those in force, by label. */
export const listClearances = (db: Db, userId: string): Promise<readonly Clearance[]> =>
  db.any(sql.type(Clearance)`
    select c.label, nullif(c.until, 'infinity') as until, c.reason, u.display_name as given_by, c.given_at
    from core.clearance c
    left join auth."user" u on u.id = c.given_by
    where c.user_id = ${userId} and c.until > clock_timestamp()
    order by c.label
    limit 100
  `);

/** Given again, the new reason and end count. */
export const giveClearance = (tx: Db, userId: string, it: NewClearance): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into core.clearance (user_id, label, until, reason, given_by)
    values (${userId}, ${it.label}, coalesce(${it.until ?? null}::timestamptz, 'infinity'), ${it.reason}, ${tx.actor.id})
    on conflict (user_id, label) do update
    set until = excluded.until, reason = excluded.reason, given_by = excluded.given_by, given_at = clock_timestamp()
  `);

export const endClearance = (tx: Db, userId: string, label: string): Promise<unknown> =>
  tx.one(sql.unsafe`delete from core.clearance where user_id = ${userId} and label = ${label} returning label`);
