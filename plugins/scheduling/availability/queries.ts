import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { Availability, type NewAvailability } from './model.ts';

const Id = z.strictObject({ id: z.uuid() });

const Version = z.strictObject({ version: z.int() });
/** Of the schedules of `p` together: whatever changes in one of them makes it more. */
const version = sql.fragment`coalesce((select sum(s.version) from scheduling.schedule s where s.practitioner_id = p.id), 0)::integer`;

/** Whoever changes these hours comes one after the other, and knows what the one before has made of them. */
export const lockAvailability = async (tx: Db, practitionerId: string): Promise<number> => {
  await tx.query(sql.unsafe`select pg_advisory_xact_lock(hashtextextended(${practitionerId}, 3))`);
  await tx.query(
    sql.unsafe`select from scheduling.schedule where practitioner_id = ${practitionerId} order by id for update`,
  );
  return tx.oneFirst(
    sql.type(Version)`select ${version} as version from facility.practitioner p where p.id = ${practitionerId}`,
  );
};

/** The zone is that of the windows, else `zone`. */
export const findAvailability = (db: Db, practitionerId: string, zone: string): Promise<Availability | null> =>
  db.maybeOne(sql.type(Availability)`
    select
      coalesce((select max(s.zone) from scheduling.schedule s where s.practitioner_id = p.id and s.active), ${zone}) as zone, ${version} as version,
      (select coalesce(json_agg(json_build_object(
          'weekday', a.weekday, 'startTime', to_char(a.start_time, 'HH24:MI'), 'endTime', to_char(a.end_time, 'HH24:MI'), 'locationId', a.location_id,
          'serviceId', a.service_id, 'validFrom', a.valid_from, 'validTo', a.valid_to, 'onHolidays', a.on_holidays
        ) order by a.weekday, a.start_time, a.valid_from), '[]') from scheduling.availability a where a.practitioner_id = p.id) as windows,
      (select coalesce(json_agg(json_build_object(
          'onDate', e.on_date, 'startTime', to_char(e.start_time, 'HH24:MI'), 'endTime', to_char(e.end_time, 'HH24:MI'), 'open', e.open,
          'locationId', e.location_id, 'serviceId', e.service_id, 'note', e.note
        ) order by e.on_date, e.start_time), '[]')
        from scheduling.availability_exception e where e.practitioner_id = p.id and e.on_date >= (core.now() - interval '1 day')::date) as exceptions
    from facility.practitioner p
    where p.id = ${practitionerId}
  `);

/** All windows of a practitioner whose hours are locked; they stand under the oldest schedule, which is made when there is none. */
export const replaceAvailability = async (
  tx: Db,
  practitionerId: string,
  zone: string,
  { windows, exceptions }: NewAvailability,
): Promise<void> => {
  const scheduleId =
    (await tx.maybeOneFirst(sql.type(Id)`
      update scheduling.schedule set zone = ${zone}
      where id = (select id from scheduling.schedule where practitioner_id = ${practitionerId} and active order by id limit 1)
      returning id
    `)) ??
    (await tx.oneFirst(
      sql.type(
        Id,
      )`insert into scheduling.schedule (practitioner_id, zone) values (${practitionerId}, ${zone}) returning id`,
    ));
  await tx.query(sql.unsafe`delete from scheduling.availability where practitioner_id = ${practitionerId}`);
  const rows = windows.map((it) => [
    it.weekday,
    it.startTime,
    it.endTime,
    it.locationId ?? null,
    it.serviceId ?? null,
    it.validFrom ?? null,
    it.validTo ?? null,
    it.onHolidays ?? false,
  ]);
  await tx.query(sql.unsafe`
    insert into scheduling.availability (schedule_id, practitioner_id, weekday, start_time, end_time, location_id, service_id, valid_from, valid_to, on_holidays)
    select ${scheduleId}, ${practitionerId}, w.*
    from ${sql.unnest(rows, ['int2', 'time', 'time', 'uuid', 'uuid', 'date', 'date', 'bool'])} w
  `);
  if (exceptions === undefined) return;
  await tx.query(sql.unsafe`
    delete from scheduling.availability_exception where practitioner_id = ${practitionerId} and on_date >= (core.now() - interval '1 day')::date
  `);
  const days = exceptions.map((it) => [
    it.onDate,
    it.startTime,
    it.endTime,
    it.open,
    it.locationId ?? null,
    it.serviceId ?? null,
    it.note ?? null,
  ]);
  await tx.query(sql.unsafe`
    insert into scheduling.availability_exception (schedule_id, practitioner_id, on_date, start_time, end_time, open, location_id, service_id, note)
    select ${scheduleId}, ${practitionerId}, e.*
    from ${sql.unnest(days, ['date', 'time', 'time', 'bool', 'uuid', 'uuid', 'text'])} e
  `);
};

/** Of the user who asks, who they are as a practitioner. */
export const findOwn = (db: Db): Promise<string | null> =>
  db.maybeOneFirst(sql.type(Id)`select id from facility.practitioner where user_id = ${db.actor.id}::uuid and active`);
