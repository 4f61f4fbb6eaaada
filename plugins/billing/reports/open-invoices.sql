-- title: report_open_invoices
-- about: report_open_invoices_about
-- group: money
-- permission: invoice:read
-- patients: yes
-- order: 130
-- parameter: days count = 0
-- column: age count report_days_open
-- column: number text report_number
-- column: patient patient report_patient
-- column: phone text report_phone
-- column: total money report_total
-- column: open money report_open
select :today - (i.issued_at at time zone :zone)::date as age, i.number,
  json_build_object('id', p.id, 'name', concat_ws(', ', upper(p.family_name), p.given_name), 'recordNumber', p.record_number) as patient,
  p.phone, i.total_minor as total, i.open_minor as open
from billing.invoice i
join patients.patient p on p.id = i.patient_id
where i.status = 'issued' and not i.elsewhere and i.currency = :currency and :may_see(i.patient_id)
  and (i.issued_at at time zone :zone)::date <= :today - :days
order by i.issued_at, i.id
