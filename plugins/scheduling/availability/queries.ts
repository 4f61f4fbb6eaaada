import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { Availability, type NewAvailability } from './model.ts';

const Id = z.strictObject({ id: z.uuid() });

export const findAvailability = (db: Db, practitionerId: string, zone: string): Promise<Availability | null> =>
  db.maybeOne(sql.type(Availability)`
    select coalesce(max(s.zone), ${zone}) as zone, coalesce(json_agg(json_build_object(
        'weekday', a.weekday, 'startTime', to_char(a.start_time, 'HH24:MI'), 'endTime', to_char(a.end_time, 'HH24:MI'), 'locationId', a.location_id,
        'validFrom', a.valid_from, 'validTo', a.valid_to
      ) order by a.weekday, a.start_time, a.valid_from) filter (where a.id is not null), '[]') as windows
    from facility.practitioner p
    left join scheduling.availability a on a.practitioner_id = p.id
    left join scheduling.schedule s on s.id = a.schedule_id
    where p.id = ${practitionerId}
    group by p.id
  `);

/** All windows of a practitioner; they stand under the oldest schedule, which is made when there is none. */
export const replaceAvailability = async (
  tx: Db,
  practitionerId: string,
  zone: string,
  windows: NewAvailability['windows'],
): Promise<void> => {
  await tx.query(sql.unsafe`select pg_advisory_xact_lock(hashtextextended(${practitionerId}, 3))`);
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
    it.validFrom ?? null,
    it.validTo ?? null,
  ]);
  await tx.query(sql.unsafe`
    insert into scheduling.availability (schedule_id, practitioner_id, weekday, start_time, end_time, location_id, valid_from, valid_to)
    select ${scheduleId}, ${practitionerId}, w.*
    from ${sql.unnest(rows, ['int2', 'time', 'time', 'uuid', 'date', 'date'])} w
  `);
};
