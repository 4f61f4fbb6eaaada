import { sql, type Db } from '../../../core/database.ts';
import type { DemoPlan } from '../../../core/plugin.ts';
import { chance } from './chance.ts';
import { demoClaims } from './claims.ts';

/** Payers, plans, who is covered, and the claims of the last two months in every state. */
export const demoInsurance = async (owner: Db, plan: DemoPlan): Promise<void> => {
  await payers(owner, plan);
  await coverages(owner, plan);
  await eligibility(owner, plan);
  plan.progress('insurance: claims');
  await demoClaims(owner, plan);
};

/** Invented names; the patterns are the formats of their member numbers. */
const houses = [
  ['NORDKASSE', 'Nordkasse', 'NK[0-9]{8}', 90],
  ['CIVITAS', 'Civitas Krankenversicherung', '[A-Z][0-9]{9}', 180],
  ['HELIOMED', 'HelioMed International', 'HM-[0-9]{6}', 60],
] as const;
const plans = [
  ['NORDKASSE', 'Basis', 1000, '0.1'],
  ['NORDKASSE', 'Komfort', 500, '0'],
  ['CIVITAS', 'Privat', 0, '0.2'],
  ['HELIOMED', 'Global', 2000, '0.1'],
] as const;

const payers = async (owner: Db, { currency }: DemoPlan): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into insurance.payer (code, name, subscriber_pattern, filing_days)
    select * from ${sql.unnest(
      houses.map((each) => [...each]),
      ['text', 'text', 'text', 'int4'],
    )} new
  `);
  await owner.query(sql.unsafe`
    insert into insurance.plan (payer_id, name, currency, copay_minor, coinsurance_rate)
    select payer.id, new.name, ${currency}, new.copay, new.rate::numeric
    from ${sql.unnest(
      plans.map((each) => [...each]),
      ['text', 'text', 'int8', 'text'],
    )} new (payer, name, copay, rate)
    join insurance.payer payer on payer.code = new.payer
  `);
  await owner.query(sql.unsafe`
    insert into insurance.plan_code (plan_id, code, rule)
    select plan.id, v.code, v.rule
    from insurance.plan plan
    cross join (values ('VISIT-VR', 'excluded'), ('VISIT-IMP', 'authorisation')) v (code, rule)
    where plan.name in ('Basis', 'Global')
  `);
};

/** Seventeen in twenty are covered. Of one in forty the number was typed wrong this week: the rules find it. */
const coverages = async (owner: Db, { zone }: DemoPlan): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into insurance.coverage (patient_id, plan_id, subscriber_id, starts_on)
    select p.id, plan.id,
      case
        when p.chance < 25 then 'UNKNOWN'
        when payer.code = 'NORDKASSE' then 'NK' || lpad((p.n % 100000000)::text, 8, '0')
        when payer.code = 'CIVITAS' then 'C' || lpad((p.n % 1000000000)::text, 9, '0')
        else 'HM-' || lpad((p.n % 1000000)::text, 6, '0')
      end,
      case when p.chance < 25 then today.day - 2 else date_trunc('year', today.day)::date - 365 end
    from (select (core.now() at time zone ${zone})::date as day) today
    cross join (
      select id, ${chance('record_number', 11)} as chance, ${chance('record_number', 12)} as which, abs(hashtextextended(record_number, 13) % 900000000) + 100000000 as n
      from patients.patient
      where active
    ) p
    join (select plan.*, row_number() over (order by plan.name) as n, count(*) over () as all from insurance.plan plan) plan on plan.n = 1 + p.which % plan.all
    join insurance.payer payer on payer.id = plan.payer_id
    where p.chance < 850
  `);
};

/** Asked in the last two weeks for most; one in fifty is no longer insured. */
const eligibility = async (owner: Db, { zone }: DemoPlan): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into insurance.eligibility_request (patient_id, coverage_id, service_on, asked_at, created_at)
    select c.patient_id, c.id, (c.asked_at at time zone ${zone})::date, c.asked_at, c.asked_at
    from (
      select c.patient_id, c.id, ${chance('p.record_number', 14)} as chance, core.now() - make_interval(hours => 2 + ${chance('p.record_number', 15)} % 330) as asked_at
      from insurance.coverage c join patients.patient p on p.id = c.patient_id
    ) c
    where c.chance < 700
  `);
  await owner.query(sql.unsafe`
    insert into insurance.eligibility_response (patient_id, request_id, outcome, in_force, copay_minor, answered_at, created_at)
    select q.patient_id, q.id, 'complete', ${chance('q.asked_at', 16)} >= 20, plan.copay_minor, q.asked_at + interval '2 seconds', q.asked_at + interval '2 seconds'
    from insurance.eligibility_request q
    join insurance.coverage c on c.id = q.coverage_id
    join insurance.plan plan on plan.id = c.plan_id
  `);
};
