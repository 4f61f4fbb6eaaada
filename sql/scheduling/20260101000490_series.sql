-- Appointments that repeat: what was agreed, and which appointment stands for which of its dates.

create table scheduling.series (
  id uuid primary key default uuidv7(),
  patient_id uuid not null references patients.patient,
  practitioner_id uuid not null references facility.practitioner,
  location_id uuid references facility.location,
  service_id uuid not null references facility.healthcare_service,
  device_ids uuid[] not null default '{}',
  reason text check (length(reason) <= 1000),
  zone text not null, -- IANA: the wall time is kept in it
  start_on date not null,
  start_time time not null, -- as it is now; dates that are added begin then
  minutes integer not null check (minutes between 5 and 720),
  frequency text not null check (frequency in ('daily', 'weekly', 'monthly')),
  every smallint not null check (every between 1 and 52), -- RFC 5545 INTERVAL
  weekdays smallint[] not null default '{}', -- Monday is 1
  nth smallint check (nth between -1 and 5 and nth <> 0), -- of the month, that weekday; -1 is the last
  last_on date not null, -- the last date of the rule that was asked for
  shift_days smallint not null default 0, -- by so many days the whole has moved since
  cancelled_last uuid[] not null default '{}', -- what the last change called off: undo takes these back
  created_at timestamptz not null default core.now(),
  constraint series_zone_known check (scheduling.is_zone(zone)),
  constraint series_weekdays_known check (weekdays <@ '{1,2,3,4,5,6,7}'),
  constraint series_nth_of_one_weekday check (nth is null or (frequency = 'monthly' and cardinality(weekdays) = 1))
);
select core.keep_history('scheduling.series');
select core.patient_rows('scheduling.series');
create index series_patient on scheduling.series (patient_id);

/*
 * A date of the rule comes once, for ever: called off or left out, it keeps its row, and nothing that is done to the series can
 * bring it back. What the series says of it stands beside; an appointment that is otherwise was changed on its own.
 */
create table scheduling.occurrence (
  series_id uuid not null references scheduling.series on delete cascade,
  occurs_on date not null, -- RFC 5545 RECURRENCE-ID: the rule's date, wherever it has moved since
  patient_id uuid not null references patients.patient,
  appointment_id uuid references scheduling.appointment, -- null: it was left out, for the time was not free
  starts_at timestamptz,
  ends_at timestamptz,
  practitioner_id uuid references facility.practitioner,
  constraint occurrence_once primary key (series_id, occurs_on),
  constraint occurrence_of_one_series unique (appointment_id),
  constraint occurrence_left_out_or_agreed check (num_nulls(appointment_id, starts_at, ends_at, practitioner_id) in (0, 4))
);
select core.patient_rows('scheduling.occurrence');
create index occurrence_patient on scheduling.occurrence (patient_id);

/* Everybody and everything that bookings of this service with this practitioner may take, besides what is named. */
create function scheduling.actors_around(practitioner uuid, service uuid) returns setof uuid language sql stable as $$
  select practitioner
  union select a.location_id from scheduling.availability a where a.practitioner_id = practitioner and a.location_id is not null
  union select e.location_id from scheduling.availability_exception e where e.practitioner_id = practitioner and e.location_id is not null
  union select p.actor_id from scheduling.pool_of(service) p
$$;

/* Decisions about hours, and picking from pools, before any row is touched: the order in which a single booking takes its locks. */
create function scheduling.lock_for_series(practitioners uuid[], service uuid) returns void language plpgsql as $$
declare
  practitioner uuid;
begin
  for practitioner in select distinct p from unnest(practitioners) p order by p loop
    perform pg_advisory_xact_lock_shared(hashtextextended(practitioner::text, 5));
  end loop;
  if exists (select from facility.healthcare_service s where s.id = service and (s.needs_room or s.needs_device_type is not null)) then
    perform pg_advisory_xact_lock(hashtextextended(service::text, 4));
  end if;
end $$;

/* Many appointments change at once: all that they have or may get is held alone, in id order, before the first of it is touched. */
create function scheduling.lock_all_of(bookings uuid[], also uuid[] default '{}') returns void language sql volatile as $$
  select scheduling.lock_actors(
    array(
      select unnest(also)
      union select o.actor_id from scheduling.occupancy o where o.appointment_id = any (bookings)
      union select unnest(array[a.patient_id, a.practitioner_id, a.location_id] || a.also_taken) from scheduling.appointment a where a.id = any (bookings)
    ), true)
$$;

/* They give up what they have, so that none is in the way of another of them. The caller holds all of it alone. */
create function scheduling.give_way(bookings uuid[]) returns void language plpgsql as $$
declare
  booking uuid;
begin
  foreach booking in array bookings loop
    perform scheduling.release(booking);
  end loop;
  delete from scheduling.occupancy o where o.appointment_id = any (bookings);
end $$;

/* As before, and: a series keeps the lead time of the desk; how far ahead it may go is a matter of its first date alone. */
create or replace function scheduling.bounds(service uuid, channel text, out earliest timestamptz, out latest timestamptz, out lead_minutes integer, out horizon_days integer)
language sql stable as $$
  select core.now() + make_interval(mins => coalesce(rule.lead, 0)), coalesce(core.now() + make_interval(days => rule.horizon), 'infinity'), rule.lead, rule.horizon
  from (select) one
  left join lateral (
    select case channel when 'portal' then s.portal_lead_minutes when 'fhir' then s.fhir_lead_minutes else s.desk_lead_minutes end as lead,
      case channel when 'portal' then s.portal_horizon_days when 'fhir' then s.fhir_horizon_days when 'series' then null else s.desk_horizon_days end as horizon
    from facility.healthcare_service s
    where s.id = service
  ) rule on true
$$;
