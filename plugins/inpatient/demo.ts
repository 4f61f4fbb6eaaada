import { inBulk } from '../../core/bulk.ts';
import { sql, type Db, type Fragment } from '../../core/database.ts';
import type { DemoPlan } from '../../core/plugin.ts';

const wards = [
  { name: 'Medical ward', department: 'Family medicine', level: 'general', code: 'BED-MED', beds: 12, perRoom: 2 },
  { name: 'Cardiology ward', department: 'Cardiology', level: 'general', code: 'BED-CARD', beds: 8, perRoom: 2 },
  { name: 'Intensive care', department: 'Cardiology', level: 'intensive', code: 'BED-ICU', beds: 4, perRoom: 1 },
] as const;

/** Why people lie there: department or level, words, ICD-10-CM. */
const reasons = [
  ['Family medicine', 'Community-acquired pneumonia', 'J18.9'],
  ['Family medicine', 'Urinary tract infection with fever', 'N39.0'],
  ['Family medicine', 'Exacerbation of COPD', 'J44.1'],
  ['Family medicine', 'Dehydration', 'E86.0'],
  ['Family medicine', 'Cellulitis of the leg', 'L03.90'],
  ['Family medicine', 'Diabetes out of control', 'E11.65'],
  ['Cardiology', 'Heart failure, getting worse', 'I50.9'],
  ['Cardiology', 'Unstable angina', 'I20.0'],
  ['Cardiology', 'Atrial fibrillation, fast', 'I48.91'],
  ['Cardiology', 'Syncope, to be monitored', 'R55'],
  ['intensive', 'Sepsis', 'A41.9'],
  ['intensive', 'Heart attack', 'I21.4'],
  ['intensive', 'Respiratory failure', 'J96.01'],
] as const;

/** A deterministic number in [0, most) for a text and a purpose. */
const pick = (text: Fragment, salt: number, most: number): Fragment =>
  sql.fragment`((hashtextextended(${text}, ${salt}) & 2147483647) % ${most})::integer`;
const now = sql.fragment`(select core.now())`;
const hours = (n: Fragment): Fragment => sql.fragment`make_interval(hours => ${n})`;

/**
 * Three wards (as many again for each 5,000 patients), two years of stays and a full house today. Each bed's time is cut into
 * stays by arithmetic, so none can overlap; who is left from an intensive bed when another bed is free goes on there. A small
 * hospital has fewer patients than its beds could have taken: of the stays before the last month it keeps what they can fill.
 */
export const demoWards = async (owner: Db, plan: DemoPlan): Promise<void> => {
  plan.progress('inpatient: two years of stays');
  await places(owner, Math.max(1, Math.min(20, Math.floor(plan.patients / 5000))));
  await periods(owner, plan);
  await people(owner);
  await inBulk(
    owner,
    ['ehr.encounter', 'ehr.encounter_status', 'ehr.condition', 'inpatient.stay', 'inpatient.bed_stay'],
    () => write(owner, plan),
  );
  await bedDays(owner, plan);
  await today(owner);
};

const places = async (owner: Db, times: number): Promise<void> => {
  const rows = Array.from({ length: times }, (_, time) =>
    wards.map((it, n) => [
      time * wards.length + n,
      time === 0 ? it.name : `${it.name} ${time + 1}`,
      it.department,
      it.level,
      it.code,
      it.beds,
      it.perRoom,
      `${it.name[0]}${time === 0 ? '' : time + 1}`,
    ]),
  ).flat();
  await owner.query(sql.unsafe`
    create temp table demo_ward on commit drop as
    select uuidv7() as id, w.*, o.id as organization_id
    from ${sql.unnest(rows, ['int4', 'text', 'text', 'text', 'text', 'int4', 'int4', 'text'])} w (position, name, department, level, code, beds, per_room, letter)
    left join facility.organization o on o.kind = 'department' and o.name = w.department
    order by w.position
  `);
  await owner.query(sql.unsafe`
    create temp table demo_room on commit drop as
    select uuidv7() as id, w.id as ward_id, w.organization_id, w.letter || ' ' || (r + 1) as name, r, w.per_room, w.position
    from demo_ward w cross join lateral generate_series(0, w.beds / w.per_room - 1) r
    order by w.position, r
  `);
  await owner.query(sql.unsafe`
    create temp table demo_bed on commit drop as
    select uuidv7() as id, r.ward_id, r.id as room_id, r.organization_id, r.name || case when r.per_room > 1 then chr(97 + n) else '' end as name,
      row_number() over (partition by r.ward_id order by r.r, n)::integer as position, row_number() over (order by r.position, r.r, n) as b
    from demo_room r cross join lateral generate_series(0, r.per_room - 1) n
    order by r.position, r.r, n
  `);
  await owner.query(sql.unsafe`
    insert into facility.location (id, kind, name, organization_id, parent_id)
    select id, 'ward', name, organization_id, (select l.id from facility.location l where l.kind = 'site' order by l.id limit 1) from demo_ward
    union all select id, 'room', 'Room ' || name, organization_id, ward_id from demo_room
    union all select id, 'bed', name, organization_id, room_id from demo_bed
  `);
  await owner.query(sql.unsafe`
    insert into inpatient.ward (id, level, charge_code, position) select id, level, code, position from demo_ward order by position
  `);
  await owner.query(sql.unsafe`
    insert into inpatient.bed (id, ward_id, position, since) select id, ward_id, position, ${now} - interval '2 years' from demo_bed order by b
  `);
};

/** The times in which a bed has somebody. Of the medical ward one bed is closed and one was left a moment ago. */
const periods = async (owner: Db, { patients }: DemoPlan): Promise<void> => {
  const key = sql.fragment`(b.b || ' ' || k)`;
  await owner.query(sql.unsafe`
    create temp table demo_period on commit drop as
    with cut as (
      select b.id as bed_id, b.ward_id, b.b, b.position, w.level, w.position as ward, k, ${hours(sql.fragment`14 + ${pick(key, 1, 60)} + ${pick(key, 2, 150)}`)} as length,
        ${hours(sql.fragment`3 + ${pick(key, 3, 46)}`)} as gap
      from demo_bed b join demo_ward w on w.id = b.ward_id cross join generate_series(1, 260) k
    ),
    laid as (
      select c.*, ${now} - interval '2 years' + sum(c.length + c.gap) over (partition by c.bed_id order by c.k) - c.length as starts_at from cut c
    )
    select uuidv7() as id, l.bed_id, l.ward_id, l.level, l.starts_at, l.starts_at - l.gap as free_since,
      case when l.ward = 0 and l.position = 11 and l.starts_at + l.length > ${now} then ${now} - interval '40 minutes' else l.starts_at + l.length end as ends_at,
      l.b || ' ' || l.k as key
    from laid l
    where l.starts_at < ${now} - interval '2 hours' and not (l.ward = 0 and l.position = 12 and l.starts_at + l.length > ${now} - interval '3 days')
      and (l.starts_at > ${now} - interval '35 days' or ${pick(sql.fragment`(l.b || ' ' || l.k)`, 4, 1000)} < ${Math.round((patients / 1300) * 1000)})
    order by l.starts_at, l.bed_id
  `);
  await owner.query(sql.unsafe`create index on demo_period (starts_at) where level = 'general'`);
  await owner.query(sql.unsafe`analyze demo_period`);
  await owner.query(sql.unsafe`
    create temp table demo_stay on commit drop as
    with onward as (
      select i.id as stay, g.id as period
      from demo_period i
      cross join lateral (
        select g.id from demo_period g
        where g.level = 'general' and g.starts_at > i.ends_at and g.starts_at < i.ends_at + interval '49 hours' -- no bed is free for longer
          and g.free_since < i.ends_at and g.ends_at > i.ends_at + interval '20 hours'
        order by g.starts_at
        limit 1
      ) g
      where i.level = 'intensive' and i.ends_at < ${now} - interval '1 hour'
    ),
    once as (select distinct on (period) stay, period from onward order by period, stay)
    select p.id as period_id, coalesce(o.stay, p.id) as stay_id, p.bed_id, p.ward_id, p.level, p.key, coalesce(i.ends_at, p.starts_at) as starts_at,
      case when p.ends_at <= ${now} then p.ends_at end as ends_at, p.ends_at as planned_end
    from demo_period p
    left join once o on o.period = p.id
    left join demo_period i on i.id = o.stay
  `);
};

/** Adults; who lies there today is, where possible, not expected at a consultation. Whoever would lie in two beds lies in one. */
const people = async (owner: Db): Promise<void> => {
  const scheduling = await owner.exists(sql.unsafe`select where to_regclass('scheduling.appointment') is not null`);
  const expected = scheduling
    ? sql.fragment`exists (select from scheduling.appointment a where a.patient_id = p.id and a.starts_at between ${now} - interval '12 hours' and ${now} + interval '12 hours' and a.status <> 'cancelled')`
    : sql.fragment`false`;
  await owner.query(sql.unsafe`
    create temp table demo_adult on commit drop as
    select a.id, a.expected, row_number() over (order by a.expected, md5(a.record_number)) - 1 as n
    from (
      select p.id, p.record_number, ${expected} as expected from patients.patient p
      where p.active and p.deceased_at is null and p.birth_date < (${now} - interval '20 years')::date
    ) a
  `);
  await owner.query(sql.unsafe`analyze demo_adult`);
  await owner.query(sql.unsafe`
    create temp table demo_admission on commit drop as
    with whole as (
      select s.stay_id, min(s.starts_at) as admitted_at, case when bool_and(s.ends_at is not null) then max(s.ends_at) end as discharged_at, max(s.planned_end) as planned_end,
        (array_agg(s.ward_id order by s.starts_at))[1] as ward_id, (array_agg(s.level order by s.starts_at))[1] as level, min(s.key) as key
      from demo_stay s group by s.stay_id
    ),
    numbered as (
      select w.*, row_number() over (order by w.discharged_at is null desc, w.admitted_at desc, w.stay_id) - 1 as n, w.discharged_at is null or w.discharged_at > ${now} - interval '20 days' as recent
      from whole w
    )
    select n.*, a.id as patient_id
    from numbered n
    cross join (select count(*) as many from demo_adult) adults
    join demo_adult a on a.n = n.n % adults.many
  `);
  await owner.query(sql.unsafe`
    delete from demo_admission d using demo_admission o
    where o.patient_id = d.patient_id and o.n < d.n and tstzrange(o.admitted_at - interval '2 days', o.discharged_at) && tstzrange(d.admitted_at - interval '2 days', d.discharged_at)
  `);
  await owner.query(sql.unsafe`
    create temp table demo_reason on commit drop as
    select r.*, row_number() over (partition by r.place order by r.n) - 1 as k, count(*) over (partition by r.place) as many, i.code as icd, i.display
    from ${sql.unnest(
      reasons.map((it) => [...it]),
      ['text', 'text', 'text'],
    )} with ordinality r (place, words, code, n)
    left join ehr.code_icd10cm i on i.code = r.code
  `);
  await owner.query(sql.unsafe`
    create temp table demo_lain on commit drop as
    select d.stay_id, d.patient_id, d.admitted_at, d.discharged_at, d.planned_end, d.ward_id, d.key, uuidv7() as encounter_id, r.words, r.icd, r.display, w.organization_id,
      doctors.ids[1 + ${pick(sql.fragment`d.key`, 11, 1_000_000)} % cardinality(doctors.ids)] as practitioner_id,
      case when d.discharged_at is not null then 'discharged' when d.planned_end < ${now} + interval '8 hours' then 'cleared'
        when d.planned_end < ${now} + interval '26 hours' then 'discharge-ordered' else 'admitted' end as status
    from demo_admission d
    join demo_ward w on w.id = d.ward_id
    left join (
      select department_id, array_agg(id order by id) as ids from facility.practitioner_card where active group by department_id
    ) doctors on doctors.department_id = w.organization_id
    join demo_reason r on r.place = case when w.level = 'intensive' then 'intensive' else w.department end and r.k = ${pick(sql.fragment`d.key`, 6, 1000)} % r.many
    order by d.admitted_at
  `);
  await owner.query(sql.unsafe`analyze demo_lain`);
};

const write = async (owner: Db, { zone }: DemoPlan): Promise<void> => {
  const ended = sql.fragment`(d.status = 'discharged')`;
  await owner.query(sql.unsafe`
    insert into ehr.encounter (id, patient_id, status, class, practitioner_id, department_id, reason, started_at, ended_at, created_at, updated_at)
    select encounter_id, patient_id, case when status = 'discharged' then 'finished' else 'in-progress' end, 'IMP', practitioner_id, organization_id, words, admitted_at,
      discharged_at, admitted_at, coalesce(discharged_at, admitted_at)
    from demo_lain
  `);
  await owner.query(sql.unsafe`
    insert into ehr.condition (patient_id, encounter_id, code_system, code, display, category, recorded_at, recorder_id, created_at, updated_at)
    select patient_id, encounter_id, 'http://hl7.org/fhir/sid/icd-10-cm', icd, display, 'encounter-diagnosis', admitted_at + interval '1 hour', practitioner_id,
      admitted_at + interval '1 hour', admitted_at + interval '1 hour'
    from demo_lain where icd is not null
  `);
  await owner.query(sql.unsafe`
    insert into inpatient.stay (id, patient_id, encounter_id, status, ward_id, practitioner_id, requester_id, source, reason, isolation, requested_at, admitted_at,
      planned_discharge_on, discharge_ordered_at, cleared_at, discharged_at, disposition, created_at, updated_at)
    select d.stay_id, d.patient_id, d.encounter_id, d.status, d.ward_id, d.practitioner_id, d.practitioner_id,
      (array['emd', 'emd', 'outp', 'gp', 'hosp-trans'])[1 + ${pick(sql.fragment`d.key`, 7, 5)}], d.words,
      case when ${pick(sql.fragment`d.key`, 8, 9)} = 0 then (array['contact', 'droplet', 'airborne'])[1 + ${pick(sql.fragment`d.key`, 9, 3)}] end,
      d.admitted_at - interval '90 minutes', d.admitted_at, (d.planned_end at time zone ${zone})::date,
      case when d.status <> 'admitted' then least(d.planned_end, ${now}) - interval '5 hours' end,
      case when d.status in ('cleared', 'discharged') then least(d.planned_end, ${now}) - interval '1 hour' end, d.discharged_at,
      case when ${ended} then (array['home', 'home', 'home', 'home', 'home', 'home', 'home', 'rehab', 'other-hcf', 'snf', 'aadvice'])[1 + ${pick(sql.fragment`d.key`, 10, 11)}] end,
      d.admitted_at, coalesce(d.discharged_at, d.admitted_at)
    from demo_lain d
  `);
  await owner.query(sql.unsafe`
    insert into inpatient.bed_stay (stay_id, patient_id, bed_id, ward_id, status, during)
    select s.stay_id, d.patient_id, s.bed_id, s.ward_id, case when s.ends_at is null then 'active' else 'completed' end, tstzrange(s.starts_at, s.ends_at)
    from demo_stay s join demo_lain d on d.stay_id = s.stay_id
  `);
};

/** Stay by stay, so only now that their indexes are there again. */
const bedDays = async (owner: Db, { zone }: DemoPlan): Promise<void> => {
  await owner.query(sql.unsafe`analyze inpatient.bed_stay`);
  await owner.query(sql.unsafe`
    insert into inpatient.bed_day (stay_id, patient_id, day, ward_id, charge_code, counted_at)
    select d.stay_id, d.patient_id, due.day, due.ward_id, due.charge_code, due.at
    from demo_lain d cross join lateral inpatient.days_due(d.stay_id, ${zone}, ${now}) due
  `);
};

/** A bed that is closed, one to be cleaned, two people who wait, and a bed that is kept for one of them. */
const today = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    update inpatient.bed b
    set state = case when d.position = 12 then 'C' else 'H' end, reason = case when d.position = 12 then 'Call bell under repair' end,
      since = ${now} - case when d.position = 12 then interval '2 days' else interval '40 minutes' end
    from demo_bed d join demo_ward w on w.id = d.ward_id and w.position = 0
    where b.id = d.id and d.position in (11, 12) and not exists (select from inpatient.bed_stay k where k.bed_id = b.id and k.status = 'active')
  `);
  await owner.query(sql.unsafe`
    update inpatient.bed b
    set state = 'H', since = upper(k.during)
    from inpatient.bed_stay k
    where k.bed_id = b.id and k.status = 'completed' and upper(k.during) > ${now} - interval '2 hours' and b.state = 'U'
      and not exists (select from inpatient.bed_stay o where o.bed_id = b.id and o.status = 'active')
  `);
  await owner.query(sql.unsafe`
    insert into inpatient.stay (patient_id, status, ward_id, practitioner_id, requester_id, source, reason, requested_at, created_at, updated_at)
    select a.id, 'requested', w.id, doctor.id, doctor.id, case n when 1 then 'emd' else 'outp' end,
      case n when 1 then 'Pneumonia, needs oxygen' else 'Heart failure, getting worse' end, at.t, at.t, at.t
    from (
      select p.id, row_number() over (order by p.expected, p.n desc) as n from demo_adult p
      where not exists (select from inpatient.stay s where s.patient_id = p.id and (s.status <> 'discharged' or s.discharged_at > ${now} - interval '20 days'))
      limit 2
    ) a
    join demo_ward w on w.position = a.n - 1
    cross join lateral (select ${now} - make_interval(mins => 40 + (a.n * 55)::integer) as t) at
    left join lateral (select c.id from facility.practitioner_card c where c.department_id = w.organization_id order by c.id limit 1) doctor on true
  `);
  await owner.query(sql.unsafe`
    insert into inpatient.bed_stay (stay_id, patient_id, bed_id, ward_id, status, during)
    select s.id, s.patient_id, free.id, free.ward_id, 'reserved', tstzrange(${now} - interval '20 minutes', null)
    from inpatient.stay s
    join lateral (
      select b.id, b.ward_id from inpatient.bed b
      where b.ward_id = s.ward_id and b.state = 'U' and not exists (
        select from inpatient.bed_stay k where k.bed_id = b.id and (k.status = 'active' or upper(k.during) > ${now} - interval '30 minutes'))
      order by b.position
      limit 1
    ) free on true
    where s.status = 'requested'
    order by s.requested_at
    limit 1
  `);
};
