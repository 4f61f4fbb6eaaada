import { inBulk } from '../../../core/bulk.ts';
import { sql, type Db } from '../../../core/database.ts';
import type { DemoPlan } from '../../../core/plugin.ts';
import { invariants } from '../invariants.ts';
import { chance } from './chance.ts';

/** Invoices of two months, shared as the plans say; then what became of the payers' parts. */
export const demoClaims = async (owner: Db, plan: DemoPlan): Promise<void> => {
  await inBulk(owner, tables, () =>
    sumsAskedAtOnce(owner, async () => {
      await shares(owner, plan);
      await takenOn(owner);
      await claims(owner, plan);
      await answers(owner);
      await remittances(owner, plan);
    }),
  );
};

const tables = [
  'insurance.share',
  'insurance.claim',
  'insurance.claim_diagnosis',
  'insurance.claim_line',
  'insurance.claim_response',
  'insurance.claim_response_line',
  'insurance.explanation_of_benefit',
  'insurance.remittance',
  'insurance.remittance_line',
];

const without = async (owner: Db, trigger: string, table: string, work: () => Promise<unknown>): Promise<void> => {
  const [relation, name] = [sql.identifier(table.split('.')), sql.identifier([trigger])];
  await owner.query(sql.unsafe`alter table ${relation} disable trigger ${name}`);
  await work();
  await owner.query(sql.unsafe`alter table ${relation} enable trigger ${name}`);
};

/** The triggers would call what never happened a change. */
const asIfAlways = (owner: Db, table: 'billing.invoice', work: () => Promise<unknown>): Promise<void> =>
  without(owner, 'keep_version', table, work);

/** At the end every claim and every line would be asked by itself; all at once is a second instead of half a minute. */
const sumsAskedAtOnce = async (owner: Db, work: () => Promise<void>): Promise<void> => {
  const trigger = 'claim_is_the_sum_of_its_lines';
  await without(owner, trigger, 'insurance.claim', () => without(owner, trigger, 'insurance.claim_line', work));
  if (await owner.exists(invariants['a claim is the sum of its lines']!))
    throw new Error('A claim of the demo is not the sum of its lines.');
};

const shares = async (owner: Db, { zone }: DemoPlan): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into insurance.share (charge_item_id, invoice_id, patient_id, coverage_id, amount_minor, excluded_minor, deductible_minor, copay_minor,
      coinsurance_minor, patient_minor, payer_minor, serviced_on, made_at)
    select i.items[part.line], i.id, i.patient_id, i.coverage_id, i.amounts[part.line], part.excluded_minor, part.deductible_minor, part.copay_minor,
      part.coinsurance_minor, i.amounts[part.line] - part.payer_minor, part.payer_minor, (i.days[part.line] at time zone ${zone})::date, i.issued_at
    from (
      select i.id, i.patient_id, i.issued_at, c.id as coverage_id, plan.copay_minor, plan.coinsurance_rate,
        array_agg(item.id order by item.occurred_at, item.id) as items, array_agg(item.amount_minor order by item.occurred_at, item.id) as amounts,
        array_agg(item.occurred_at order by item.occurred_at, item.id) as days,
        array_agg(k.code is not null order by item.occurred_at, item.id) as excluded
      from billing.invoice i
      join insurance.coverage c on c.patient_id = i.patient_id and c.starts_on <= (i.issued_at at time zone ${zone})::date
      join insurance.plan plan on plan.id = c.plan_id and plan.currency = i.currency
      join billing.charge_item item on item.invoice_id = i.id
      left join insurance.plan_code k on k.plan_id = plan.id and k.code = item.code and k.rule = 'excluded'
      where i.issued_at > core.now() - interval '60 days' and not i.elsewhere
      group by i.id, c.id, plan.id
    ) i
    cross join lateral insurance.split(i.amounts, i.excluded, 0, i.copay_minor, i.coinsurance_rate) part
  `);
};

/** Billing has these invoices as the patient's alone; what was paid becomes the same part of what the patient owes now. */
const takenOn = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    create temp table demo_taken_on on commit drop as
    select i.id, i.currency, i.issued_at, s.minor as payer_minor,
      case when i.paid_minor = i.total_minor then i.total_minor - s.minor
        else least(i.total_minor - s.minor, i.paid_minor * (i.total_minor - s.minor) / i.total_minor) end as paid_minor
    from billing.invoice i
    join (select invoice_id, sum(payer_minor)::bigint as minor from insurance.share group by invoice_id) s on s.invoice_id = i.id
    where s.minor > 0
  `);
  await owner.query(sql.unsafe`
    delete from billing.posting where source = 'payment' and source_id in (
      select p.id from billing.payment p join demo_taken_on t on t.id = p.invoice_id where t.paid_minor = 0
    )
  `);
  await owner.query(
    sql.unsafe`delete from billing.payment where invoice_id in (select id from demo_taken_on where paid_minor = 0)`,
  );
  await owner.query(sql.unsafe`
    update billing.payment p set amount_minor = t.paid_minor, tendered_minor = case when method = 'cash' then (t.paid_minor + 999) / 1000 * 1000 end
    from demo_taken_on t where t.id = p.invoice_id
  `);
  await owner.query(sql.unsafe`
    update billing.posting b set amount_minor = t.paid_minor
    from billing.payment p join demo_taken_on t on t.id = p.invoice_id where b.source = 'payment' and b.source_id = p.id
  `);
  await owner.query(sql.unsafe`
    insert into billing.posting (at, debit, credit, amount_minor, currency, source, source_id)
    select issued_at, 'payer-receivable', 'receivable', payer_minor, currency, 'payer-share', id from demo_taken_on
  `);
  await asIfAlways(owner, 'billing.invoice', () =>
    owner.query(sql.unsafe`
      update billing.invoice i set payer_minor = t.payer_minor, paid_minor = t.paid_minor, status = 'issued' from demo_taken_on t where t.id = i.id
    `),
  );
};

/**
 * Today's wait to be checked and sent, those of ten days are with the payer, older ones are decided: most paid, some promised, some
 * denied. A wrong member number is held back.
 */
const claims = async (owner: Db, { zone }: DemoPlan): Promise<void> => {
  const records = await owner.exists(sql.unsafe`select where to_regclass('ehr.condition') is not null`);
  await owner.query(sql.unsafe`
    create temp table demo_claim on commit drop as
    select uuidv7() as id, c.*,
      case
        when c.misnumbered then 'draft'
        when c.issued_at >= c.today then 'ready'
        when c.issued_at > core.now() - interval '10 days'
          then (array['submitted', 'accepted', 'pended', 'adjudicated', 'accepted', 'rejected'])[1 + c.n % 6]
        when c.chance < 60 or c.issued_at > core.now() - interval '17 days' then 'adjudicated'
        else 'closed'
      end as workflow,
      c.chance < 60 or c.issued_at > core.now() - interval '10 days' as denied
    from (
      select i.id as invoice_id, i.patient_id, i.encounter_id, i.issued_at, i.currency, s.coverage_id, s.serviced_on, s.minor, ${chance('i.number', 21)} as chance,
        cover.subscriber_id = 'UNKNOWN' as misnumbered,
        row_number() over (order by i.issued_at, i.number) as n, date_trunc('day', core.now() at time zone ${zone}) at time zone ${zone} as today
      from billing.invoice i
      join (
        select invoice_id, coverage_id, min(serviced_on) as serviced_on, sum(amount_minor)::bigint as minor
        from insurance.share where payer_minor > 0 group by invoice_id, coverage_id
      ) s on s.invoice_id = i.id
      join insurance.coverage cover on cover.id = s.coverage_id
    ) c
  `);
  await owner.query(sql.unsafe`analyze demo_claim`);
  await owner.query(sql.unsafe`
    insert into insurance.claim (id, number, status, workflow, patient_id, coverage_id, invoice_id, encounter_id, serviced_on, total_minor, currency,
      payer_reference, disposition, submissions, submitted_at, answered_at, recall_until, created_at, updated_at)
    select d.id, 'CLM-' || lpad(d.n::text, greatest(6, length(d.n::text)), '0'), case when d.workflow in ('draft', 'ready') then 'draft' else 'active' end,
      d.workflow, d.patient_id, d.coverage_id, d.invoice_id, d.encounter_id, d.serviced_on, d.minor, d.currency,
      case when d.workflow in ('pended', 'adjudicated', 'closed') then 'PX' || lpad((700000 + d.n)::text, 8, '0') end,
      case d.workflow when 'pended' then 'Waits for a medical review' when 'rejected' then 'Member not found for this date of birth' end,
      case when d.workflow in ('draft', 'ready') then 0 else 1 end,
      case when d.workflow not in ('draft', 'ready') then d.issued_at + interval '10 minutes' end,
      case when d.workflow in ('pended', 'rejected', 'adjudicated', 'closed') then least(core.now(), d.issued_at + interval '30 hours') end,
      case when d.workflow not in ('draft', 'ready') then d.issued_at + interval '10 minutes 10 seconds' end, d.issued_at, least(core.now(), d.issued_at + interval '30 hours')
    from demo_claim d
  `);
  if (records) await diagnoses(owner);
  await owner.query(sql.unsafe`
    insert into insurance.claim_line (claim_id, patient_id, sequence, charge_item_id, code, display, quantity, serviced_at, submitted_minor, expected_patient_minor,
      state, benefit_minor, copay_minor, deductible_minor, coinsurance_minor, denied_minor, reason, next_action, paid_minor, diagnoses)
    select l.claim_id, l.patient_id, l.sequence, l.charge_item_id, l.code, l.display, l.quantity, l.occurred_at, l.amount_minor, l.patient_minor,
      case when l.decided then case when l.denies then 'denied' else 'settled' end else 'open' end,
      case when l.decided then case when l.denies then 0 else l.payer_minor end end, case when l.decided then l.copay_minor end,
      case when l.decided then 0 end, case when l.decided then l.coinsurance_minor end, case when l.decided then case when l.denies then l.payer_minor else 0 end end,
      case when l.denies then reason.code end, case when l.denies then reason.next_action end,
      case when l.workflow = 'closed' then l.payer_minor else 0 end, coalesce(diagnosed.sequences, '{}')
    from (
      select d.id as claim_id, d.patient_id, d.workflow, row_number() over (partition by d.id order by c.occurred_at, c.id) as sequence, s.*, c.code, c.display, c.quantity, c.occurred_at,
        d.workflow in ('adjudicated', 'closed') as decided,
        d.workflow = 'adjudicated' and d.denied and row_number() over (partition by d.id order by c.occurred_at, c.id) = 1 as denies,
        (array['diagnosis', 'information', 'not-covered', 'no-authorisation', 'too-late', 'above-agreed'])[1 + d.chance % 6] as wanted
      from demo_claim d
      join (select charge_item_id, invoice_id, amount_minor, patient_minor, payer_minor, copay_minor, coinsurance_minor from insurance.share where payer_minor > 0) s
        on s.invoice_id = d.invoice_id
      join billing.charge_item c on c.id = s.charge_item_id
    ) l
    left join insurance.reason reason on reason.code = l.wanted
    left join (select claim_id, array_agg(sequence order by sequence) as sequences from insurance.claim_diagnosis group by claim_id) diagnosed
      on diagnosed.claim_id = l.claim_id
  `);
  await owner.query(sql.unsafe`
    insert into insurance.claim_finding (claim_id, patient_id, rule, line, severity)
    select d.id, d.patient_id, r.code, 0, r.severity from demo_claim d join insurance.rule r on r.code = 'subscriber-id' where d.workflow = 'draft'
  `);
  await owner.query(
    sql.unsafe`update billing.number_series set next = 1 + (select count(*) from demo_claim) where name = 'claim'`,
  );
};

const diagnoses = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into insurance.claim_diagnosis (claim_id, patient_id, sequence, code, display, condition_id)
    select k.claim_id, k.patient_id, row_number() over (partition by k.claim_id order by k.recorded_at, k.id), k.code, k.display, k.id
    from (
      select distinct on (d.id, k.code) d.id as claim_id, d.patient_id, k.id, k.code, k.display, k.recorded_at
      from demo_claim d
      join ehr.condition k on k.encounter_id = d.encounter_id and k.patient_id = d.patient_id
      where k.code is not null and coalesce(k.verification_status, 'confirmed') not in ('refuted', 'entered-in-error')
      order by d.id, k.code, k.recorded_at
    ) k
  `);
};

const answers = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into insurance.claim_response (patient_id, claim_id, outcome, payer_reference, disposition, answered_at, created_at)
    select c.patient_id, c.id, case c.workflow when 'pended' then 'queued' when 'rejected' then 'error' else 'complete' end, c.payer_reference, c.disposition,
      c.answered_at, c.answered_at
    from insurance.claim c
    where c.workflow in ('pended', 'rejected', 'adjudicated', 'closed') and not c.elsewhere
  `);
  await owner.query(sql.unsafe`
    insert into insurance.claim_response_line (response_id, patient_id, sequence, submitted_minor, benefit_minor, copay_minor, deductible_minor, coinsurance_minor,
      denied_minor, reason)
    select a.id, l.patient_id, l.sequence, l.submitted_minor, l.benefit_minor, l.copay_minor, l.deductible_minor, l.coinsurance_minor, l.denied_minor, l.reason
    from insurance.claim_response a join insurance.claim_line l on l.claim_id = a.claim_id
    where a.outcome = 'complete'
  `);
  await owner.query(sql.unsafe`
    insert into insurance.explanation_of_benefit (patient_id, outcome, response_id, created_at)
    select patient_id, outcome, id, answered_at from insurance.claim_response where outcome = 'complete' and not elsewhere
  `);
};

/** Every payer pays once a day what it has promised. */
const remittances = async (owner: Db, { zone }: DemoPlan): Promise<void> => {
  await owner.query(sql.unsafe`
    create temp table demo_paid on commit drop as
    select l.id as line_id, l.sequence, l.benefit_minor, c.id as claim_id, c.patient_id, c.payer_reference, c.invoice_id, c.currency, plan.payer_id,
      (c.answered_at at time zone ${zone})::date + 3 as paid_on
    from insurance.claim c
    join insurance.claim_line l on l.claim_id = c.id and l.benefit_minor > 0
    join insurance.coverage cover on cover.id = c.coverage_id
    join insurance.plan plan on plan.id = cover.plan_id
    where c.workflow = 'closed'
  `);
  await owner.query(sql.unsafe`
    insert into insurance.remittance (payer_id, reference, paid_on, amount_minor, currency, created_at)
    select d.payer_id, 'ZA-' || to_char(d.paid_on, 'YYYYMMDD'), d.paid_on, sum(d.benefit_minor)::bigint, d.currency, d.paid_on + time '06:00' at time zone 'UTC'
    from demo_paid d
    group by d.payer_id, d.paid_on, d.currency
  `);
  await owner.query(sql.unsafe`
    insert into insurance.remittance_line (remittance_id, sequence, patient_id, claim_reference, claim_line_id, amount_minor, matched_minor, applied_minor)
    select r.id, row_number() over (partition by r.id order by d.payer_reference, d.sequence), d.patient_id, d.payer_reference, d.line_id, d.benefit_minor, d.benefit_minor,
      d.benefit_minor
    from demo_paid d
    join insurance.remittance r on r.payer_id = d.payer_id and r.paid_on = d.paid_on and r.currency = d.currency
  `);
  await owner.query(sql.unsafe`
    create temp table demo_payer_payment on commit drop as
    select uuidv7() as id, d.*, row_number() over (order by d.paid_on, d.invoice_id) as n, (select s.next from billing.number_series s where s.name = 'receipt') as first
    from (
      select invoice_id, patient_id, currency, paid_on, 'ZA-' || to_char(paid_on, 'YYYYMMDD') as reference, sum(benefit_minor)::bigint as minor
      from demo_paid group by invoice_id, patient_id, currency, paid_on
    ) d
  `);
  await owner.query(sql.unsafe`
    insert into billing.payment (id, receipt_number, invoice_id, patient_id, method, amount_minor, currency, paid_at, issuer, reference)
    select id, 'RC-' || lpad((first + n - 1)::text, greatest(6, length((first + n - 1)::text)), '0'), invoice_id, patient_id, 'transfer', minor, currency,
      paid_on + time '06:00' at time zone 'UTC', 'payer', reference
    from demo_payer_payment
  `);
  await owner.query(
    sql.unsafe`update billing.number_series set next = next + (select count(*) from demo_payer_payment) where name = 'receipt'`,
  );
  await owner.query(sql.unsafe`
    insert into billing.posting (at, debit, credit, amount_minor, currency, source, source_id)
    select paid_on + time '06:00' at time zone 'UTC', 'bank', 'payer-receivable', minor, currency, 'payment', id from demo_payer_payment
  `);
  await asIfAlways(owner, 'billing.invoice', () =>
    owner.query(sql.unsafe`
      update billing.invoice i
      set payer_paid_minor = p.minor, status = case when i.paid_minor + p.minor = i.total_minor then 'balanced' else 'issued' end
      from demo_payer_payment p where p.invoice_id = i.id
    `),
  );
};
