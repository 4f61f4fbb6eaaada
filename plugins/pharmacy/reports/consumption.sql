-- title: report_consumption
-- about: report_consumption_about
-- group: stock
-- permission: stock:read
-- patients: no
-- order: 220
-- parameter: from date = -89
-- parameter: to date = 0
-- column: medicine text report_medicine
-- column: dispensed count report_dispensed
-- column: unit text report_unit
-- column: a_day number report_a_day
-- column: usable count report_usable
-- column: lasts count report_days_left
-- chart: bar medicine a_day
with used as (
  select lot.medication_id, -sum(v.quantity) as quantity
  from pharmacy.stock_movement v
  join pharmacy.lot on lot.id = v.lot_id
  where v.at >= :begins and v.at < :ends and v.type in ('dispense', 'return', 'issue')
  group by 1
),
there as (
  select medication_id, sum(usable)::bigint as usable from pharmacy.stock group by 1
)
select m.display as medicine, coalesce(u.quantity, 0)::bigint as dispensed, m.unit, round(r.a_day, 1)::float8 as a_day, t.usable,
  floor(t.usable / nullif(r.a_day, 0))::bigint as lasts
from there t
join ehr.medication m on m.id = t.medication_id
left join used u on u.medication_id = t.medication_id
cross join lateral (select coalesce(u.quantity, 0)::numeric / (:to - :from + 1) as a_day) r
order by lasts nulls last, m.display
