-- title: report_invoices
-- about: report_invoices_about
-- group: money
-- permission: invoice:read
-- patients: yes
-- order: 120
-- parameter: from date = -29
-- parameter: to date = 0
-- column: issued_at instant report_issued
-- column: number text report_number
-- column: patient patient report_patient
-- column: total money report_total
-- column: paid money report_paid
-- column: open money report_open
select i.issued_at, i.number, json_build_object('id', p.id, 'name', concat_ws(', ', upper(p.family_name), p.given_name), 'recordNumber', p.record_number) as patient,
  i.total_minor as total, i.paid_minor as paid, i.open_minor as open
from billing.invoice i
join patients.patient p on p.id = i.patient_id
where i.issued_at >= :begins and i.issued_at < :ends and i.status in ('issued', 'balanced') and not i.elsewhere and i.currency = :currency
  and :may_see(i.patient_id)
order by i.issued_at desc, i.id
