-- title: report_unsigned
-- about: report_unsigned_about
-- group: clinical
-- permission: note:read
-- patients: yes
-- order: 320
-- parameter: days count = 1
-- column: age count report_days_since
-- column: visit instant report_visit
-- column: patient patient report_patient
-- column: practitioner text report_practitioner
-- column: department text report_department
-- words: report_note_missing report_note_preliminary
-- column: state word report_note_state
select :today - (e.begins_at at time zone :zone)::date as age, e.begins_at as visit,
  json_build_object('id', p.id, 'name', concat_ws(', ', upper(p.family_name), p.given_name), 'recordNumber', p.record_number) as patient,
  card.display_name as practitioner, o.name as department, 'report_note_' || coalesce(n.status, 'missing') as state
from ehr.encounter e
join patients.patient p on p.id = e.patient_id
left join facility.practitioner_card card on card.id = e.practitioner_id
left join facility.organization o on o.id = e.department_id
left join ehr.composition n on n.encounter_id = e.id and n.visit_note and n.status <> 'entered-in-error'
where e.status = 'finished' and e.fhir_extra is null and n.signed_at is null and :may_see(e.patient_id)
  and (e.begins_at at time zone :zone)::date <= :today - :days
order by e.begins_at, e.id
