-- Availability is wall time in a zone -----------------------------------------------------------------------------------
create type scheduling.timerange as range (subtype = time);

create function scheduling.is_zone(zone text) returns boolean language plpgsql immutable as $$
begin
  perform timestamptz '2026-01-01' at time zone zone;
  return true;
exception when invalid_parameter_value then
  return false;
end $$;

create table scheduling.schedule (
  id uuid primary key default uuidv7(),
  practitioner_id uuid references facility.practitioner, -- null: of a room or a service, only from elsewhere
  zone text, -- IANA; null until there are windows
  active boolean not null default true,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint schedule_zone_known check (scheduling.is_zone(zone))
);
create index schedule_practitioner on scheduling.schedule (practitioner_id);

create table scheduling.availability (
  id uuid primary key default uuidv7(),
  schedule_id uuid not null references scheduling.schedule on delete cascade,
  practitioner_id uuid not null references facility.practitioner,
  location_id uuid references facility.location,
  weekday smallint not null check (weekday between 1 and 7), -- Monday is 1
  start_time time not null,
  end_time time not null, -- 24:00 is midnight at the end of the day
  valid_from date,
  valid_to date, -- inclusive
  constraint availability_ends_after_start check (end_time > start_time),
  constraint availability_valid_in_order check (valid_to >= valid_from),
  constraint availability_no_overlap exclude using gist (
    practitioner_id with =, weekday with =, scheduling.timerange(start_time, end_time) with &&, daterange(valid_from, valid_to, '[]') with &&
  )
);
create index availability_schedule on scheduling.availability (schedule_id);
select core.keep_history('scheduling.schedule', '{scheduling.availability}');
create index schedule_updated on scheduling.schedule (updated_at, id);

-- Appointments ----------------------------------------------------------------------------------------------------------
create table scheduling.appointment (
  id uuid primary key default uuidv7(),
  patient_id uuid references patients.patient,
  practitioner_id uuid references facility.practitioner,
  location_id uuid references facility.location,
  service_id uuid references facility.healthcare_service,
  also_taken uuid[] not null default '{}', -- equipment, and further practitioners and rooms, which only FHIR names
  status text not null check (status in
    ('proposed', 'pending', 'booked', 'arrived', 'fulfilled', 'cancelled', 'noshow', 'entered-in-error', 'checked-in', 'waitlist')),
  starts_at timestamptz,
  ends_at timestamptz,
  reason text check (length(reason) <= 1000),
  cancellation_reason text check (length(cancellation_reason) <= 1000),
  checked_in_at timestamptz,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint appointment_ends_after_start check (ends_at > starts_at),
  constraint appointment_both_times check ((starts_at is null) = (ends_at is null)), -- R4 app-2
  constraint appointment_has_time check (starts_at is not null or status in ('proposed', 'cancelled', 'waitlist')) -- R4 app-3
);
select core.keep_history('scheduling.appointment');
select core.patient_rows('scheduling.appointment');
create index appointment_patient on scheduling.appointment (patient_id, starts_at desc, id desc);
create index appointment_start on scheduling.appointment (starts_at);
create index appointment_practitioner on scheduling.appointment (practitioner_id, starts_at);
create index appointment_updated on scheduling.appointment (updated_at, id);

-- One row per person, room or device that an appointment takes. Settled appointments keep theirs, not blocking.
create table scheduling.occupancy (
  appointment_id uuid not null references scheduling.appointment on delete cascade,
  actor_id uuid not null,
  patient_id uuid references patients.patient, -- the appointment's
  lane smallint not null default 1 check (lane > 0),
  capacity smallint not null default 1 check (capacity > 0),
  override_id uuid, -- who decided to go beyond the capacity, and why
  during tstzrange not null check (not isempty(during)),
  blocking boolean not null default true,
  primary key (appointment_id, actor_id),
  constraint occupancy_beyond_capacity_is_decided check (lane <= capacity or override_id is not null),
  constraint occupancy_no_overlap exclude using gist (actor_id with =, lane with =, during with &&) where (blocking)
);
select core.patient_rows('scheduling.occupancy');
create index occupancy_patient on scheduling.occupancy (patient_id);

/* Merging patients moves patient_id; the row that stands for the patient goes with it. */
create function scheduling.follow_patient() returns trigger language plpgsql as $$
begin
  if old.actor_id = old.patient_id then new.actor_id := new.patient_id; end if;
  return new;
end $$;
create trigger follow_patient before update of patient_id on scheduling.occupancy for each row execute function scheduling.follow_patient();

-- The visit that came of an appointment; written by the plugin that makes visits, and no new version of the appointment.
create table scheduling.visit (
  appointment_id uuid primary key references scheduling.appointment on delete cascade,
  patient_id uuid references patients.patient,
  encounter_id uuid not null,
  started_at timestamptz -- null: the patient waits, and the check-in can still be taken back
);
select core.patient_rows('scheduling.visit');
create index visit_patient on scheduling.visit (patient_id);

/* R4 statuses that take people and places; the others leave them free. */
create function scheduling.blocks(status text) returns boolean language sql immutable parallel safe as $$
  select status in ('pending', 'booked', 'arrived', 'checked-in', 'fulfilled')
$$;

-- What is bookable: one family of functions, asked by every door ------------------------------------------------------------

/*
 * The windows of these practitioners (of all when null) as instants, where they touch [from_at, until_at).
 * A wall time that the clock skips counts from before the skip, one that it repeats is the second; the lag keeps a window
 * that ends in a skipped hour from overlapping the next.
 */
create function scheduling.windows(practitioners uuid[], from_at timestamptz, until_at timestamptz)
returns table (practitioner_id uuid, schedule_id uuid, location_id uuid, during tstzrange)
language sql stable as $$
  select w.practitioner_id, w.schedule_id, w.location_id, tstzrange(greatest(w.starts_at, w.before), w.ends_at)
  from (
    select a.practitioner_id, a.schedule_id, a.location_id, i.starts_at, i.ends_at,
      lag(i.ends_at) over (partition by a.practitioner_id order by i.starts_at) as before
    from scheduling.availability a
    join scheduling.schedule s on s.id = a.schedule_id and s.active
    cross join lateral (select (from_at at time zone s.zone)::date as first, (until_at at time zone s.zone)::date as last) days
    cross join lateral generate_series(
      (days.first + (a.weekday - extract(isodow from days.first)::integer + 7) % 7)::timestamp, days.last::timestamp, interval '7 days'
    ) day
    cross join lateral (
      select (day::date + a.start_time) at time zone s.zone as starts_at, (day::date + a.end_time) at time zone s.zone as ends_at
    ) i
    where (practitioners is null or a.practitioner_id = any (practitioners))
      and day::date >= coalesce(a.valid_from, '-infinity') and day::date <= coalesce(a.valid_to, 'infinity')
  ) w
  where w.ends_at > greatest(w.starts_at, w.before) and w.ends_at > from_at and w.starts_at < until_at
$$;

/* True when the practitioner is there for the whole time. */
create function scheduling.is_available(practitioner uuid, wanted tstzrange) returns boolean language sql stable as $$
  select coalesce(range_agg(w.during) @> wanted, false) from scheduling.windows(array[practitioner], lower(wanted), upper(wanted)) w
$$;

/*
 * Free times of this length that start in [from_at, until_at), in no order. They follow one another from the start of each
 * gap. `also` names who else must be free: a patient, a room.
 */
create function scheduling.free_between(practitioners uuid[], length interval, from_at timestamptz, until_at timestamptz, also uuid[])
returns table (practitioner_id uuid, schedule_id uuid, location_id uuid, starts_at timestamptz, ends_at timestamptz)
language sql stable as $$
  with open as materialized (
    select w.practitioner_id, w.schedule_id, w.location_id, w.during
    from scheduling.windows(practitioners, from_at, until_at) w
    join facility.practitioner p on p.id = w.practitioner_id and p.active
  ),
  busy as materialized (
    select actor.id, taken.during
    from (
      select o.practitioner_id as id from open o union select o.location_id from open o where o.location_id is not null union select unnest(also)
    ) actor
    cross join lateral (
      select range_agg(b.during) as during
      from scheduling.occupancy b
      -- a window that was open before belongs to the same day
      where b.actor_id = actor.id and b.lane = 1 and b.blocking and b.during && tstzrange(from_at - interval '1 day', until_at + interval '1 day')
    ) taken
  ),
  others as (select coalesce(range_agg(b.during), '{}') as during from busy b where b.id = any (also))
  select o.practitioner_id, o.schedule_id, o.location_id, start, start + length
  from open o
  cross join others
  left join busy practitioner on practitioner.id = o.practitioner_id
  left join busy room on room.id = o.location_id
  cross join lateral unnest(
    tstzmultirange(o.during) - coalesce(practitioner.during, '{}') - coalesce(room.during, '{}') - others.during
  ) gap
  cross join lateral generate_series(lower(gap), upper(gap) - length, length) start
  where start >= from_at and start < until_at
$$;

/* The first free times from now on, earliest first. Looks no further ahead than it must: the next free time is usually soon. */
create function scheduling.bookable(
  practitioners uuid[], length interval, from_at timestamptz, until_at timestamptz, at_most integer, also uuid[] default '{}'
)
returns table (practitioner_id uuid, schedule_id uuid, location_id uuid, starts_at timestamptz, ends_at timestamptz)
language plpgsql stable security definer set search_path = scheduling, core, public, pg_temp as $$
declare
  looked timestamptz := greatest(from_at, core.now());
  ahead timestamptz;
  days integer := case when at_most <= 20 then 1 else 14 end;
  missing integer := at_most;
  found integer;
begin
  while looked < until_at and missing > 0 loop
    ahead := least(until_at, looked + make_interval(days => days));
    return query
      select f.practitioner_id, f.schedule_id, f.location_id, f.starts_at, f.ends_at
      from scheduling.free_between(practitioners, length, looked, ahead, also) f
      order by f.starts_at, f.practitioner_id
      limit missing;
    get diagnostics found = row_count;
    missing := missing - found;
    looked := ahead;
    days := days * 3;
  end loop;
end $$;

-- Taking time -----------------------------------------------------------------------------------------------------------

/*
 * Gives the appointment all of its actors for this time, or false when one of them is taken: then the caller rolls back.
 * It waits for an uncommitted rival, so a rival that gives up refuses nobody. A new booking shares the actors' locks, a
 * move holds them alone: it gives up rows and takes others, and two such could wait for each other. Always in id order.
 */
create function scheduling.take(appointment uuid, patient uuid, actors uuid[], wanted tstzrange) returns boolean language plpgsql as $$
declare
  everybody uuid[] := array(select distinct a from unnest(actors) a where a is not null order by a);
  held uuid[] := array(select actor_id from scheduling.occupancy where appointment_id = appointment);
  actor uuid;
  taken integer;
begin
  for actor in select distinct a from unnest(everybody || held) a order by a loop
    if cardinality(held) > 0 then
      perform pg_advisory_xact_lock(hashtextextended(actor::text, 2));
    else
      perform pg_advisory_xact_lock_shared(hashtextextended(actor::text, 2));
    end if;
  end loop;
  if cardinality(held) > 0 then
    delete from scheduling.occupancy where appointment_id = appointment;
  end if;
  insert into scheduling.occupancy (appointment_id, actor_id, patient_id, during)
  select appointment, a, patient, wanted from unnest(everybody) a order by a
  on conflict do nothing;
  get diagnostics taken = row_count;
  if taken < cardinality(everybody) then
    delete from scheduling.occupancy where appointment_id = appointment; -- what was had of it is not in the way of the next free times
    return false;
  end if;
  return true;
end $$;

grant execute on function scheduling.bookable(uuid[], interval, timestamptz, timestamptz, integer, uuid[]) to patient;
