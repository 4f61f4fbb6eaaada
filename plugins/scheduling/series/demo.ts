import { sql, type Db } from '../../../core/database.ts';

/** Six weeks with a cardiologist, always on the same weekday at the same time; a week in which that is taken is left out. */
export const demoSeries = async (owner: Db, zone: string): Promise<void> => {
  await owner.query(sql.unsafe`
    with first as (
      select w.practitioner_id, w.location_id, s.id as service_id, cell at time zone ${zone} as local, (extract(epoch from s.length) / 60)::integer as minutes
      from (select date_trunc('day', core.now() at time zone ${zone}) as local) today
      cross join lateral scheduling.windows(null, (today.local + interval '4 days') at time zone ${zone}, (today.local + interval '15 days') at time zone ${zone}) w
      join facility.practitioner_card p on p.id = w.practitioner_id and p.department_name = 'Cardiology'
      join demo_service s on s.department_id = p.department_id and s.place = 0
      cross join lateral generate_series(lower(w.during), upper(w.during) - s.length, s.length) cell
      where not exists (
        select from scheduling.occupancy o
        where o.blocking and o.actor_id in (w.practitioner_id, w.location_id) and o.during && tstzrange(cell, cell + s.length)
      )
      order by cell, w.practitioner_id
      limit 1
    )
    insert into scheduling.series (patient_id, practitioner_id, location_id, service_id, reason, zone, start_on, start_time, minutes, frequency, every, last_on)
    select p.id, first.practitioner_id, first.location_id, first.service_id, 'Heart failure: weight and pressure each week', ${zone}, first.local::date, first.local::time,
      first.minutes, 'weekly', 1, first.local::date + 35
    from first
    cross join lateral (
      select p.id from demo_patient p
      where not p.child and p.deceased_at is null and not exists (
        select from scheduling.occupancy o
        where o.blocking and o.actor_id = p.id and o.during && tstzrange(first.local at time zone ${zone}, (first.local + make_interval(mins => first.minutes)) at time zone ${zone})
      )
      order by p.n desc
      limit 1
    ) p
  `);
  await owner.query(sql.unsafe`
    create temp table demo_occurrence on commit drop as
    with date as (
      select s.id as series_id, s.patient_id, s.practitioner_id, s.location_id, s.service_id, s.reason, s.minutes, s.start_on + 7 * n as on_date,
        (s.start_on + 7 * n + s.start_time) at time zone s.zone as starts_at
      from scheduling.series s cross join generate_series(0, 5) n
    ),
    made as (
      insert into scheduling.appointment (patient_id, practitioner_id, location_id, service_id, reason, status, starts_at, ends_at)
      select patient_id, practitioner_id, location_id, service_id, reason, 'booked', starts_at, starts_at + make_interval(mins => minutes) from date
      returning id, patient_id, practitioner_id, starts_at, ends_at
    )
    select date.series_id, date.on_date, made.* from made join date on date.patient_id = made.patient_id and date.starts_at = made.starts_at
  `);
  await owner.query(sql.unsafe`
    with taken as materialized (select it.id, (scheduling.take(it.id, null)).taken from (select id from demo_occurrence order by starts_at) it)
    insert into scheduling.occurrence (series_id, occurs_on, patient_id, appointment_id, starts_at, ends_at, practitioner_id)
    select it.series_id, it.on_date, it.patient_id, case when t.taken then it.id end, case when t.taken then it.starts_at end,
      case when t.taken then it.ends_at end, case when t.taken then it.practitioner_id end
    from demo_occurrence it join taken t on t.id = it.id
  `);
  await owner.query(sql.unsafe`
    delete from scheduling.appointment a using demo_occurrence it
    where a.id = it.id and not exists (select from scheduling.occurrence o where o.appointment_id = it.id)
  `);
};
