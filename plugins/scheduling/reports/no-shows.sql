-- title: report_no_shows
-- about: report_no_shows_about
-- group: operations
-- permission: appointment:read
-- patients: yes
-- order: 30
-- parameter: from date = -29
-- parameter: to date = 0
-- parameter: department department
-- column: starts_at instant report_appointment
-- column: patient patient report_patient
-- column: phone text report_phone
-- column: service text report_service
-- column: practitioner text report_practitioner
-- column: missed_before count report_missed_before
select a.starts_at, json_build_object('id', p.id, 'name', concat_ws(', ', upper(p.family_name), p.given_name), 'recordNumber', p.record_number) as patient,
  p.phone, s.name as service, card.display_name as practitioner,
  (
    select count(*) from scheduling.appointment earlier
    where earlier.patient_id = a.patient_id and earlier.status = 'noshow' and earlier.starts_at < a.starts_at
  ) as missed_before
from scheduling.appointment a
join patients.patient p on p.id = a.patient_id
left join facility.practitioner_card card on card.id = a.practitioner_id
left join facility.healthcare_service s on s.id = a.service_id
where a.starts_at >= :begins and a.starts_at < :ends and a.status = 'noshow' and :may_see(a.patient_id)
  and (:department is null or card.department_id = :department)
order by a.starts_at desc, a.id
