import { sql, type Db } from '../../../core/database.ts';

/** Desk, triage, cashier, laboratory and pharmacy, and a room for every practitioner; tickets of today as they would be by now. */
export const demoQueue = async (owner: Db, zone: string): Promise<void> => {
  await points(owner);
  await ofAppointments(owner);
  await walkIns(owner);
  await number(owner, zone);
};

const points = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into scheduling.service_point (name, kind, prefix, location_id, practitioner_id, department_id)
    select who.display_name, 'consulting-room', upper(left(who.department_name, 1)), room.location_id, who.id, who.department_id
    from facility.practitioner_card who
    left join lateral (
      select a.location_id from scheduling.availability a where a.practitioner_id = who.id and a.location_id is not null
      order by a.weekday, a.start_time limit 1
    ) room on true
    where who.active and who.department_name is not null
    order by who.department_name, who.display_name, who.id
    on conflict (name) do nothing -- two of one name share a room
  `);
  await owner.query(sql.unsafe`
    insert into scheduling.service_point (name, kind, prefix) values
      ('Registration', 'registration', 'A'), ('Triage', 'triage', 'T'), ('Laboratory', 'laboratory', 'L'), ('Cashier', 'cashier', 'K'), ('Pharmacy desk', 'pharmacy', 'M')
  `);
  await owner.query(sql.unsafe`
    update scheduling.service_point p set next_point_id = n.id
    from scheduling.service_point n
    where n.name = case p.kind when 'registration' then 'Triage' when 'consulting-room' then 'Cashier' when 'laboratory' then 'Cashier' when 'cashier' then 'Pharmacy desk' end
  `);
};

/** Whoever was seen today has a ticket that is over; whoever is checked in waits, two are with the doctor. */
const ofAppointments = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    create temp table demo_ticket on commit drop as
    with clock as materialized (select core.now() as now, date_trunc('day', core.now()) as today),
    came as (
      select a.id, a.patient_id, a.practitioner_id, a.status, a.starts_at, a.ends_at, least(coalesce(a.checked_in_at, a.starts_at), clock.now) as arrived_at,
        clock.now, p.record_number,
        row_number() over (partition by a.practitioner_id, a.status = 'checked-in' and a.starts_at < clock.now - interval '2 minutes' order by a.starts_at) as turn
      from scheduling.appointment a
      join patients.patient p on p.id = a.patient_id
      cross join clock
      where a.status in ('fulfilled', 'checked-in') and a.starts_at >= clock.now - interval '5 hours' and coalesce(a.checked_in_at, a.starts_at) <= clock.now
        and a.starts_at < clock.now + interval '2 hours'
    ),
    being_seen as (
      select came.id from came join facility.practitioner who on who.id = came.practitioner_id
      where came.status = 'checked-in' and came.starts_at < came.now - interval '2 minutes' and came.turn = 1
      order by who.user_id is null, came.starts_at, came.id
      limit 2
    )
    select came.id as appointment_id, came.patient_id, point.id as point_id, point.prefix, came.record_number as place, came.arrived_at,
      case when came.status = 'fulfilled' then 'fulfilled' when seen.id is not null then 'in-progress' else 'created' end as status,
      case when came.status = 'fulfilled' or seen.id is not null
        then least(greatest(came.starts_at, came.arrived_at) + make_interval(mins => 1 + (hashtextextended(came.record_number, 21) & 7)::integer), came.now) end as called_at,
      case when came.status = 'fulfilled' then least(came.ends_at + interval '9 minutes', came.now) end as ended_at,
      greatest(came.arrived_at, came.starts_at) as turn_at, null::text as priority, null::text as priority_reason
    from came
    join scheduling.service_point point on point.practitioner_id = came.practitioner_id
    left join being_seen seen on seen.id = came.id
    where came.status = 'checked-in' or came.starts_at > came.now - interval '4 hours'
  `);
};

/** Of desk, triage, cashier and the others: every few minutes somebody, most of them done; the last four of each are there. */
const walkIns = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into demo_ticket
    select null, case when hashtextextended(free.record_number, 5) & 3 > 0 or point.kind <> 'registration' then free.id end, point.id, point.prefix,
      coalesce(free.record_number, point.name || nth), came.arrived_at,
      case when nth > 4 then 'fulfilled' when nth = 4 then 'in-progress' else 'created' end,
      case when nth >= 4 then came.arrived_at + came.wait end,
      case when nth > 4 then came.arrived_at + came.wait + interval '4 minutes' end,
      came.arrived_at, urgent.code, urgent.reason
    from (select *, row_number() over (order by name) as p from scheduling.service_point where kind <> 'consulting-room') point
    cross join generate_series(1, 14) nth
    left join ( -- in a small house the last have only a number
      select p.id, p.record_number, row_number() over (order by p.record_number) as r
      from patients.patient p
      where p.active and p.deceased_at is null and p.birth_date is not null and not exists (select from demo_ticket t where t.patient_id = p.id)
    ) free on free.r = (point.p - 1) * 14 + nth
    cross join lateral (
      select core.now() - make_interval(mins => (nth * 9 + point.p * 2)::integer) as arrived_at, make_interval(mins => (4 + (nth * 5 + point.p * 3) % 11)::integer) as wait
    ) came
    left join (values ('triage', 1, 'urgent', 'Shortness of breath'), ('registration', 2, 'elderly', null), ('cashier', 1, 'pregnant', null)) urgent (kind, turn, code, reason)
      on urgent.kind = point.kind and urgent.turn = nth
  `);
};

/** In the order in which they came; whoever came before midnight has a number of that day. */
const number = async (owner: Db, zone: string): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into scheduling.ticket (day, prefix, number, point_id, patient_id, appointment_id, category, status, priority, priority_reason, arrived_at, turn_at, queued_at,
      called_at, calls, ended_at)
    select (arrived_at at time zone ${zone})::date, prefix, row_number() over (partition by (arrived_at at time zone ${zone})::date, prefix order by arrived_at, place, point_id),
      point_id, patient_id, appointment_id, case when appointment_id is null then 'walk-in' else 'appointment' end, status, priority, priority_reason,
      arrived_at, turn_at, arrived_at, called_at, case when called_at is null then 0 else 1 end, ended_at
    from demo_ticket
    order by arrived_at, place
  `);
  await owner.query(sql.unsafe`
    insert into scheduling.ticket_number (day, prefix, last) select day, prefix, max(number) from scheduling.ticket group by day, prefix
  `);
};
