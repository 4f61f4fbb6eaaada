import { inBulk } from '../../core/bulk.ts';
import { sql, type Db, type Fragment } from '../../core/database.ts';
import type { DemoPlan } from '../../core/plugin.ts';

/** A deterministic number in [0, most) for a text and a purpose. */
const pick = (text: Fragment, salt: number, most: number): Fragment =>
  sql.fragment`((hashtextextended(${text}, ${salt}) & 2147483647) % ${most})::integer`;
/** About a standard normal number for a text and a purpose. */
const normal = (text: Fragment, salt: number): Fragment =>
  sql.fragment`((${pick(text, salt, 1000)} + ${pick(text, salt + 1, 1000)} + ${pick(text, salt + 2, 1000)} - 1499)::numeric / 500)`;

const now = sql.fragment`(select core.now())`;
const loinc = 'http://loinc.org';
const tables = [
  'laboratory.service_request',
  'laboratory.specimen',
  'laboratory.result',
  'laboratory.diagnostic_report',
  'ehr.observation',
];
/** Beyond this, fewer visits have an order: more would say nothing new. */
const manyVisits = 50_000;

/** What is asked for with which diagnosis; the last ones with any. */
const profiles: readonly (readonly [diagnoses: string, codes: string])[] = [
  ['^E1[0-4]', 'HBA1C BMP'],
  ['^(I1|E78|I25)', 'LIPID RENAL'],
  ['^(D5|D6|R53)', 'CBC IRONP'],
  ['^(J|R50|A|B|H66)', 'CBCD CRP'],
  ['^(N3|R30|N1)', 'UA CREA'],
  ['^E0', 'THYR'],
  ['^(I2|I4|R07|I5)', 'TNT ELEC CREA'],
  ['^(K|R10|R11)', 'LIVER LIPA CRP'],
  ['', 'CBC CRP'],
  ['', 'BMP'],
  ['', 'UA'],
  ['', 'CBC THYR'],
];

/** Tests that move together, and with which sign: a low haemoglobin has a low haematocrit. */
const kin: readonly (readonly [code: string, kin: string, sign: number])[] = [
  ['HCT', 'HGB', 1], ['RBC', 'HGB', 1], ['MCH', 'MCV', 1], ['NEUT', 'WBC', 1], ['BUN', 'CREA', 1], ['EGFR', 'CREA', -1], ['LDL', 'CHOL', 1], ['AST', 'ALT', 1],
  ['GGT', 'ALT', 1], ['INR', 'PT', 1], ['FT4', 'TSH', -1], ['TSAT', 'IRON', 1], ['FERR', 'IRON', 1], ['DBIL', 'TBIL', 1],
]; // prettier-ignore

/** Where people are usually found below a limit that has no other end. */
const usual: readonly (readonly [code: string, share: number])[] = [['CHOL', 0.92], ['LDL', 0.85], ['TRIG', 0.72]]; // prettier-ignore

/** How far a known illness moves a test, in standard deviations. */
const illnesses: readonly (readonly [diagnoses: string, code: string, shift: number])[] = [
  ['^E1[0-4]', 'HBA1C', 4.5], ['^E1[0-4]', 'GLU', 4], ['^E78', 'CHOL', 2.5], ['^E78', 'LDL', 2.5], ['^D5', 'HGB', -3], ['^D5', 'HCT', -3], ['^D5', 'FERR', -3],
  ['^N18', 'CREA', 5], ['^N18', 'EGFR', -3], ['^E03', 'TSH', 3.5], ['^(J1|J2|R50)', 'CRP', 4], ['^(J1|J2|R50)', 'WBC', 1.5],
]; // prettier-ignore

/** Two years of orders with their results, and a day's work: some to collect, to receive, to measure, to verify, one critical that nobody has read. */
export const demoLaboratory = async (owner: Db, plan: DemoPlan): Promise<void> => {
  plan.progress('laboratory: orders and results');
  await planOrders(owner, plan.patients * plan.visitsPerPatient > manyVisits ? 4 : 38);
  await planResults(owner);
  await inBulk(owner, tables, async () => {
    await writeOrders(owner);
    await writeResults(owner);
  });
  await writeCritical(owner);
  await owner.query(sql.unsafe`
    select setval('laboratory.accession_seq', 100000 + greatest(1, (select count(*) from demo_specimen)))
  `);
};

/** Which visits order what, and when each step was. The newest visits are at each bench in turn; the newest of the demo's doctor is the critical one. */
const planOrders = async (owner: Db, share: number): Promise<void> => {
  const id = sql.fragment`v.key`;
  await owner.query(sql.unsafe`
    create temp table demo_order on commit drop as
    with visit as (
      select e.id, p.record_number || e.started_at as key, p.record_number, e.patient_id, e.practitioner_id, pr.display_name as requester, pr.user_id is not null as is_doctor, e.started_at, e.reason,
        (select c.code from ehr.condition c where c.encounter_id = e.id order by c.recorded_at, c.id limit 1) as diagnosis,
        row_number() over (order by e.started_at desc, p.record_number) as newest
      from ehr.encounter e
      join patients.patient p on p.id = e.patient_id and p.deceased_at is null
      left join facility.practitioner pr on pr.id = e.practitioner_id
      where e.status in ('finished', 'in-progress') and e.started_at < ${now} - interval '5 minutes'
    ),
    placed as (
      select v.*, case
          when v.id = (select d.id from visit d where d.is_doctor and d.newest <= 400 order by d.newest limit 1) then 'critical'
          when v.newest <= 5 then 'ordered' when v.newest <= 9 then 'collected' when v.newest <= 12 then 'received' when v.newest <= 15 then 'entered'
        end as forced
      from visit v
      where v.newest <= 15 or v.is_doctor and v.newest <= 400 or ${pick(id, 1, 100)} < ${share}
    ),
    chosen as (
      select v.*, coalesce(
          (select codes from ${sql.unnest(
            profiles.map((it, n) => [n, ...it]),
            ['int4', 'text', 'text'],
          )} p (n, pattern, codes) where p.pattern <> '' and v.diagnosis ~ p.pattern order by p.n limit 1),
          (${sql.array(
            profiles.filter(([diagnoses]) => diagnoses === '').map(([, codes]) => codes),
            'text',
          )})[1 + ${pick(id, 2, profiles.filter(([diagnoses]) => diagnoses === '').length)}]) as codes,
        v.started_at + interval '3 minutes' as ordered_at
      from placed v
      where v.forced is not null or ${pick(id, 1, 100)} < ${share}
    )
    select uuidv7() as requisition_id, v.id as encounter_id, v.key, v.record_number, v.patient_id, v.practitioner_id, v.requester, v.forced, v.newest, v.reason,
      case when v.forced = 'critical' then 'ELEC' else v.codes end as codes,
      case when v.forced = 'critical' then 'stat' when ${pick(id, 3, 12)} = 0 then 'urgent' when v.newest in (2, 7) then 'stat' else 'routine' end as priority,
      v.ordered_at, t.collected_at, t.received_at, t.entered_at, t.verified_at
    from chosen v
    cross join lateral (select v.ordered_at + make_interval(mins => 6 + ${pick(id, 4, 12)}) as c) c
    cross join lateral (select c.c + make_interval(mins => 9 + ${pick(id, 5, 25)}) as r) r
    cross join lateral (select r.r + make_interval(mins => 25 + ${pick(id, 6, 90)}) as m) m
    cross join lateral (
      select case when v.forced = 'ordered' then null when v.forced is not null then least(c.c, ${now} - interval '4 minutes') when c.c < ${now} then c.c end as collected_at,
        case when v.forced in ('ordered', 'collected') then null when v.forced is not null then least(r.r, ${now} - interval '3 minutes') when r.r < ${now} then r.r end as received_at,
        case when v.forced in ('ordered', 'collected', 'received') then null when v.forced is not null then least(m.m, ${now} - interval '2 minutes') when m.m + interval '8 minutes' < ${now} then m.m end as entered_at,
        case when v.forced = 'critical' then ${now} - interval '2 minutes' when v.forced is null and m.m + interval '8 minutes' < ${now} then m.m + interval '8 minutes' end as verified_at
    ) t
    order by v.ordered_at, v.key
  `);
  // One open order of a patient at a time, and no order in the future.
  await owner.query(sql.unsafe`delete from demo_order where ordered_at > ${now}`);
  await owner.query(sql.unsafe`
    delete from demo_order d where d.verified_at is null and exists (
      select from demo_order o where o.patient_id = d.patient_id and o.verified_at is null and (o.newest, o.encounter_id) < (d.newest, d.encounter_id))
  `);
  await owner.query(sql.unsafe`
    create temp table demo_request on commit drop as
    select uuidv7() as id, uuidv7() as report_id, o.requisition_id, o.patient_id, o.encounter_id, item.code as short, t.id as test_id, p.id as panel_id,
      coalesce(p.loinc, t.loinc) as code, coalesce(p.display, t.display) as display
    from demo_order o
    cross join lateral string_to_table(o.codes, ' ') with ordinality item (code, n)
    left join laboratory.panel p on p.code = item.code
    left join laboratory.test t on t.code = item.code and p.id is null
    order by o.ordered_at, o.requisition_id, item.n
  `);
  await owner.query(sql.unsafe`analyze demo_order`);
  await owner.query(sql.unsafe`analyze demo_request`);
};

/** A value for each test: what is usual for sex and age, where this patient stands in it, what the illness does, and what the day does. */
const planResults = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    create temp table demo_member on commit drop as
    select q.id as request_id, q.requisition_id, t.id as test_id, t.code, t.container_code, t.position
    from demo_request q
    left join laboratory.panel_test m on m.panel_id = q.panel_id
    join laboratory.test t on t.id = coalesce(m.test_id, q.test_id)
  `);
  await owner.query(sql.unsafe`
    create temp table demo_specimen on commit drop as
    select uuidv7() as id, s.*, laboratory.accession(100000 + row_number() over (order by s.ordered_at, s.requisition_id, s.container_code)) as accession
    from (
      select distinct m.requisition_id, m.container_code, o.ordered_at from demo_member m join demo_order o on o.requisition_id = m.requisition_id
    ) s
  `);
  const key = sql.fragment`(o.record_number || coalesce(k.kin, t.code))`;
  const day = sql.fragment`(o.key || t.code)`;
  const event = sql.fragment`(o.key || coalesce(k.kin, t.code))`;
  await owner.query(sql.unsafe`
    create temp table demo_result on commit drop as
    select uuidv7() as id, uuidv7() as observation_id, m.request_id, s.id as specimen_id, t.id as test_id, t.loinc, t.display, o.patient_id, o.encounter_id, o.forced,
      o.practitioner_id, o.collected_at, o.entered_at, o.verified_at, t.release, t.release_days, t.escalate_minutes, t.unit, g.low, g.high, g.critical_low, g.critical_high,
      case when o.entered_at is not null and t.kind = 'numeric' then case when o.forced = 'critical' and t.code = 'K' then 6.8
        else round(greatest(t.lowest + (t.highest - t.lowest) * 0.001, least(t.highest * 0.98, mean.it + sd.it * z.it)), t.decimals) end end as value,
      case when o.entered_at is not null and t.kind = 'coded' then t.options -> case when ${pick(day, 31, 100)} < 88 then 0 else ${pick(day, 32, 100)} % jsonb_array_length(t.options) end end as answer
    from demo_member m
    join demo_order o on o.requisition_id = m.requisition_id
    join laboratory.test t on t.id = m.test_id
    join demo_specimen s on s.requisition_id = m.requisition_id and s.container_code = m.container_code
    left join ${sql.unnest(
      kin.map((it) => [...it]),
      ['text', 'text', 'int4'],
    )} k (code, kin, sign) on k.code = t.code
    left join ${sql.unnest(
      usual.map((it) => [...it]),
      ['text', 'numeric'],
    )} u (code, share) on u.code = t.code
    left join lateral laboratory.range_of(t.id, o.patient_id, coalesce(o.collected_at, o.ordered_at)) g on o.entered_at is not null
    cross join lateral (select coalesce((g.low + g.high) / 2, g.high * coalesce(u.share, 0.5), g.low * 1.45, (t.lowest + t.highest) / 4) as it) mean
    cross join lateral (select coalesce((g.high - g.low) / 4.4, g.high * 0.19, g.low * 0.2, mean.it * 0.1) as it) sd
    cross join lateral (
      select coalesce(k.sign, 1) * (0.7 * ${normal(key, 40)}
          + case when ${pick(event, 50, 1000)} < 55 then 2.4 * sign(${normal(event, 51)}) when ${pick(event, 50, 1000)} < 59 then 6 * sign(${normal(event, 51)}) else 0 end)
        + 0.45 * ${normal(day, 60)}
        + coalesce((
          select max(ill.shift) from ${sql.unnest(
            illnesses.map((it) => [...it]),
            ['text', 'text', 'numeric'],
          )} ill (pattern, code, shift)
          where ill.code = t.code and exists (select from ehr.condition c where c.patient_id = o.patient_id and c.code ~ ill.pattern and c.recorded_at <= o.ordered_at)
        ), 0) as it
    ) z
  `);
  await owner.query(sql.unsafe`alter table demo_result add column interpretation text`);
  await owner.query(sql.unsafe`
    update demo_result set interpretation = coalesce(laboratory.flag(value, low, high, critical_low, critical_high), answer ->> 'interpretation')
  `);
  await owner.query(sql.unsafe`analyze demo_result`);
};

const writeOrders = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into laboratory.service_request (id, requisition_id, patient_id, encounter_id, status, priority, test_id, panel_id, code_system, code, display, reason, requester_id,
      requester_name, responsible_id, authored_at, created_at, updated_at)
    select q.id, q.requisition_id, q.patient_id, q.encounter_id, case when o.verified_at is null then 'active' else 'completed' end, o.priority, q.test_id, q.panel_id, ${loinc}, q.code,
      q.display, o.reason, o.practitioner_id, o.requester, o.practitioner_id, o.ordered_at, o.ordered_at, coalesce(o.verified_at, o.ordered_at)
    from demo_request q join demo_order o on o.requisition_id = q.requisition_id
  `);
  await owner.query(sql.unsafe`
    insert into laboratory.diagnostic_report (id, service_request_id, ours, patient_id, encounter_id, status, category, code_system, code, display, effective_at, issued_at,
      created_at, updated_at)
    select q.report_id, q.id, true, q.patient_id, q.encounter_id,
      case when o.verified_at is not null then 'final' when o.entered_at is not null then 'preliminary' else 'registered' end, 'LAB', ${loinc}, q.code, q.display, o.collected_at,
      o.verified_at, o.ordered_at, coalesce(o.verified_at, o.ordered_at)
    from demo_request q join demo_order o on o.requisition_id = q.requisition_id
  `);
  await owner.query(sql.unsafe`
    insert into laboratory.specimen (id, requisition_id, accession, patient_id, encounter_id, container_code, status, type_system, type_code, type_display, priority, collected_at,
      collected_by, collector_name, received_at, received_by, created_at, updated_at)
    select s.id, s.requisition_id, s.accession, o.patient_id, o.encounter_id, s.container_code, case when o.collected_at is not null then 'available' end,
      'http://terminology.hl7.org/CodeSystem/v2-0487', c.specimen_code, c.specimen_display, o.priority, o.collected_at,
      case when o.collected_at is not null then nurse.id end, case when o.collected_at is not null then nurse.display_name end, o.received_at,
      case when o.received_at is not null then labtech.id end, o.ordered_at, coalesce(o.received_at, o.collected_at, o.ordered_at)
    from demo_specimen s
    join demo_order o on o.requisition_id = s.requisition_id
    join laboratory.container c on c.code = s.container_code
    left join auth."user" nurse on nurse.username = 'nurse'
    left join auth."user" labtech on labtech.username = 'labtech'
  `);
};

/** What the triggers would do row by row is done here for all: the rules look at it afterwards. */
const writeResults = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into ehr.observation (id, patient_id, encounter_id, category, code_system, code, display, value, unit, value_text, value_system, value_code, interpretation, effective_at,
      issued_at, withheld_until, kept_by, created_at, updated_at)
    select r.observation_id, r.patient_id, r.encounter_id, 'laboratory', ${loinc}, r.loinc, r.display, r.value, case when r.value is not null then r.unit end, r.answer ->> 'display',
      case when r.answer ->> 'code' like 'LA%' then ${loinc} end, case when r.answer ->> 'code' like 'LA%' then r.answer ->> 'code' end, r.interpretation, r.collected_at, r.verified_at,
      case r.release when 'manual' then 'infinity'::timestamptz when 'days' then r.verified_at + make_interval(days => r.release_days) end, 'laboratory', r.verified_at, r.verified_at
    from demo_result r
    where r.verified_at is not null
  `);
  await owner.query(sql.unsafe`alter table laboratory.result disable trigger user`);
  await owner.query(sql.unsafe`
    insert into laboratory.result (id, service_request_id, specimen_id, test_id, patient_id, status, value, value_code, value_text, unit, interpretation, low, high, critical_low,
      critical_high, entered_at, entered_by, verified_at, verified_by, observation_id, released_at, created_at, updated_at)
    select r.id, r.request_id, r.specimen_id, r.test_id, r.patient_id, case when r.verified_at is not null then 'verified' when r.entered_at is not null then 'entered' else 'ordered' end,
      r.value, r.answer ->> 'code', r.answer ->> 'display', case when r.value is not null then r.unit end, r.interpretation,
      r.low, r.high, r.critical_low, r.critical_high, r.entered_at, case when r.entered_at is not null then labtech.id end, r.verified_at,
      case when r.verified_at is not null then labtech.id end, case when r.verified_at is not null then r.observation_id end,
      case r.release when 'verified' then r.verified_at when 'days' then r.verified_at + make_interval(days => r.release_days) end,
      coalesce(r.collected_at, ${now}), coalesce(r.verified_at, r.entered_at, r.collected_at, ${now})
    from demo_result r
    left join auth."user" labtech on labtech.username = 'labtech'
  `);
  await owner.query(sql.unsafe`alter table laboratory.result enable trigger user`);
};

/** Read and repeated within minutes, but for the one of today. */
const writeCritical = (owner: Db): Promise<unknown> =>
  owner.query(sql.unsafe`
    insert into laboratory.critical_result (result_id, patient_id, encounter_id, owner_id, department_id, value, unit, interpretation, raised_at, due_at, acknowledged_at, acknowledged_by,
      channel, read_back, note, created_at, updated_at)
    select r.id, r.patient_id, r.encounter_id, r.practitioner_id, coalesce(card.department_id, e.department_id), r.value::text, r.unit, r.interpretation, r.verified_at,
      r.verified_at + make_interval(mins => r.escalate_minutes), read.at, read.by, case when read.by is not null then 'screen' end, case when read.by is not null then r.value::text end,
      case when read.by is not null then 'Patient called back' end, r.verified_at, coalesce(read.at, r.verified_at)
    from demo_result r
    left join facility.practitioner_card card on card.id = r.practitioner_id
    left join ehr.encounter e on e.id = r.encounter_id
    cross join lateral (
      select case when r.forced is null and r.practitioner_id is not null then least(${now}, r.verified_at + make_interval(mins => 2 + ${pick(sql.fragment`r.verified_at::text`, 70, 12)})) end as at,
        case when r.forced is null then r.practitioner_id end as by
    ) read
    where r.verified_at is not null and r.interpretation in ('LL', 'HH', 'AA')
  `);
