import { sql, type Db } from '../../../core/database.ts';

/** A back school with eight places, five of them taken, at the first free hour of a family doctor from the day after tomorrow on. */
export const demoGroup = async (owner: Db, zone: string): Promise<void> => {
  await owner.query(sql.unsafe`
    with hour as (
      select w.practitioner_id, w.location_id, s.id as service_id, cell as starts_at, cell + interval '1 hour' as ends_at
      from (select date_trunc('day', core.now() at time zone ${zone}) as local) today
      cross join lateral scheduling.windows(null, (today.local + interval '2 days') at time zone ${zone}, (today.local + interval '20 days') at time zone ${zone}) w
      join facility.practitioner_card p on p.id = w.practitioner_id and p.department_name = 'Family medicine'
      join demo_service s on s.department_id = p.department_id and s.place = 0
      cross join lateral generate_series(lower(w.during), upper(w.during) - interval '1 hour', interval '1 hour') cell
      where not exists (
        select from scheduling.occupancy o
        where o.blocking and o.actor_id in (w.practitioner_id, w.location_id) and o.during && tstzrange(cell, cell + interval '1 hour')
      )
      order by cell, w.practitioner_id
      limit 1
    ),
    made as (
      insert into scheduling.appointment (practitioner_id, location_id, service_id, status, starts_at, ends_at)
      select practitioner_id, location_id, service_id, 'booked', starts_at, ends_at from hour returning id
    )
    insert into scheduling.group_session (id, places, note) select id, 8, 'Back school' from made
  `);
  await owner.query(sql.unsafe`select scheduling.take(g.id, null) from scheduling.group_session g`);
  await owner.query(sql.unsafe`
    with seat as (
      select g.id as group_id, a.practitioner_id, a.location_id, a.service_id, a.starts_at, a.ends_at, p.id as patient_id
      from scheduling.group_session g
      join scheduling.appointment a on a.id = g.id
      cross join lateral (
        select p.id from demo_patient p
        where not p.child and p.deceased_at is null and not exists (
          select from scheduling.occupancy o where o.blocking and o.actor_id = p.id and o.during && tstzrange(a.starts_at, a.ends_at)
        )
        order by p.n
        limit 5
      ) p
    ),
    made as (
      insert into scheduling.appointment (patient_id, practitioner_id, location_id, service_id, status, starts_at, ends_at)
      select patient_id, practitioner_id, location_id, service_id, 'booked', starts_at, ends_at from seat returning id, patient_id
    )
    insert into scheduling.group_participant (appointment_id, group_id, patient_id)
    select made.id, seat.group_id, made.patient_id from made join seat on seat.patient_id = made.patient_id
  `);
  await owner.query(
    sql.unsafe`select scheduling.take(p.appointment_id, null) from scheduling.group_participant p order by p.patient_id`,
  );
};
