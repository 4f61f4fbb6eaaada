-- title: report_utilisation
-- about: report_utilisation_about
-- group: operations
-- permission: dashboard:read
-- patients: no
-- order: 40
-- parameter: from date = -29
-- parameter: to date = 0
-- parameter: department department
-- column: practitioner text report_practitioner
-- column: department text report_department
-- column: offered minutes report_offered
-- column: booked minutes report_booked
-- column: share percent report_booked_share
-- column: missed percent report_missed_share
-- chart: bar practitioner share
with offered as (
  select w.practitioner_id, sum(extract(epoch from upper(w.during) - lower(w.during)) / 60) as minutes
  from scheduling.windows(null, :begins, :ends) w
  group by 1
),
taken as (
  select a.practitioner_id, sum(extract(epoch from a.ends_at - a.starts_at) / 60) filter (where scheduling.blocks(a.status)) as minutes,
    count(*) filter (where a.status = 'noshow') as missed, count(*) filter (where a.status in ('noshow', 'arrived', 'checked-in', 'fulfilled')) as due
  from scheduling.appointment a
  where a.starts_at >= :begins and a.starts_at < :ends
  group by 1
)
select card.display_name as practitioner, card.department_name as department, round(coalesce(o.minutes, 0))::float8 as offered,
  round(coalesce(t.minutes, 0))::float8 as booked, round(t.minutes / nullif(o.minutes, 0), 4)::float8 as share,
  round(t.missed::numeric / nullif(t.due, 0), 4)::float8 as missed
from facility.practitioner_card card
left join offered o on o.practitioner_id = card.id
left join taken t on t.practitioner_id = card.id
where (o.minutes > 0 or t.minutes > 0) and (:department is null or card.department_id = :department)
order by share desc nulls last, card.display_name
