-- Where people wait to be called: a desk, a triage room, the consulting room of a practitioner, a cashier ---------------------
create table scheduling.service_point (
  id uuid primary key default uuidv7(),
  name text not null check (length(name) between 1 and 80),
  kind text not null check (kind in ('registration', 'triage', 'consulting-room', 'cashier', 'laboratory', 'pharmacy', 'other')),
  prefix text not null check (prefix ~ '^[A-Z]{1,2}$'), -- points that share it share its numbers
  location_id uuid references facility.location,
  practitioner_id uuid references facility.practitioner,
  department_id uuid references facility.organization, -- whose appointments check in here; null: of every department
  takes_check_ins boolean not null default false,
  next_point_id uuid references scheduling.service_point, -- where one usually goes on
  active boolean not null default true,
  created_at timestamptz not null default core.now(),
  constraint point_leads_elsewhere check (next_point_id <> id),
  constraint point_name_once unique (name)
);
select core.keep_history('scheduling.service_point');
create unique index point_once_per_practitioner on scheduling.service_point (practitioner_id) where active;

-- Who is called before others. Without a name of the house's own the code has a word in every language.
create table scheduling.queue_priority (
  code text primary key check (code ~ '^[a-z][a-z0-9-]{0,29}$'),
  name text check (length(name) between 1 and 60),
  rank smallint not null check (rank between 1 and 100), -- higher is called first
  needs_reason boolean not null default false,
  active boolean not null default true
);
insert into scheduling.queue_priority (code, rank, needs_reason) values
  ('emergency', 90, true), ('urgent', 70, true), ('pregnant', 40, false), ('elderly', 30, false), ('disabled', 30, false), ('child', 20, false);

-- Tickets ------------------------------------------------------------------------------------------------------------------
create table scheduling.ticket_number (
  day date not null, -- of the facility, in its zone
  prefix text not null,
  last integer not null,
  primary key (day, prefix)
);

create table scheduling.ticket (
  id uuid primary key default uuidv7(),
  day date not null,
  prefix text not null,
  number integer not null check (number > 0),
  token text not null generated always as (prefix || '-' || case when number < 100 then lpad(number::text, 3, '0') else number::text end) stored,
  point_id uuid not null references scheduling.service_point,
  patient_id uuid references patients.patient, -- null: has only taken a number
  appointment_id uuid references scheduling.appointment,
  category text not null check (category in ('appointment', 'walk-in')),
  status text not null default 'created' check (status in ('created', 'in-progress', 'fulfilled', 'unfulfilled', 'cancelled')),
  priority text references scheduling.queue_priority,
  priority_reason text check (length(priority_reason) <= 300),
  location_id uuid references facility.location, -- instead of the point's
  arrived_at timestamptz not null default core.now(), -- stays, wherever the ticket goes
  turn_at timestamptz not null, -- what the order is by: who comes early for an appointment waits from its time
  queued_at timestamptz not null default core.now(), -- at this point
  called_at timestamptz, -- last
  calls smallint not null default 0,
  skipped boolean not null default false,
  back_at timestamptz, -- of one that was skipped; null: when somebody brings it back
  ended_at timestamptz,
  constraint ticket_number_once unique (day, prefix, number),
  constraint ticket_settled_has_end check ((status in ('fulfilled', 'unfulfilled', 'cancelled')) = (ended_at is not null)),
  constraint ticket_called_has_time check (status <> 'in-progress' or called_at is not null),
  constraint ticket_skipped_waits check (not skipped or status = 'created')
);
select core.keep_history('scheduling.ticket');
select core.patient_rows('scheduling.ticket');
create unique index ticket_once_per_queue on scheduling.ticket (patient_id, point_id) where status in ('created', 'in-progress');
create unique index ticket_once_per_appointment on scheduling.ticket (appointment_id) where status in ('created', 'in-progress');
create index ticket_of_appointment on scheduling.ticket (appointment_id);
create index ticket_open on scheduling.ticket (point_id, turn_at) where status in ('created', 'in-progress');
create index ticket_called on scheduling.ticket (point_id, called_at desc);
create index ticket_patient on scheduling.ticket (patient_id);

-- What a ticket went through: one row for each point, so that times per stage are read and not guessed.
create table scheduling.ticket_step (
  id uuid primary key default uuidv7(),
  ticket_id uuid not null references scheduling.ticket on delete cascade,
  patient_id uuid references patients.patient, -- the ticket's
  point_id uuid not null references scheduling.service_point,
  usual boolean not null, -- no priority and never skipped: what estimates are made of
  queued_at timestamptz not null,
  called_at timestamptz, -- first
  ended_at timestamptz,
  outcome text check (outcome in ('transferred', 'fulfilled', 'unfulfilled', 'cancelled')),
  constraint step_ends_with_outcome check ((ended_at is null) = (outcome is null))
);
select core.patient_rows('scheduling.ticket_step');
create unique index ticket_at_one_point on scheduling.ticket_step (ticket_id) where ended_at is null;
create index ticket_step_point on scheduling.ticket_step (point_id, queued_at);
create index ticket_step_patient on scheduling.ticket_step (patient_id);

/* The steps follow the ticket, whoever changes it. */
create function scheduling.follow_ticket() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.ended_at is not null and new.ended_at is null then -- taken back
    update scheduling.ticket_step set ended_at = null, outcome = null
    where id = (select id from scheduling.ticket_step where ticket_id = new.id order by queued_at desc, id desc limit 1);
  end if;
  if tg_op = 'UPDATE' and old.point_id <> new.point_id then
    update scheduling.ticket_step set ended_at = new.queued_at, outcome = 'transferred' where ticket_id = new.id and ended_at is null;
  end if;
  if tg_op = 'INSERT' or old.point_id <> new.point_id then
    insert into scheduling.ticket_step (ticket_id, patient_id, point_id, usual, queued_at)
    values (new.id, new.patient_id, new.point_id, new.priority is null, new.queued_at);
  end if;
  update scheduling.ticket_step
  set called_at = coalesce(called_at, new.called_at), usual = usual and new.priority is null and not new.skipped,
    patient_id = coalesce(patient_id, new.patient_id), ended_at = new.ended_at, outcome = case when new.ended_at is not null then new.status end
  where ticket_id = new.id and ended_at is null;
  return null;
end $$;
create trigger follow_ticket after insert or update on scheduling.ticket for each row execute function scheduling.follow_ticket();

/* The next number of the day, without gaps as long as nobody rolls back: rivals for one prefix wait for each other. */
create function scheduling.next_number(of_day date, of_prefix text) returns integer language sql as $$
  insert into scheduling.ticket_number (day, prefix, last) values (of_day, of_prefix, 1)
  on conflict (day, prefix) do update set last = ticket_number.last + 1
  returning last
$$;

-- Screens that everybody in the room sees ---------------------------------------------------------------------------------
create table scheduling.queue_display (
  id uuid primary key default uuidv7(),
  name text not null check (length(name) between 1 and 80),
  point_ids uuid[] not null check (cardinality(point_ids) between 1 and 50),
  locale text not null check (locale in ('en', 'es', 'ar')),
  chime boolean not null default false,
  secret_hash bytea not null unique, -- the link itself is shown once
  created_at timestamptz not null default core.now(),
  revoked_at timestamptz
);
