import { z } from 'zod';
import { sql, type Db } from '../database.ts';
import { AuditChain, Backlog, Database, JobRun, Parked, type GiveUp, type Which } from './model.ts';

/** Events that somebody has still to hear, and since when. */
export const getBacklog = (db: Db): Promise<z.infer<typeof Backlog>> =>
  db.one(sql.type(Backlog)`
    select count(*)::int as waiting, min(occurred_at) as oldest
    from core.outbox o
    where fanned_out_at is null or id in (select event_id from core.delivery where status = 'pending')
  `);

/** Longest first. */
export const listParked = (db: Db, limit: number): Promise<readonly z.infer<typeof Parked>[]> =>
  db.any(sql.type(Parked)`
    select d.event_id, o.name as event, d.subject_id, d.subscriber, d.attempts, o.occurred_at, d.parked_at as since, d.last_error
    from core.delivery d
    join core.outbox o on o.id = d.event_id
    where d.status = 'parked'
    order by d.event_id, d.subscriber
    limit ${limit}
  `);

export const countParked = (db: Db): Promise<number> =>
  db.oneFirst(
    sql.type(
      z.strictObject({ count: z.int() }),
    )`select count(*)::int as count from core.delivery where status = 'parked'`,
  );

export const listRuns = (db: Db): Promise<readonly z.infer<typeof JobRun>[]> =>
  db.any(sql.type(JobRun)`select name, ran_at, took_ms, failed_at, last_error from core.job`);

export const getDatabase = (db: Db): Promise<z.infer<typeof Database>> =>
  db.one(sql.type(Database)`
    select current_setting('server_version') as version, pg_database_size(current_database())::int8 as size_bytes,
      (select sum(numbackends)::int from pg_stat_database) as connections,
      current_setting('max_connections')::int as max_connections
  `);

export const getAuditChain = (db: Db): Promise<z.infer<typeof AuditChain>> =>
  db.one(sql.type(AuditChain)`
    select coalesce((select max(seq) from core.audit_seal), 0) as sealed, e.exported_at, e.fault, e.failed_at,
      (
        select min(a.at) from core.audit a
        where a.at > clock_timestamp() - interval '1 hour' and not exists (select from core.audit_seal s where s.audit_id = a.id)
      ) as unsealed_since
    from core.audit_export e
  `);

const Subject = z.strictObject({ subjectId: z.uuid() });

/** Due now, with the attempts it has had: when it fails again it is parked again, and holds nobody up. */
export const tryAgain = (tx: Db, { subscriber, eventId }: Which) =>
  tx.any(sql.type(Subject)`
    update core.delivery set status = 'pending', next_at = clock_timestamp()
    where status = 'parked' and subscriber = ${subscriber} and event_id = coalesce(${eventId ?? null}::int8, event_id)
    returning subject_id
  `);

export const giveUp = (tx: Db, { subscriber, eventId, reason }: GiveUp) =>
  tx.any(sql.type(Subject)`
    update core.delivery set status = 'given-up', given_up_because = ${reason}
    where status = 'parked' and subscriber = ${subscriber} and event_id = ${eventId}
    returning subject_id
  `);
