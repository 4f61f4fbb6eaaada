-- title: report_length_of_stay
-- about: report_length_of_stay_about
-- group: operations
-- permission: stay:read
-- patients: no
-- order: 46
-- parameter: from date = -89
-- parameter: to date = 0
-- parameter: department department
-- column: ward text report_ward
-- column: discharges count report_discharges
-- column: average_days number report_average_days
-- column: median_days number report_median_days
-- column: longest_days number report_longest_days
-- column: home percent report_discharged_home
-- chart: bar ward average_days
select l.name as ward, count(*) as discharges, round(avg(t.days), 1)::float8 as average_days,
  round(percentile_cont(0.5) within group (order by t.days)::numeric, 1)::float8 as median_days, round(max(t.days), 1)::float8 as longest_days,
  round(count(*) filter (where s.disposition in ('home', 'alt-home'))::numeric / count(*), 4)::float8 as home
from inpatient.stay s
join lateral (
  select k.ward_id from inpatient.bed_stay k where k.stay_id = s.id and k.status = 'completed' order by lower(k.during) desc limit 1
) last on true
join facility.location l on l.id = last.ward_id
cross join lateral (select (extract(epoch from s.discharged_at - s.admitted_at) / 86400)::numeric as days) t
where s.status = 'discharged' and s.discharged_at >= :begins and s.discharged_at < :ends and :may_count(s.patient_id) and (:department is null or l.organization_id = :department)
group by l.id, l.name
order by l.name
