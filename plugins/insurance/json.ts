import { maySee } from '../../core/access.ts';
import { sql, type Db, type Fragment } from '../../core/database.ts';
import { patientSummaryJson } from '../patients/api.ts';

// PostgreSQL builds the answers: the same JSON for one coverage or claim, for lists and for the patient's record.

const of = (alias: string) => (name: string) => sql.identifier([alias, name]);

const planFields = (alias: string): Fragment => {
  const c = of(alias);
  return sql.fragment`'id', ${c('id')}, 'name', ${c('name')}, 'currency', ${c('currency')}, 'deductibleMinor', ${c('deductible_minor')},
    'copayMinor', ${c('copay_minor')}, 'coinsuranceRate', core.json_decimal(${c('coinsurance_rate')})`;
};

export const planJson = (alias: string): Fragment => {
  const c = of(alias);
  return sql.fragment`json_build_object(
    ${planFields(alias)}, 'active', ${c('active')}, 'version', ${c('version')},
    'codes', (
      select coalesce(json_agg(json_build_object('code', k.code, 'rule', k.rule) order by k.code), '[]')
      from insurance.plan_code k where k.plan_id = ${c('id')}
    )
  )`;
};

export const payerJson = (alias: string): Fragment => {
  const c = of(alias);
  return sql.fragment`json_build_object(
    'id', ${c('id')}, 'code', ${c('code')}, 'name', ${c('name')}, 'subscriberPattern', ${c('subscriber_pattern')}, 'filingDays', ${c('filing_days')},
    'active', ${c('active')}, 'version', ${c('version')},
    'plans', (
      select coalesce(json_agg(${planJson('plan')} order by plan.name), '[]') from insurance.plan plan where plan.payer_id = ${c('id')}
    )
  )`;
};

const payerName = (alias: string): Fragment => {
  const c = of(alias);
  return sql.fragment`json_build_object('id', ${c('id')}, 'code', ${c('code')}, 'name', ${c('name')})`;
};

/** A question to the payer with its answer; aliases of eligibility_request and eligibility_response. */
export const eligibilityJson = (request: string, response: string): Fragment => {
  const q = of(request);
  const r = of(response);
  return sql.fragment`json_build_object(
    'id', ${q('id')}, 'askedAt', core.json_time(${q('asked_at')}), 'serviceOn', ${q('service_on')}, 'answeredAt', core.json_time(${r('answered_at')}),
    'outcome', ${r('outcome')}, 'inForce', ${r('in_force')}, 'disposition', ${r('disposition')}, 'copayMinor', ${r('copay_minor')}
  )`;
};

/** Of a coverage that was made here. */
export const coverageJson = (alias: string): Fragment => {
  const c = of(alias);
  return sql.fragment`(
    select json_build_object(
      'id', ${c('id')}, 'version', ${c('version')}, 'status', ${c('status')}, 'patientId', ${c('patient_id')}, 'payer', ${payerName('payer')},
      'plan', json_build_object(${planFields('plan')}), 'subscriberId', ${c('subscriber_id')}, 'startsOn', ${c('starts_on')}, 'endsOn', ${c('ends_on')},
      'priority', ${c('priority')},
      'eligibility', (
        select ${eligibilityJson('q', 'r')}
        from insurance.eligibility_request q
        left join insurance.eligibility_response r on r.request_id = q.id
        where q.coverage_id = ${c('id')} and q.status = 'active'
        order by q.asked_at desc, q.id desc
        limit 1
      )
    )
    from insurance.plan plan
    join insurance.payer payer on payer.id = plan.payer_id
    where plan.id = ${c('plan_id')}
  )`;
};

export const lineJson = (alias: string): Fragment => {
  const c = of(alias);
  return sql.fragment`json_build_object(
    'sequence', ${c('sequence')}, 'chargeItemId', ${c('charge_item_id')}, 'code', ${c('code')}, 'display', ${c('display')}, 'quantity', ${c('quantity')},
    'submittedMinor', ${c('submitted_minor')}, 'diagnoses', ${c('diagnoses')}, 'authorisation', ${c('authorisation')}, 'state', ${c('state')},
    'benefitMinor', ${c('benefit_minor')}, 'copayMinor', ${c('copay_minor')}, 'deductibleMinor', ${c('deductible_minor')},
    'coinsuranceMinor', ${c('coinsurance_minor')}, 'deniedMinor', ${c('denied_minor')}, 'paidMinor', ${c('paid_minor')}, 'reason', ${c('reason')},
    'reasonSentence', (select reason.sentence from insurance.reason reason where reason.code = ${c('reason')}), 'nextAction', ${c('next_action')}
  )`;
};

/** What both the list and one claim say. */
const headOf = (alias: string): Fragment => {
  const c = of(alias);
  const lines = (what: Fragment) =>
    sql.fragment`(select ${what} from insurance.claim_line l where l.claim_id = ${c('id')})`;
  return sql.fragment`
    'id', ${c('id')}, 'version', ${c('version')}, 'number', ${c('number')}, 'workflow', ${c('workflow')}, 'totalMinor', ${c('total_minor')},
    'currency', ${c('currency')}, 'servicedOn', ${c('serviced_on')}, 'submittedAt', core.json_time(${c('submitted_at')}),
    'answeredAt', core.json_time(${c('answered_at')}), 'payerReference', ${c('payer_reference')}, 'disposition', ${c('disposition')},
    'payer', (
      select ${payerName('payer')}
      from insurance.coverage cover join insurance.plan plan on plan.id = cover.plan_id join insurance.payer payer on payer.id = plan.payer_id
      where cover.id = ${c('coverage_id')}
    ),
    'patient', (select ${patientSummaryJson('p')} from patients.patient p where p.id = ${c('patient_id')}),
    'errors', (select count(*) from insurance.claim_finding f where f.claim_id = ${c('id')} and f.severity = 'error'),
    'warnings', (select count(*) from insurance.claim_finding f where f.claim_id = ${c('id')} and f.severity = 'warning'),
    'benefitMinor', ${lines(sql.fragment`coalesce(sum(l.benefit_minor), 0)`)},
    'deniedMinor', ${lines(sql.fragment`coalesce(sum(l.denied_minor) filter (where l.state in ('denied', 'appealed')), 0)`)},
    'paidMinor', ${lines(sql.fragment`coalesce(sum(l.paid_minor), 0)`)},
    'nextAction', ${lines(sql.fragment`(array_agg(l.next_action order by l.sequence) filter (where l.state in ('denied', 'appealed')))[1]`)},
    'replacesId', ${c('replaces_id')}
  `;
};

export const claimItemJson = (alias: string): Fragment => sql.fragment`json_build_object(${headOf(alias)})`;

export const claimJson = (alias: string): Fragment => {
  const c = of(alias);
  return sql.fragment`json_build_object(
    ${headOf(alias)},
    'coverageId', ${c('coverage_id')},
    'subscriberId', (select cover.subscriber_id from insurance.coverage cover where cover.id = ${c('coverage_id')}),
    'planName', (
      select plan.name from insurance.coverage cover join insurance.plan plan on plan.id = cover.plan_id where cover.id = ${c('coverage_id')}
    ),
    'invoiceId', ${c('invoice_id')}, 'invoiceNumber', (select i.number from billing.invoice i where i.id = ${c('invoice_id')}),
    'encounterId', ${c('encounter_id')}, 'frequency', ${c('frequency')}, 'replacesReference', ${c('replaces_reference')},
    'recallUntil', core.json_time(${c('recall_until')}),
    'lines', (
      select coalesce(json_agg(${lineJson('l')} order by l.sequence), '[]') from insurance.claim_line l where l.claim_id = ${c('id')}
    ),
    'diagnoses', (
      select coalesce(json_agg(json_build_object('sequence', d.sequence, 'code', d.code, 'display', d.display) order by d.sequence), '[]')
      from insurance.claim_diagnosis d where d.claim_id = ${c('id')}
    ),
    'findings', (
      select coalesce(json_agg(json_build_object('rule', f.rule, 'severity', f.severity, 'line', f.line, 'sentence', r.sentence)
        order by f.severity, f.line, f.rule), '[]')
      from insurance.claim_finding f join insurance.rule r on r.code = f.rule where f.claim_id = ${c('id')}
    ),
    'answers', (
      select coalesce(json_agg(json_build_object('id', a.id, 'outcome', a.outcome, 'disposition', a.disposition, 'payerReference', a.payer_reference,
        'answeredAt', core.json_time(a.answered_at)) order by a.answered_at, a.id), '[]')
      from insurance.claim_response a where a.claim_id = ${c('id')}
    ),
    'decisions', (
      select coalesce(json_agg(json_build_object('line', l.sequence, 'action', d.action, 'reason', d.reason, 'at', core.json_time(d.decided_at),
        'by', (select u.display_name from auth."user" u where u.id = d.decided_by)) order by d.decided_at, d.id), '[]')
      from insurance.decision d join insurance.claim_line l on l.id = d.claim_line_id where l.claim_id = ${c('id')}
    ),
    'history', (
      select json_agg(json_build_object('workflow', s.workflow, 'at', core.json_time(s.at),
        'by', (select u.display_name from auth."user" u where u.id = s.by)) order by s.version)
      from (
        select v.*, lag(v.workflow) over (order by v.version) as before
        from (
          select h.version, h.document ->> 'workflow' as workflow, (h.document ->> 'updated_at')::timestamptz as at, (h.document ->> 'updated_by')::uuid as by
          from core.history h where h.relation = 'insurance.claim' and h.id = ${c('id')}
          union all select ${c('version')}, ${c('workflow')}, ${c('updated_at')}, ${c('updated_by')}
        ) v
      ) s
      where s.before is distinct from s.workflow
    ),
    'related', (
      select coalesce(json_agg(json_build_object('id', other.id, 'number', other.number, 'workflow', other.workflow,
        'relation', case when other.id = ${c('replaces_id')} then 'replaces' else 'replaced-by' end) order by other.created_at, other.id), '[]')
      from insurance.claim other
      where other.id = ${c('replaces_id')} or other.replaces_id = ${c('id')}
    )
  )`;
};

/** A payment is of many patients: lines of those whom the asker may not see are left out. */
export const remittanceJson = (db: Db, alias: string): Fragment => {
  const c = of(alias);
  return sql.fragment`json_build_object(
    'id', ${c('id')}, 'version', ${c('version')}, 'payer', (select ${payerName('payer')} from insurance.payer payer where payer.id = ${c('payer_id')}),
    'reference', ${c('reference')}, 'paidOn', ${c('paid_on')}, 'amountMinor', ${c('amount_minor')}, 'currency', ${c('currency')},
    'unappliedMinor', (
      select coalesce(sum(l.amount_minor - l.applied_minor), 0) from insurance.remittance_line l where l.remittance_id = ${c('id')} and ${maySee(db, 'l.patient_id')}
    ),
    'lines', (
      select coalesce(json_agg(json_build_object('id', l.id, 'sequence', l.sequence, 'claimReference', l.claim_reference, 'claimId', claim.id,
        'claimNumber', claim.number, 'patientId', l.patient_id, 'amountMinor', l.amount_minor, 'appliedMinor', l.applied_minor) order by l.sequence), '[]')
      from insurance.remittance_line l
      left join insurance.claim_line line on line.id = l.claim_line_id
      left join insurance.claim claim on claim.id = line.claim_id
      where l.remittance_id = ${c('id')} and ${maySee(db, 'l.patient_id')}
    )
  )`;
};
