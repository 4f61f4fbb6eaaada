import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { TimedAppointment } from '../booking/model.ts';
import { item } from '../booking/read.ts';
import { Group } from '../groups/model.ts';
import { group } from '../groups/queries.ts';
import { DayPractitioner } from './model.ts';

interface Day {
  date: string;
  zone: string;
  departmentId?: string | undefined;
  practitionerId?: string | undefined;
}
const bounds = ({ date, zone }: Day): Fragment => sql.fragment`
  select ${date}::date::timestamp at time zone ${zone}::text as begins, (${date}::date + 1)::timestamp at time zone ${zone}::text as ends
`;
const isMeant = (column: Fragment, { departmentId, practitionerId }: Day): Fragment =>
  sql.and([
    sql.fragment`true`,
    practitionerId !== undefined && sql.fragment`${column} = ${practitionerId}`,
    departmentId !== undefined &&
      sql.fragment`${column} in (select r.practitioner_id from facility.practitioner_role r where r.active and r.organization_id = ${departmentId})`,
  ]) as Fragment;

/** Who is there or has appointments on this day, by department and name. */
export const listPractitionersOfDay = (db: Db, day: Day): Promise<readonly DayPractitioner[]> =>
  db.any(sql.type(DayPractitioner)`
    with day as (${bounds(day)}),
    w as (
      select w.practitioner_id, json_agg(json_build_object(
        'start', core.json_time(lower(w.during)), 'end', core.json_time(upper(w.during)), 'locationId', w.location_id, 'locationName', l.name,
        'locationCapacity', coalesce(room.capacity, 1)
      ) order by lower(w.during)) as windows
      from day
      cross join lateral scheduling.windows(null, day.begins, day.ends) w
      left join facility.location l on l.id = w.location_id
      left join scheduling.capacity room on room.id = w.location_id
      group by w.practitioner_id
    )
    select c.id, c.display_name, c.department_id, c.department_name, coalesce(many.capacity, 1) as capacity, coalesce(w.windows, '[]') as windows
    from facility.practitioner_card c
    cross join day
    left join w on w.practitioner_id = c.id
    left join scheduling.capacity many on many.id = c.id
    where ${isMeant(sql.fragment`c.id`, day)}
      and (w.windows is not null and c.active
        or exists (
          select from scheduling.appointment a
          where a.practitioner_id = c.id and a.starts_at >= day.begins and a.starts_at < day.ends and a.status <> 'entered-in-error'
            and ${maySee(db, 'a.patient_id')}
        ))
    order by c.department_name nulls last, c.display_name, c.id
    limit 1000
  `);

/** Those that take place. */
export const listGroupsOfDay = (db: Db, day: Day): Promise<readonly Group[]> =>
  db.any(sql.type(Group)`
    ${group}
    cross join (${bounds(day)}) day
    where a.starts_at >= day.begins and a.starts_at < day.ends and scheduling.blocks(a.status) and ${isMeant(sql.fragment`a.practitioner_id`, day)} -- shows no patient
    order by a.starts_at, g.id
    limit 1000
  `);

/** All appointments that start on this day, settled ones too. */
export const listAppointmentsOfDay = (db: Db, day: Day): Promise<readonly TimedAppointment[]> =>
  db.any(sql.type(TimedAppointment)`
    ${item}
    cross join (${bounds(day)}) day
    where it.starts_at >= day.begins and it.starts_at < day.ends and it.status <> 'entered-in-error' and ${maySee(db, 'it.patient_id')}
      and ${isMeant(sql.fragment`it.practitioner_id`, day)}
    order by it.starts_at, it.id
    limit 10000
  `);
