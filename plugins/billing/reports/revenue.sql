-- title: report_revenue
-- about: report_revenue_about
-- group: money
-- permission: invoice:read
-- patients: no
-- order: 110
-- parameter: from date = -29
-- parameter: to date = 0
-- column: day date report_day
-- column: invoices count report_invoice_count
-- column: invoiced money report_invoiced
-- column: paid money report_paid_of_it
-- column: open money report_open_of_it
-- chart: line day invoiced
select (i.issued_at at time zone :zone)::date as day, count(*) as invoices, sum(i.total_minor)::bigint as invoiced, sum(i.paid_minor)::bigint as paid,
  sum(i.open_minor)::bigint as open
from billing.invoice i
where i.issued_at >= :begins and i.issued_at < :ends and i.status in ('issued', 'balanced') and not i.elsewhere and i.currency = :currency
group by 1
order by 1 desc
