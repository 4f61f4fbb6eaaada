import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { QueueDisplay, Shown, type NewDisplay } from './model.ts';

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
const columns = sql.fragment`d.id, d.name, d.point_ids, d.locale, d.chime, d.created_at, d.revoked_at`;

/** Those in use first, newest first. */
export const listDisplays = (
  db: Db,
  { limit, after }: { limit: number; after: readonly (string | number)[] | null },
): Promise<readonly QueueDisplay[]> =>
  db.any(sql.type(QueueDisplay)`
    select ${columns} from scheduling.queue_display d
    where ${after === null ? sql.fragment`true` : sql.fragment`d.id < ${after[0]!}::uuid`}
    order by d.id desc
    limit ${limit}
  `);

/** The secret is not kept: who loses the link makes another. @throws refusal point_unknown */
export const makeDisplay = async (tx: Db, it: NewDisplay): Promise<QueueDisplay & { secret: string }> => {
  const known = await tx.oneFirst(sql.type(z.strictObject({ count: z.int() }))`
    select count(*) from scheduling.service_point where id = any(${sql.array(it.pointIds, 'uuid')}) and active
  `);
  if (known < it.pointIds.length) throw refuse('point_unknown');
  const secret = randomBytes(16).toString('base64url');
  const display = await tx.one(sql.type(QueueDisplay)`
    insert into scheduling.queue_display as d (name, point_ids, locale, chime, secret_hash)
    values (${it.name}, ${sql.array(it.pointIds, 'uuid')}, ${it.locale}, ${it.chime}, ${sql.binary(hashOf(secret))})
    returning ${columns}
  `);
  return { ...display, secret };
};

/** At once: the screen goes dark. */
export const revokeDisplay = async (tx: Db, id: string): Promise<QueueDisplay> => {
  const display = await tx.one(sql.type(QueueDisplay)`
    update scheduling.queue_display d set revoked_at = coalesce(revoked_at, core.now()) where id = ${id} returning ${columns}
  `);
  await publish(tx, 'scheduling.queue-display-revoked', id);
  return display;
};

const ofSecret = (secret: string) =>
  sql.fragment`d.secret_hash = ${sql.binary(hashOf(secret))} and d.revoked_at is null`;

export const isDisplay = (db: Db, secret: string): Promise<boolean> =>
  db.exists(sql.unsafe`select from scheduling.queue_display d where ${ofSecret(secret)}`);

/** The eight last calls of the last hour, newest first. Who has gone on to another point is called from there. @throws refusal not_found */
export const show = (db: Db, secret: string, zone: string): Promise<Shown> =>
  db.one(sql.type(Shown)`
    select d.name, d.locale, d.chime, ${zone} as zone, coalesce((
      select json_agg(json_build_object('token', c.token, 'room', c.room, 'calledAt', core.json_time(c.called_at), 'calls', c.calls) order by c.called_at desc, c.token)
      from (
        select t.token, coalesce(place.name, p.name) as room, t.called_at, t.calls
        from scheduling.ticket t -- shows no patient
        join scheduling.service_point p on p.id = t.point_id
        left join facility.location place on place.id = coalesce(t.location_id, p.location_id)
        where t.point_id = any(d.point_ids) and t.status in ('in-progress', 'fulfilled') and t.called_at > core.now() - interval '1 hour'
        order by t.called_at desc, t.token
        limit 8
      ) c
    ), '[]') as calls
    from scheduling.queue_display d
    where ${ofSecret(secret)}
  `);
