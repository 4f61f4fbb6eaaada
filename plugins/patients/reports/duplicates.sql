-- title: report_duplicates
-- about: report_duplicates_about
-- group: operations
-- permission: dashboard:read
-- patients: no
-- order: 50
-- parameter: from date = -364
-- parameter: to date = 0
-- column: month date report_month
-- column: registered count report_registered
-- column: duplicates count report_duplicates_found
-- column: rate number report_duplicates_rate
-- chart: line month rate
select date_trunc('month', p.created_at at time zone :zone)::date as month, count(*) as registered, count(m.patient_id) as duplicates,
  round(1000.0 * count(m.patient_id) / count(*), 1)::float8 as rate
from patients.patient p
left join patients.merge m on m.patient_id = p.id and m.undone_at is null
where p.created_at >= :begins and p.created_at < :ends and :may_count(p.id)
group by 1
order by 1 desc
