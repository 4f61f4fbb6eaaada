-- title: report_waiting
-- about: report_waiting_about
-- group: operations
-- permission: dashboard:read
-- patients: no
-- order: 20
-- parameter: from date = -29
-- parameter: to date = 0
-- parameter: department department
-- column: hour text report_hour
-- column: visits count report_visit_count
-- column: median minutes report_median
-- column: longest_tenth minutes report_longest_tenth
-- chart: bar hour median
select to_char(e.arrived_at at time zone :zone, 'HH24":00"') as hour, count(*) as visits,
  round(percentile_cont(0.5) within group (order by w.minutes))::float8 as median,
  round(percentile_cont(0.9) within group (order by w.minutes))::float8 as longest_tenth
from ehr.encounter e
cross join lateral (select (extract(epoch from e.started_at - e.arrived_at) / 60)::float8 as minutes) w
where e.begins_at >= :begins and e.begins_at < :ends and e.started_at >= e.arrived_at and e.status in ('in-progress', 'onleave', 'finished')
  and :may_count(e.patient_id) and (:department is null or e.department_id = :department)
group by 1
order by 1
