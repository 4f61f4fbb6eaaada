-- title: report_services
-- about: report_services_about
-- group: money
-- permission: invoice:read
-- patients: no
-- order: 150
-- parameter: from date = -29
-- parameter: to date = 0
-- column: code text report_code
-- column: service text report_item
-- column: quantity count report_quantity
-- column: amount money report_amount
-- column: without_price count report_without_price
-- chart: bar service amount
select c.code, min(c.display) as service, sum(c.quantity)::bigint as quantity, coalesce(sum(c.amount_minor) filter (where c.currency = :currency), 0)::bigint as amount,
  count(*) filter (where c.status = 'planned') as without_price
from billing.charge_item c
where c.occurred_at >= :begins and c.occurred_at < :ends and c.status in ('planned', 'billable', 'billed') and c.source <> 'elsewhere'
group by c.code
order by amount desc, c.code
