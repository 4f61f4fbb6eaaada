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
  service_id uuid references facility.healthcare_service, -- for this service alone
  weekday smallint not null check (weekday between 1 and 7), -- Monday is 1
  start_time time not null,
  end_time time not null, -- 24:00 is midnight at the end of the day
  valid_from date,
  valid_to date, -- inclusive
  on_holidays boolean not null default false, -- also on days when the house is closed
  constraint availability_ends_after_start check (end_time > start_time),
  constraint availability_valid_in_order check (valid_to >= valid_from),
  constraint availability_no_overlap exclude using gist (
    practitioner_id with =, weekday with =, scheduling.timerange(start_time, end_time) with &&, daterange(valid_from, valid_to, '[]') with &&
  )
);
create index availability_schedule on scheduling.availability (schedule_id);
create index availability_practitioner on scheduling.availability (practitioner_id);

-- One day that is otherwise: hours more (which stand instead of the weekly ones that they touch), or hours less.
create table scheduling.availability_exception (
  id uuid primary key default uuidv7(),
  schedule_id uuid not null references scheduling.schedule on delete cascade,
  practitioner_id uuid not null references facility.practitioner,
  location_id uuid references facility.location,
  service_id uuid references facility.healthcare_service,
  on_date date not null,
  start_time time not null,
  end_time time not null,
  open boolean not null,
  note text check (length(note) <= 200),
  constraint availability_exception_ends_after_start check (end_time > start_time),
  constraint availability_exception_no_overlap exclude using gist (practitioner_id with =, on_date with =, scheduling.timerange(start_time, end_time) with &&)
);
create index availability_exception_schedule on scheduling.availability_exception (schedule_id);
select core.keep_history('scheduling.schedule', '{scheduling.availability,scheduling.availability_exception}');
create index schedule_updated on scheduling.schedule (updated_at, id);

-- Days on which the house is closed, but for windows that say otherwise.
create table scheduling.holiday (
  id uuid primary key default uuidv7(),
  on_date date not null,
  name text not null check (length(name) between 1 and 200),
  constraint holiday_once unique (on_date)
);
select core.keep_history('scheduling.holiday');

create table scheduling.leave (
  id uuid primary key default uuidv7(),
  practitioner_id uuid not null references facility.practitioner,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  kind text not null check (kind in ('vacation', 'sick', 'training', 'other')),
  note text check (length(note) <= 500),
  created_at timestamptz not null default core.now(),
  constraint leave_ends_after_start check (ends_at > starts_at),
  constraint leave_no_overlap exclude using gist (practitioner_id with =, tstzrange(starts_at, ends_at) with &&)
);
select core.keep_history('scheduling.leave');

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
  held_until timestamptz, -- a hold: pending, and nobody's any more from then on
  override_by uuid, -- who decided that it goes beyond the capacity of somebody or something
  override_reason text check (length(override_reason) between 1 and 500),
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint appointment_held_while_pending check (held_until is null or status = 'pending'),
  constraint appointment_override_has_reason check ((override_by is null) = (override_reason is null)),
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
create index appointment_held on scheduling.appointment (held_until) where held_until is not null;

-- Everybody and everything has lane 1. Further lanes are how many can be served at one time; one beyond that is for overrides.
create table scheduling.lane (
  actor_id uuid not null,
  lane smallint not null check (lane > 1),
  beyond boolean not null,
  primary key (actor_id, lane),
  unique (actor_id, lane, beyond)
);

-- One row per person, room or device that an appointment takes. Settled appointments keep theirs, not blocking.
create table scheduling.occupancy (
  appointment_id uuid not null references scheduling.appointment on delete cascade,
  actor_id uuid not null,
  patient_id uuid references patients.patient, -- the appointment's
  lane smallint not null default 1 check (lane > 0),
  beyond boolean not null default false,
  override_id uuid, -- who decided to go beyond the capacity; why stands in the appointment
  during tstzrange not null check (not isempty(during)), -- with the buffers of the service, but for the patient
  held_until timestamptz, -- the appointment's
  blocking boolean not null default true,
  further_lane smallint generated always as (case when blocking and lane > 1 then lane end) stored,
  primary key (appointment_id, actor_id),
  constraint occupancy_lane_exists foreign key (actor_id, further_lane, beyond) references scheduling.lane (actor_id, lane, beyond)
    deferrable initially immediate, -- a change of the capacity moves both sides
  constraint occupancy_beyond_capacity_is_decided check (not beyond or override_id is not null),
  constraint occupancy_no_overlap exclude using gist (actor_id with =, lane with =, during with &&) where (blocking)
);
select core.patient_rows('scheduling.occupancy');
create index occupancy_patient on scheduling.occupancy (patient_id);
create index occupancy_further_lane on scheduling.occupancy (actor_id, further_lane) where further_lane is not null;

/* Merging patients moves patient_id; the row that stands for the patient goes with it. */
create function scheduling.follow_patient() returns trigger language plpgsql as $$
begin
  if old.actor_id = old.patient_id then new.actor_id := new.patient_id; end if;
  return new;
end $$;
create trigger follow_patient before update of patient_id on scheduling.occupancy for each row execute function scheduling.follow_patient();

/* Who looks for free time reads from the occupancy alone whether a hold is over. */
create function scheduling.follow_hold() returns trigger language plpgsql as $$
begin
  update scheduling.occupancy set held_until = new.held_until where appointment_id = new.id;
  return null;
end $$;
create trigger follow_hold after update of held_until on scheduling.appointment for each row
when (old.held_until is distinct from new.held_until) execute function scheduling.follow_hold();

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
