import { sql, type Query } from '../../core/database.ts';

/** Each query must return no row. */
export const invariants: Readonly<Record<string, Query>> = {
  'the trial balance of each currency is zero': sql.unsafe`
    select currency from billing.trial_balance group by currency having sum(balance_minor) <> 0
  `,
  'what is receivable is what is open on invoices': sql.unsafe`
    select currency
    from (
      select currency, balance_minor as minor from billing.trial_balance where account = 'receivable'
      union all
      select currency, -open_minor from billing.invoice where status in ('issued', 'balanced') and not elsewhere
    ) both_sides
    group by currency
    having sum(minor) <> 0
  `,
  'what payers owe is what is open of their parts, what is written off is on the invoices': sql.unsafe`
    select currency, account
    from (
      select currency, account::text, balance_minor as minor from billing.trial_balance where account in ('payer-receivable', 'write-off')
      union all
      select i.currency, side.account, -side.minor
      from billing.invoice i
      cross join lateral (values ('payer-receivable', i.payer_open_minor), ('write-off', i.written_off_minor)) side (account, minor)
      where not i.elsewhere
    ) both_sides
    group by currency, account
    having sum(minor) <> 0
  `,
  'an invoice is the sum of its lines': sql.unsafe`
    select i.id
    from billing.invoice i
    left join billing.charge_item c on c.invoice_id = i.id
    where not i.elsewhere
    group by i.id
    having i.total_minor <> coalesce(sum(c.amount_minor), 0) or bool_or(c.currency <> i.currency or c.patient_id <> i.patient_id)
  `,
  'what is paid on an invoice is the sum of its payments': sql.unsafe`
    select i.id
    from billing.invoice i
    left join billing.payment p on p.invoice_id = i.id
    where not i.elsewhere
    group by i.id
    having i.paid_minor <> coalesce(sum(p.amount_minor) filter (where p.issuer = 'patient'), 0)
      or i.payer_paid_minor <> coalesce(sum(p.amount_minor) filter (where p.issuer = 'payer'), 0) or bool_or(p.currency <> i.currency)
  `,
  'every invoice and every payment is posted with its amount': sql.unsafe`
    select d.id
    from (
      select id, 'invoice' as source, total_minor as minor from billing.invoice where total_minor > 0 and not elsewhere
      union all
      select id, 'payment', amount_minor from billing.payment
    ) d
    left join billing.posting p on p.source_id = d.id and p.source = d.source
    where p.amount_minor is distinct from d.minor
  `,
};
