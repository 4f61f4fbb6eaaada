-- title: report_not_dispensed
-- about: report_not_dispensed_about
-- group: clinical
-- permission: dispense:read
-- patients: yes
-- order: 330
-- parameter: days count = 1
-- column: age count report_days_since
-- column: prescribed instant report_prescribed
-- column: patient patient report_patient
-- column: phone text report_phone
-- column: medicine text report_medicine
-- column: open count report_not_given
-- column: unit text report_unit
select :today - (r.authored_at at time zone :zone)::date as age, r.authored_at as prescribed,
  json_build_object('id', p.id, 'name', concat_ws(', ', upper(p.family_name), p.given_name), 'recordNumber', p.record_number) as patient,
  p.phone, m.display as medicine, (r.quantity - r.dispensed_quantity)::bigint as open, m.unit
from ehr.medication_request r
join patients.patient p on p.id = r.patient_id
join ehr.medication m on m.id = r.medication_id
where r.status = 'active' and m.formulary and r.dispensed_quantity < r.quantity and r.fhir_extra is null and :may_see(r.patient_id)
  and (r.authored_at at time zone :zone)::date <= :today - :days
order by r.authored_at, r.id
