-- title: report_diagnoses
-- about: report_diagnoses_about
-- group: clinical
-- permission: dashboard:read
-- patients: no
-- order: 310
-- parameter: from date = -89
-- parameter: to date = 0
-- parameter: department department
-- column: code text report_code
-- column: diagnosis text report_diagnosis
-- column: visits count report_visit_count
-- column: female count report_female
-- column: male count report_male
-- column: age number report_median_age
-- chart: bar diagnosis visits
select c.code, min(c.display) as diagnosis, count(distinct e.id) as visits, count(distinct e.patient_id) filter (where p.gender = 'female') as female,
  count(distinct e.patient_id) filter (where p.gender = 'male') as male,
  round(percentile_cont(0.5) within group (order by extract(year from age(e.begins_at, p.birth_date::timestamptz))))::float8 as age
from ehr.condition c
join ehr.encounter e on e.id = c.encounter_id
join patients.patient p on p.id = c.patient_id
where e.begins_at >= :begins and e.begins_at < :ends and c.code is not null and c.verification_status is distinct from 'entered-in-error'
  and :may_count(e.patient_id) and (:department is null or e.department_id = :department)
group by c.code
order by visits desc, c.code
