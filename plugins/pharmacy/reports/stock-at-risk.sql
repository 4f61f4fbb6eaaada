-- title: report_stock_at_risk
-- about: report_stock_at_risk_about
-- group: stock
-- permission: stock:read
-- patients: no
-- order: 210
-- parameter: days count = 90
-- column: expires_on date report_expires
-- column: medicine text report_medicine
-- column: lot text report_lot
-- column: on_hand count report_on_hand
-- column: unit text report_unit
-- column: value money report_value
-- column: place text report_place
select s.expires_on, m.display as medicine, s.lot_number as lot, s.on_hand, m.unit,
  case when s.currency = :currency then round(s.on_hand * s.unit_cost * 10 ^ :digits)::bigint end as value, l.name as place
from pharmacy.stock s
join ehr.medication m on m.id = s.medication_id
left join facility.location l on l.id = s.location_id
where s.on_hand > 0 and s.expires_on <= :today + :days
order by s.expires_on, m.display, s.lot_id
