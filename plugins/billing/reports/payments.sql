-- title: report_payments
-- about: report_payments_about
-- group: money
-- permission: invoice:read
-- patients: no
-- order: 140
-- parameter: from date = -29
-- parameter: to date = 0
-- column: day date report_day
-- words: report_method_cash report_method_card report_method_transfer
-- column: method word report_method
-- column: payments count report_payment_count
-- column: amount money report_amount
-- chart: line day amount method
select (p.paid_at at time zone :zone)::date as day, 'report_method_' || p.method as method, count(*) as payments, sum(p.amount_minor)::bigint as amount
from billing.payment p
where p.paid_at >= :begins and p.paid_at < :ends and p.currency = :currency
group by 1, 2
order by 1 desc, 2
