import { sql, type Query } from '../../core/database.ts';

/** Each query must return no row. */
export const invariants: Readonly<Record<string, Query>> = {
  'the payer part of an invoice is the sum of its lines’ parts': sql.unsafe`
    select i.id
    from billing.invoice i
    left join (select invoice_id, sum(payer_minor) as minor from insurance.share group by invoice_id) s on s.invoice_id = i.id
    where not i.elsewhere and i.payer_minor <> coalesce(s.minor, 0)
  `,
  'a line is shared over its whole amount, on its own invoice': sql.unsafe`
    select s.charge_item_id
    from insurance.share s
    join billing.charge_item c on c.id = s.charge_item_id
    where s.amount_minor <> c.amount_minor or s.invoice_id is distinct from c.invoice_id or s.patient_id <> c.patient_id
  `,
  'a claim is the sum of its lines': sql.unsafe`
    select c.id
    from insurance.claim c
    left join insurance.claim_line l on l.claim_id = c.id
    where not c.elsewhere
    group by c.id
    having c.total_minor <> coalesce(sum(l.submitted_minor), 0)
  `,
  'a sent claim breaks no rule': sql.unsafe`
    select c.id
    from insurance.claim c
    join insurance.claim_finding f on f.claim_id = c.id and f.severity = 'error'
    where c.workflow in ('ready', 'submitted', 'accepted')
  `,
  'an adjudicated claim has an answer for every line, and one explanation': sql.unsafe`
    select c.id
    from insurance.claim c
    where not c.elsewhere and c.workflow in ('adjudicated', 'closed') and (
      exists (select from insurance.claim_line l where l.claim_id = c.id and l.benefit_minor is null)
      or (
        select count(*) from insurance.claim_response a join insurance.explanation_of_benefit e on e.response_id = a.id where a.claim_id = c.id
      ) <> 1
    )
  `,
  'a closed claim has no denied line that nobody decided, and nothing promised that is not paid': sql.unsafe`
    select c.id
    from insurance.claim c
    join insurance.claim_line l on l.claim_id = c.id
    where c.workflow = 'closed' and (l.state in ('open', 'denied', 'appealed') or l.paid_minor < l.benefit_minor)
  `,
  'what remittances paid is on the lines and in the ledger': sql.unsafe`
    select 'lines' as side from (
      select l.id from insurance.claim_line l left join insurance.remittance_line r on r.claim_line_id = l.id
      group by l.id having l.paid_minor <> coalesce(sum(r.matched_minor), 0)
    ) apart
    union all
    select 'remittances' from (
      select r.id from insurance.remittance r left join insurance.remittance_line l on l.remittance_id = r.id
      where not r.elsewhere group by r.id having r.amount_minor <> coalesce(sum(l.amount_minor), 0)
    ) apart
    union all
    select 'ledger'
    where (select coalesce(sum(applied_minor), 0) from insurance.remittance_line)
      <> (select coalesce(sum(payer_paid_minor), 0) from billing.invoice where not elsewhere)
    union all
    select 'credit'
    where (select coalesce(sum(amount_minor - applied_minor), 0) from insurance.remittance_line)
      <> (select coalesce(-sum(balance_minor), 0) from billing.trial_balance where account = 'credit')
  `,
};
