-- title: report_bed_occupancy
-- about: report_bed_occupancy_about
-- group: operations
-- permission: stay:read
-- patients: no
-- order: 45
-- parameter: from date = -29
-- parameter: to date = 0
-- column: day date report_day
-- column: ward text report_ward
-- column: beds count report_beds
-- column: occupied count report_beds_occupied
-- column: rate percent report_occupancy
-- chart: line day rate ward
select d.day, l.name as ward, beds.many as beds, count(k.id) as occupied, coalesce(round(count(k.id)::numeric / nullif(beds.many, 0), 4), 0)::float8 as rate
from (select g::date as day from generate_series(:from, least(:to, :today), interval '1 day') g) d
cross join lateral (select least((d.day + 1)::timestamp at time zone :zone, core.now()) as at) midnight
cross join inpatient.ward w
join facility.location l on l.id = w.id
cross join lateral (select count(*) as many from inpatient.bed b where b.ward_id = w.id) beds
left join inpatient.bed_stay k on k.ward_id = w.id and k.status in ('active', 'completed') and k.during @> midnight.at
group by d.day, w.id, w.position, l.name, beds.many
order by d.day desc, w.position
