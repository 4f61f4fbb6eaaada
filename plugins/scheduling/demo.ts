import { inBulk } from '../../core/bulk.ts';
import { sql, type Db } from '../../core/database.ts';
import type { DemoPlan } from '../../core/plugin.ts';
import { demoGroup } from './groups/demo.ts';
import { demoQueue } from './queue/demo.ts';
import { demoSeries } from './series/demo.ts';
import { demoWaitlist } from './waitlist/demo.ts';

const reasons = [
  ['Family medicine', 'Cough for two weeks'],
  ['Family medicine', 'Blood pressure check'],
  ['Family medicine', 'Back pain'],
  ['Family medicine', 'Tired all the time'],
  ['Family medicine', 'Repeat prescription'],
  ['Family medicine', 'Sore throat'],
  ['Family medicine', 'Headache'],
  ['Family medicine', 'Diabetes control'],
  ['Cardiology', 'Palpitations'],
  ['Cardiology', 'Chest tightness on stairs'],
  ['Cardiology', 'Follow-up after stent'],
  ['Cardiology', 'Blood pressure hard to control'],
  ['Cardiology', 'Irregular pulse'],
  ['Cardiology', 'Swollen ankles'],
  ['Paediatrics', 'Fever since yesterday'],
  ['Paediatrics', 'Ear pain'],
  ['Paediatrics', 'Vaccination due'],
  ['Paediatrics', 'Cough at night'],
  ['Paediatrics', 'Growth check'],
];
const cancellations = [
  'Patient is travelling',
  'Patient feels better',
  'Practitioner was ill',
  'Another time suits better',
  'Transport was not possible',
];

/** Share of the times that are booked, by days from today. */
const fullness = [85, 81, 77, 74, 71, 48, 34, 24, 18, 14, 11, 9, 7, 6, 5, 4, 4, 3, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1];

/** A deterministic number in [0, most) for a row's number and a purpose. */
const pick = (n: ReturnType<typeof sql.fragment>, salt: number, most: number) =>
  sql.fragment`((hashint8extended(${n}, ${salt}) & 2147483647) % ${most})::integer`;
const n = sql.fragment`c.n`;

/**
 * Working hours, two years of visits that were, and a full calendar from today on. Every visit stands in a cell of its own,
 * so nothing can overlap, whatever the size: cells are numbered, and visits and patients are dealt out by arithmetic.
 */
export const demoSchedule = async (owner: Db, { zone, visitsPerPatient, progress }: DemoPlan): Promise<void> => {
  await hours(owner, zone);
  // Made in this transaction or in the one before: without figures the planner would walk through years row by row.
  await owner.query(sql.unsafe`
    analyze scheduling.schedule, scheduling.availability, facility.practitioner, facility.practitioner_role, facility.organization, patients.patient
  `);
  await deal(owner, zone);
  progress('scheduling: two years of visits');
  await inBulk(owner, ['scheduling.appointment'], () => past(owner, visitsPerPatient));
  progress('scheduling: the days to come');
  await toCome(owner);
  await equipment(owner);
  progress('scheduling: who waits today');
  await demoQueue(owner, zone);
  await demoGroup(owner, zone);
  await demoSeries(owner, zone);
  await demoWaitlist(owner);
  await away(owner, zone);
};

/** Holidays and a leave beyond the days that are booked, so that they hit nobody. */
const away = async (owner: Db, zone: string): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into scheduling.holiday (on_date, name)
    select make_date(year, holiday.month, holiday.day), holiday.name
    from (select (core.now() at time zone ${zone})::date as today) at
    cross join generate_series(extract(year from at.today)::integer, extract(year from at.today)::integer + 1) year
    cross join (values (1, 1, 'New Year'), (5, 1, 'Labour Day'), (12, 25, 'Christmas Day'), (12, 26, 'Second Christmas Day')) holiday (month, day, name)
    where make_date(year, holiday.month, holiday.day) > at.today + 40
    order by 1
  `);
  await owner.query(sql.unsafe`
    insert into scheduling.leave (practitioner_id, starts_at, ends_at, kind)
    select p.id, (at.today + 60)::timestamp at time zone ${zone}, (at.today + 68)::timestamp at time zone ${zone}, 'vacation'
    from (select (core.now() at time zone ${zone})::date as today) at
    cross join (select practitioner_id as id from scheduling.schedule where practitioner_id is not null order by practitioner_id limit 3) p
  `);
};

/**
 * An ECG needs its device, some consultations ultrasound or X-ray: as many of those to come as the equipment has time for.
 * Which of two appointments gets it is the constraint's to say.
 */
const equipment = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    with taken as (
      insert into scheduling.occupancy (appointment_id, actor_id, patient_id, during)
      select a.id, d.id, a.patient_id, tstzrange(a.starts_at, a.ends_at)
      from scheduling.appointment a
      join patients.patient p on p.id = a.patient_id
      join facility.healthcare_service s on s.id = a.service_id
      cross join lateral (select hashtextextended(p.record_number || a.starts_at, 7) & 2147483647 as h) dice
      join lateral (
        select d.id from facility.device d
        where d.type = case when s.name = 'ECG' then 'ECG' when d.organization_id = s.organization_id then d.type end
          and (s.name = 'ECG' or (d.type <> 'ECG' and dice.h % 6 = 0))
        order by hashtextextended(p.record_number || a.starts_at || d.name, 8), d.id
        limit 1
      ) d on true
      where a.starts_at >= (select date_trunc('day', core.now())) and scheduling.blocks(a.status)
      order by a.starts_at, a.id
      on conflict do nothing
      returning appointment_id, actor_id
    )
    update scheduling.appointment a set also_taken = array[taken.actor_id] from taken where a.id = taken.appointment_id
  `);
};

/**
 * Two share a room. Everybody works five days in seven, early or late by turns; the first of a department works every day
 * and the second evenings. Whenever the demo starts, the first of each department is there: out of hours in an open
 * consultation, today only.
 */
const hours = async (owner: Db, zone: string): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into scheduling.schedule (practitioner_id, zone) select id, ${zone} from facility.practitioner where active order by id
  `);
  await owner.query(sql.unsafe`
    with staff as (
      select p.id, s.id as schedule_id, row_number() over (order by p.id)::integer - 1 as k, count(*) over ()::integer as many
      from facility.practitioner p join scheduling.schedule s on s.practitioner_id = p.id
    ),
    room as (select id, row_number() over (order by id)::integer - 1 as r from facility.location where kind = 'room'),
    working as (
      select staff.id, staff.schedule_id, room.id as location_id, weekday, case
        when k % (many / 3) = 0 then '{08:00-12:00,12:30-16:30}'
        when k % (many / 3) = 1 then '{16:30-20:30}'
        when (k + weekday) % 2 = 0 then '{07:30-10:30,11:00-13:30}'
        else '{13:30-16:30,17:00-19:30}'
      end::text[] as spans
      from staff
      left join room on room.r = staff.k / 2
      cross join generate_series(1, 7) weekday
      where k % (many / 3) = 0 or (weekday + k * 2) % 7 > 1
    )
    insert into scheduling.availability (schedule_id, practitioner_id, location_id, weekday, start_time, end_time)
    select schedule_id, id, location_id, weekday, split_part(span, '-', 1)::time, split_part(span, '-', 2)::time
    from working cross join unnest(spans) span
    order by id, weekday, span
  `);
  await owner.query(sql.unsafe`
    with at as (select core.now() at time zone ${zone} as local),
    wished as (
      select tsrange(
        greatest(date_trunc('hour', local - interval '90 minutes'), date_trunc('day', local)),
        least(date_trunc('hour', local + interval '4 hours'), date_trunc('day', local) + interval '1 day')
      ) as span, local::date as day, extract(isodow from local)::smallint as weekday
      from at
    ),
    first as (
      select s.id as schedule_id, s.practitioner_id
      from scheduling.schedule s join facility.practitioner_card c on c.id = s.practitioner_id
      where s.practitioner_id = (select min(o.id::text)::uuid from facility.practitioner_card o where o.department_id = c.department_id)
    )
    insert into scheduling.availability (schedule_id, practitioner_id, weekday, start_time, end_time, valid_from, valid_to)
    select first.schedule_id, first.practitioner_id, wished.weekday, lower(gap)::time, case when upper(gap)::date > day then '24:00' else upper(gap)::time end, day, day
    from first
    cross join wished
    cross join lateral (
      select tsrange(day + min(a.start_time), day + max(a.end_time)) as hours
      from scheduling.availability a where a.practitioner_id = first.practitioner_id and a.weekday = wished.weekday
    ) usual
    cross join lateral unnest(tsmultirange(wished.span) - tsmultirange(usual.hours)) gap
    where not usual.hours @> (select local from at) and upper(gap) - lower(gap) >= interval '30 minutes'
  `);
};

/**
 * What is dealt out: patients and cells, each numbered from 0, children (paediatrics) and adults for themselves. A cell is as
 * long as the usual visit of its department.
 */
const deal = async (owner: Db, zone: string): Promise<void> => {
  await owner.query(sql.unsafe`
    create temp table demo_patient on commit drop as
    select p.id, p.birth_date, p.deceased_at, p.child, row_number() over (partition by p.child order by p.id) - 1 as n
    from (
      select id, birth_date, deceased_at, birth_date > (select core.now() - interval '18 years')::date as child
      from patients.patient where active and birth_date is not null
    ) p
  `);
  await owner.query(sql.unsafe`
    create temp table demo_service on commit drop as
    select s.organization_id as department_id, d.name as department, d.name = 'Paediatrics' as child, s.id, make_interval(mins => s.duration_minutes) as length,
      row_number() over (partition by s.organization_id order by s.id) - 1 as place, array_agg(r.reason) as reasons
    from facility.healthcare_service s
    join facility.organization d on d.id = s.organization_id
    left join ${sql.unnest(reasons, ['text', 'text'])} r (department, reason) on r.department = d.name
    group by s.id, d.id
  `);
  await owner.query(sql.unsafe`
    create temp table demo_cell on commit drop as
    with today as materialized (select date_trunc('day', core.now() at time zone ${zone}) as local),
    staff as materialized (
      select p.id, usual.department_id, usual.child, usual.length
      from facility.practitioner_card p join demo_service usual on usual.department_id = p.department_id and usual.place = 0
    )
    select c.practitioner_id, c.location_id, c.department_id, c.child, c.starts_at, c.day, row_number() over (partition by c.child, c.day < 0 order by c.starts_at, c.practitioner_id) - 1 as n
    from (
      select w.practitioner_id, w.location_id, staff.department_id, staff.child, cell as starts_at, (cell at time zone ${zone})::date - today.local::date as day
      from today
      cross join lateral scheduling.windows(null, (today.local - interval '2 years') at time zone ${zone}, (today.local + ${fullness.length} * interval '1 day') at time zone ${zone}) w
      join staff on staff.id = w.practitioner_id
      cross join lateral generate_series(lower(w.during), upper(w.during) - staff.length, staff.length) cell
    ) c
  `);
  await owner.query(sql.unsafe`analyze demo_patient`);
  await owner.query(sql.unsafe`analyze demo_service`);
  await owner.query(sql.unsafe`analyze demo_cell`);
};

/** Number of the patient for turn `i` of `many`: everybody once a round, in an order that does not show. 7919 and 104729 are prime. */
const turn = (i: ReturnType<typeof sql.fragment>) =>
  sql.fragment`((${i} % many.patients) * case when many.patients % 7919 = 0 then 104729 else 7919 end) % many.patients`;

const service = sql.fragment`
  join demo_service s on s.department_id = c.department_id and s.place = case when ${pick(n, 1, 20)} < 12 then 0 when ${pick(n, 1, 20)} < 17 then 1 else 2 end
`;
const reason = sql.fragment`s.reasons[1 + ${pick(n, 2, 1000)} % cardinality(s.reasons)]`;
const cancellation = sql.fragment`(${sql.array(cancellations, 'text')})[1 + ${pick(n, 3, cancellations.length)}]`;

/** How many visits lie before cell `at`: evenly spread, but the last part of the time is `busy` times as full as what was before. */
const visitsBefore = (at: ReturnType<typeof sql.fragment>) => sql.fragment`floor(
  many.visits * (${at}::float8 / many.cells + (many.busy - 1) * greatest(0, ${at}::float8 / many.cells - ${1 - lately}))
  / (1 + (many.busy - 1) * ${lately})
)::bigint`;
/** Of the two years: nine weeks, so that this month and the one before look alike and like the calendar of today. */
const lately = 0.09;
const busiest = 20;

/**
 * Visits are spread over the cells, more of them lately as far as there are cells. A round gives every patient one; a third of them is passed on to the patient
 * half a round away, so that some come often and some rarely, and nobody is at two places at one time.
 */
const past = async (owner: Db, visitsPerPatient: number): Promise<void> => {
  await owner.query(sql.unsafe`
    with size as (
      select c.child, c.cells, p.patients, least(p.patients * ${visitsPerPatient}::bigint, c.cells * 95 / 100) as visits
      from (select child, count(*) as cells from demo_cell where day < 0 group by child) c
      join (select child, count(*) as patients from demo_patient group by child) p on p.child = c.child
    ),
    many as (
      select size.*, case when room * ${lately} >= 1 then ${busiest} else least(${busiest}, greatest(1, room * ${1 - lately} / (1 - room * ${lately}))) end as busy
      from size cross join lateral (select 0.9 * cells / greatest(visits, 1) as room) r
    ),
    visit as (
      select c.*, ${visitsBefore(sql.fragment`c.n`)} as i, many.patients
      from demo_cell c join many on many.child = c.child
      where c.day < 0 and ${visitsBefore(sql.fragment`c.n`)} <> ${visitsBefore(sql.fragment`(c.n + 1)`)}
    ),
    meant as (
      select c.*, ${turn(sql.fragment`(many.i + case when ${pick(n, 4, 3)} = 0 then many.patients / 2 else 0 end)`)} as patient_n
      from visit c cross join lateral (select c.i, c.patients) many
    )
    insert into scheduling.appointment (patient_id, practitioner_id, location_id, service_id, status, starts_at, ends_at, reason, cancellation_reason, checked_in_at, created_at, updated_at)
    select p.id, c.practitioner_id, c.location_id, s.id, status, c.starts_at, c.starts_at + s.length, ${reason},
      case when status = 'cancelled' then ${cancellation} end,
      case when status = 'fulfilled' then c.starts_at - make_interval(mins => ${pick(n, 5, 22)} - 4) end,
      booked.at, case when status = 'cancelled' then greatest(booked.at, c.starts_at - make_interval(hours => 2 + ${pick(n, 6, 70)})) else c.starts_at + s.length end
    from meant c
    join demo_patient p on p.child = c.child and p.n = c.patient_n
    ${service}
    cross join lateral (select case when ${pick(n, 7, 100)} < 5 then 'noshow' when ${pick(n, 7, 100)} < 12 then 'cancelled' else 'fulfilled' end as status) settled
    cross join lateral (select c.starts_at - make_interval(days => 1 + ${pick(n, 8, 28)}, mins => ${pick(n, 9, 600)}) as at) booked
    where p.birth_date < c.starts_at and (p.deceased_at is null or c.starts_at + s.length < p.deceased_at)
    order by c.starts_at
  `);
};

/** Today is partly done: who was seen, who waits, who is late, who is still expected. A patient comes once a day at most. */
const toCome = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    with clock as materialized (select core.now() as now), -- once: it reads a table
    many as (select child, count(*) as patients from demo_patient where deceased_at is null group by child),
    living as (select id, child, row_number() over (partition by child order by n) - 1 as n from demo_patient where deceased_at is null),
    wanted as (
      select c.*, many.patients, row_number() over (partition by c.child, c.day order by ${pick(n, 13, 1_000_000)}, c.n) as of_day
      from demo_cell c join many on many.child = c.child
      where c.day >= 0 and ${pick(n, 10, 100)} < (${sql.array(fullness, 'int4')})[1 + c.day]
    ),
    chosen as (
      select c.*, row_number() over (partition by c.child order by c.starts_at, c.practitioner_id) - 1 as g from wanted c where c.of_day <= c.patients
    ),
    planned as (
      select clock.now, c.n, c.practitioner_id, c.location_id, p.id as patient_id, s.id as service_id, c.day, c.starts_at, c.starts_at + s.length as ends_at, ${reason} as reason,
        ${pick(n, 11, 100)} as chance,
        row_number() over (partition by c.starts_at > now - interval '30 minutes' and c.starts_at < now - interval '5 minutes' order by c.starts_at, c.n) as turn
      from chosen c
      cross join clock
      cross join lateral (select c.patients) many
      join living p on p.child = c.child and p.n = ${turn(sql.fragment`c.g`)}
      ${service}
    ),
    settled as (
      select c.*, case
        when c.starts_at <= now - interval '30 minutes' then case when chance < 5 then 'noshow' when chance < 9 then 'cancelled' else 'fulfilled' end
        when c.starts_at < now - interval '5 minutes' then case when turn = 2 or chance < 12 then 'booked' else 'checked-in' end
        when c.starts_at <= now + interval '45 minutes' and chance < 65 then 'checked-in'
        when chance > 95 then 'cancelled'
        else 'booked'
      end as status
      from planned c
    ),
    made as (
      insert into scheduling.appointment (patient_id, practitioner_id, location_id, service_id, status, starts_at, ends_at, reason, cancellation_reason, checked_in_at, created_at, updated_at)
      select c.patient_id, c.practitioner_id, c.location_id, c.service_id, c.status, c.starts_at, c.ends_at, c.reason,
        case when c.status = 'cancelled' then ${cancellation} end,
        case c.status
          when 'fulfilled' then c.starts_at - make_interval(mins => ${pick(n, 5, 22)} - 4)
          when 'checked-in' then least(c.starts_at - make_interval(mins => ${pick(n, 5, 14)}), c.now - make_interval(mins => 2 + ${pick(n, 12, 26)}))
        end,
        c.now - make_interval(days => 1 + ${pick(n, 8, 28)}, mins => ${pick(n, 9, 600)}),
        least(c.now, c.ends_at)
      from settled c
      order by c.starts_at
      returning id, patient_id, practitioner_id, location_id, starts_at, ends_at, status
    )
    insert into scheduling.occupancy (appointment_id, actor_id, patient_id, during, blocking)
    select it.id, actor, it.patient_id, tstzrange(it.starts_at, it.ends_at), scheduling.blocks(it.status)
    from made it
    cross join lateral unnest(array[it.patient_id, it.practitioner_id, it.location_id]) actor
    where actor is not null
  `);
};
