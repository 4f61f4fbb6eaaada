-- title: report_visits
-- about: report_visits_about
-- group: operations
-- permission: dashboard:read
-- patients: no
-- order: 10
-- parameter: from date = -29
-- parameter: to date = 0
-- parameter: department department
-- column: day date report_day
-- column: department text report_department
-- column: visits count report_visit_count
-- column: patients count report_patient_count
-- chart: line day visits department
select (e.begins_at at time zone :zone)::date as day, o.name as department, count(*) as visits, count(distinct e.patient_id) as patients
from ehr.encounter e
left join facility.organization o on o.id = e.department_id
where e.begins_at >= :begins and e.begins_at < :ends and e.status in ('arrived', 'triaged', 'in-progress', 'onleave', 'finished')
  and :may_count(e.patient_id) and (:department is null or e.department_id = :department)
group by 1, 2
order by 1 desc, 2
