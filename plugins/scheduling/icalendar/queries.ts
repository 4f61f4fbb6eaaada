import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { locales } from '../../../core/messages.ts';
import { refuse } from '../../../core/refuse.ts';
import { appointmentStatus } from '../booking/model.ts';
import { CalendarFeed, type NewFeed } from './model.ts';

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
const columns = sql.fragment`f.locale, f.created_at, f.read_at`;
const inUse = sql.fragment`f.revoked_at is null`;

export const findFeed = (db: Db, practitionerId: string): Promise<CalendarFeed | null> =>
  db.maybeOne(sql.type(CalendarFeed)`
    select ${columns} from scheduling.calendar_feed f where f.practitioner_id = ${practitionerId} and ${inUse}
  `);

/** Instead of the one before, whose link ends at once. */
export const makeFeed = async (
  tx: Db,
  practitionerId: string,
  { locale }: NewFeed,
): Promise<CalendarFeed & { secret: string }> => {
  await tx.query(sql.unsafe`select pg_advisory_xact_lock(hashtextextended(${practitionerId}, 6))`);
  await revoke(tx, practitionerId);
  const secret = randomBytes(32).toString('base64url');
  const feed = await tx.one(sql.type(CalendarFeed)`
    insert into scheduling.calendar_feed as f (practitioner_id, locale, secret_hash)
    values (${practitionerId}, ${locale}, ${sql.binary(hashOf(secret))})
    returning ${columns}
  `);
  await publish(tx, 'scheduling.calendar-feed-made', practitionerId, {});
  return { ...feed, secret };
};

const revoke = (tx: Db, practitionerId: string) =>
  tx.maybeOne(sql.unsafe`
    update scheduling.calendar_feed f set revoked_at = core.now() where f.practitioner_id = ${practitionerId} and ${inUse} returning f.id
  `);

/** @throws refusal not_found when there is none */
export const endFeed = async (tx: Db, practitionerId: string): Promise<void> => {
  if ((await revoke(tx, practitionerId)) === null) throw refuse('not_found');
  await publish(tx, 'scheduling.calendar-feed-ended', practitionerId, {});
};

const Reader = z.strictObject({
  practitionerId: z.uuid(),
  practitionerName: z.string(),
  userId: z.uuid().nullable(),
  /** The practitioner made the link: nobody else has seen it. */
  isOwn: z.boolean(),
  locale: z.enum(locales),
  isStale: z.boolean(),
  id: z.uuid(),
});
export type Reader = z.infer<typeof Reader>;

/**
 * Whose calendar a link opens. Null as long as they do not work here: the practitioner or all their roles have ended, or their account is
 * closed or may no longer have hours of its own.
 */
export const findReader = (db: Db, secret: string): Promise<Reader | null> =>
  db.maybeOne(sql.type(Reader)`
    select f.id, f.practitioner_id, p.display_name as practitioner_name, p.user_id, coalesce(f.made_by = p.user_id, false) as is_own, f.locale,
      coalesce(f.read_at < core.now() - interval '1 hour', true) as is_stale
    from scheduling.calendar_feed f
    join facility.practitioner p on p.id = f.practitioner_id and p.active
    where f.secret_hash = ${sql.binary(hashOf(secret))} and ${inUse}
      and (exists (select from facility.practitioner_role r where r.practitioner_id = p.id and r.active)
        or not exists (select from facility.practitioner_role r where r.practitioner_id = p.id))
      and (p.user_id is null or exists (
        select from auth."user" u join auth.user_permission may on may.user_id = u.id and may.permission = 'availability:own'
        where u.id = p.user_id and u.active
      ))
  `);

export const noteReading = (db: Db, id: string): Promise<unknown> =>
  db.query(sql.unsafe`update scheduling.calendar_feed set read_at = date_trunc('hour', core.now()) where id = ${id}`);

const Busy = z.strictObject({
  id: z.guid(),
  version: z.int(),
  changedAt: z.string(),
  startsAt: z.string(),
  endsAt: z.string(),
  /** Null: leave. */
  status: z.enum(appointmentStatus).nullable(),
  serviceName: z.string().nullable(),
  locationName: z.string().nullable(),
  /** Of a patient whom the practitioner may see. */
  initials: z.string().nullable(),
  patientId: z.uuid().nullable(),
});
export type Busy = z.infer<typeof Busy>;

const past = sql.fragment`interval '30 days'`;
const future = sql.fragment`interval '365 days'`;
const most = 10_000;

/**
 * When a practitioner is busy or away, from 30 days ago for a year, earliest first; what was cancelled in the last 30 days too, so that
 * programs take it away. Holds that are over are none. `db` is asked as the practitioner: whom they may not see has no initials, and
 * takes their time all the same.
 */
export const listBusy = (
  db: Db,
  practitionerId: string,
  { initials }: { initials: boolean },
): Promise<readonly Busy[]> =>
  db.any(sql.type(Busy)`
    with span as (select core.now() - ${past} as from_at, core.now() + ${future} as to_at, core.now() as now)
    select * from (
      -- of somebody who is hidden there is a time that is not free, and nothing by which it is found again
      select case when seen.it then it.id else md5('openward busy ' || it.id)::uuid end as id, it.version, it.updated_at as changed_at, it.starts_at,
        it.ends_at, it.status, case when seen.it then service.name end as service_name, case when seen.it then location.name end as location_name,
        shown.initials, case when shown.initials is not null then it.patient_id end as patient_id
      from span
      join scheduling.appointment it on (it.practitioner_id = ${practitionerId} or it.also_taken <> '{}' and it.also_taken @> array[${practitionerId}::uuid])
        and it.ends_at > span.from_at and it.starts_at < span.to_at
        and scheduling.group_of(it.id) is null -- a group is one entry, whoever comes
      left join facility.healthcare_service service on service.id = it.service_id
      left join facility.location location on location.id = it.location_id
      cross join lateral (
        select it.patient_id is null or exists (select from patients.patient p where p.id = it.patient_id and ${maySee(db, 'p.id')}) as it
      ) seen
      left join lateral (
        select nullif(concat_ws(' ', nullif(upper(left(p.given_name, 1)), '') || '.', nullif(upper(left(p.family_name, 1)), '') || '.'), '') as initials
        from patients.patient p where ${initials} and p.id = it.patient_id and ${maySee(db, 'p.id')}
      ) shown on true
      where it.status in ('pending', 'booked', 'arrived', 'checked-in', 'fulfilled', 'noshow') and coalesce(it.held_until, 'infinity') > span.now
        or it.status = 'cancelled' and it.updated_at > span.from_at
      union all
      select l.id, l.version, l.updated_at, l.starts_at, l.ends_at, null, null, null, null, null
      from span
      join scheduling.leave l on l.practitioner_id = ${practitionerId} and l.ends_at > span.from_at and l.starts_at < span.to_at
    ) busy
    order by starts_at, id
    limit ${most}
  `);

const Filed = z.strictObject({
  id: z.uuid(),
  version: z.int(),
  changedAt: z.string(),
  startsAt: z.string().nullable(),
  endsAt: z.string().nullable(),
  status: z.enum(appointmentStatus),
  patientId: z.uuid(),
  language: z.string().nullable(),
  place: z.string().nullable(),
});

/** What the patient's own calendar may say of an appointment: when, and at which site of the house. */
export const getFiled = (db: Db, id: string): Promise<z.infer<typeof Filed>> =>
  db.one(sql.type(Filed)`
    select it.id, it.version, it.updated_at as changed_at, it.starts_at, it.ends_at, it.status, it.patient_id, p.language, site.place
    from scheduling.appointment it
    join patients.patient p on p.id = it.patient_id
    left join lateral (
      with recursive up (id, depth) as (
        select it.location_id, 1 union all select l.parent_id, up.depth + 1 from up join facility.location l on l.id = up.id where up.depth < 12
      )
      select concat_ws(', ', l.name, nullif(l.address_line, ''), nullif(concat_ws(' ', l.postal_code, l.city), '')) as place
      from up join facility.location l on l.id = up.id and l.kind = 'site'
      order by up.depth limit 1
    ) site on true
    where it.id = ${id} and ${maySee(db, 'it.patient_id')}
  `);
