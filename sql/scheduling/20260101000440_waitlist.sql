-- Who waits for a time, what would suit them, and the times that they were offered.

insert into core.setting (name, value) values ('scheduling.rules', '{"holdMinutes": 10, "offerMinutes": 120, "offersFrom": "08:00", "offersTo": "20:00", "noShowMinutes": 120, "patientOverlap": "deny"}');

-- Somebody waits ---------------------------------------------------------------------------------------------------------
create table scheduling.waitlist_entry (
  id uuid primary key default uuidv7(),
  patient_id uuid not null references patients.patient,
  service_id uuid not null references facility.healthcare_service,
  practitioner_ids uuid[] not null default '{}', -- empty: anybody of the service's department
  location_id uuid references facility.location, -- the place, or what it lies in; null: anywhere
  weekdays smallint[] not null default '{}', -- Monday is 1; empty: any
  from_time time, -- of the day, where the practitioner is
  to_time time, -- the visit is over by then
  earliest_on date,
  latest_on date, -- inclusive
  notice_minutes integer not null default 1440, -- how long before it begins the patient must know
  priority text not null default 'routine',
  reason text check (length(reason) <= 1000),
  status text not null default 'waiting' check (status in ('waiting', 'booked', 'withdrawn', 'expired')),
  appointment_id uuid references scheduling.appointment, -- what it became
  looks boolean not null default true, -- all free time is still to be looked through for it
  created_at timestamptz not null default core.now(),
  constraint waitlist_priority_known check (priority in ('urgent', 'asap', 'routine')), -- R4's request priorities
  constraint waitlist_weekdays_known check (weekdays <@ '{1,2,3,4,5,6,7}'),
  constraint waitlist_times_in_order check (to_time > from_time),
  constraint waitlist_days_in_order check (latest_on >= earliest_on),
  constraint waitlist_notice_in_range check (notice_minutes between 0 and 43200),
  constraint waitlist_booked_has_appointment check ((status = 'booked') = (appointment_id is not null))
);
create unique index waitlist_once on scheduling.waitlist_entry (patient_id, service_id) where status = 'waiting';
select core.keep_history('scheduling.waitlist_entry');
select core.patient_rows('scheduling.waitlist_entry');
create index waitlist_entry_waiting on scheduling.waitlist_entry (service_id, priority, created_at, id) where status = 'waiting';
create index waitlist_entry_patient on scheduling.waitlist_entry (patient_id, created_at desc);

/* Whoever is urgent comes first, then whoever has waited longest. */
create function scheduling.waitlist_rank(priority text) returns integer language sql immutable parallel safe as $$
  select case priority when 'urgent' then 1 when 'asap' then 2 else 3 end
$$;

-- A time is offered to one of them ---------------------------------------------------------------------------------------
create table scheduling.waitlist_offer (
  id uuid primary key default uuidv7(),
  entry_id uuid not null references scheduling.waitlist_entry on delete cascade,
  patient_id uuid not null references patients.patient,
  appointment_id uuid not null references scheduling.appointment, -- the hold: nobody else can book the time meanwhile
  practitioner_id uuid not null references facility.practitioner,
  starts_at timestamptz not null,
  status text not null default 'open' check (status in ('open', 'accepted', 'declined', 'expired', 'withdrawn')),
  offered_at timestamptz not null default core.now(),
  expires_at timestamptz not null,
  answered_at timestamptz,
  constraint offer_of_one_hold unique (appointment_id)
);
create unique index offer_open_once on scheduling.waitlist_offer (entry_id) where status = 'open';
select core.patient_rows('scheduling.waitlist_offer');
create index waitlist_offer_entry on scheduling.waitlist_offer (entry_id, offered_at);
create index waitlist_offer_open on scheduling.waitlist_offer (expires_at) where status = 'open';
create index waitlist_offer_patient on scheduling.waitlist_offer (patient_id);

-- Time that has become free ----------------------------------------------------------------------------------------------
-- Whoever frees it, by whatever door; it is looked at once and forgotten.
create table scheduling.freed_time (
  id uuid primary key default uuidv7(),
  practitioner_id uuid not null references facility.practitioner on delete cascade,
  during tstzrange not null
);
create index freed_time_practitioner on scheduling.freed_time (practitioner_id);

create function scheduling.note_freed_time() returns trigger language plpgsql as $$
begin
  if upper(old.during) > core.now() and old.actor_id is distinct from old.patient_id then
    insert into scheduling.freed_time (practitioner_id, during)
    select p.id, old.during
    from facility.practitioner p
    where p.id = old.actor_id and exists (select from scheduling.waitlist_entry w where w.status = 'waiting'); -- shows no patient
  end if;
  return null;
end $$;
create trigger note_freed_time after update of blocking on scheduling.occupancy for each row
when (old.blocking and not new.blocking) execute function scheduling.note_freed_time();
create trigger note_deleted_time after delete on scheduling.occupancy for each row
when (old.blocking) execute function scheduling.note_freed_time();

/* Hours that are new may be free; half a year of them is looked at. */
create function scheduling.note_new_hours() returns trigger language plpgsql as $$
declare
  practitioner uuid := coalesce(new.practitioner_id, old.practitioner_id);
begin
  insert into scheduling.freed_time (practitioner_id, during)
  select practitioner, tstzrange(core.now(), core.now() + interval '184 days')
  where exists (select from scheduling.waitlist_entry w where w.status = 'waiting') -- shows no patient
    and not exists (select from scheduling.freed_time f where f.practitioner_id = practitioner and upper(f.during) > core.now() + interval '183 days');
  return null;
end $$;
create trigger note_new_hours after insert on scheduling.availability for each row execute function scheduling.note_new_hours();
create trigger note_new_day after insert on scheduling.availability_exception for each row execute function scheduling.note_new_hours();
create trigger note_ended_leave after delete or update on scheduling.leave for each row execute function scheduling.note_new_hours();

/*
 * Free times of the service that would suit somebody who waits, with who it is: the earliest time first, for each the one who
 * comes first. Nobody is named twice for one time, nor for one that they were offered before, nor while another offer runs.
 */
create function scheduling.waitlist_matches(service uuid, practitioners uuid[], from_at timestamptz, until_at timestamptz, entry uuid, at_most integer)
returns table (entry_id uuid, patient_id uuid, practitioner_id uuid, location_id uuid, starts_at timestamptz, ends_at timestamptz)
language sql stable as $$
  with slot as materialized (
    select b.practitioner_id, b.location_id, b.starts_at, b.ends_at, coalesce(s.zone, current_setting('TimeZone')) as zone
    from facility.healthcare_service h
    cross join lateral scheduling.bookable(practitioners, make_interval(mins => h.duration_minutes), from_at, until_at, at_most, '{}', h.id) b
    left join scheduling.schedule s on s.id = b.schedule_id
    where h.id = service and h.active
  )
  select w.id, w.patient_id, slot.practitioner_id, slot.location_id, slot.starts_at, slot.ends_at
  from slot
  cross join lateral (select slot.starts_at at time zone slot.zone as begins, slot.ends_at at time zone slot.zone as ends) wall
  join scheduling.waitlist_entry w on w.service_id = service and w.status = 'waiting' and (entry is null or w.id = entry)
    and (cardinality(w.practitioner_ids) = 0 or slot.practitioner_id = any (w.practitioner_ids))
    and (w.location_id is null or w.location_id = slot.location_id or facility.site_of(slot.location_id) = w.location_id)
    and (cardinality(w.weekdays) = 0 or extract(isodow from wall.begins)::smallint = any (w.weekdays))
    and (w.from_time is null or wall.begins::time >= w.from_time)
    and (w.to_time is null or wall.ends <= wall.begins::date + w.to_time)
    and (w.earliest_on is null or wall.begins::date >= w.earliest_on)
    and (w.latest_on is null or wall.begins::date <= w.latest_on)
    and slot.starts_at >= core.now() + make_interval(mins => w.notice_minutes)
  join patients.patient p on p.id = w.patient_id and p.active and p.deceased_at is null
  where not exists (
      select from scheduling.waitlist_offer o
      where o.entry_id = w.id and (o.status = 'open' or o.practitioner_id = slot.practitioner_id and o.starts_at = slot.starts_at)
    )
    and not exists (
      select from scheduling.occupancy b where b.actor_id = w.patient_id and b.blocking and b.during && tstzrange(slot.starts_at, slot.ends_at)
    )
  order by slot.starts_at, slot.practitioner_id, scheduling.waitlist_rank(w.priority), w.created_at, w.id
  limit 2000
$$;
