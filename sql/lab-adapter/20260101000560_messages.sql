-- Laboratories that work for this hospital, what goes to them and what comes back. Everything is stored before it is sent or acknowledged.

-- One for each way of speaking; where it is comes from the environment.
create table lab_adapter.connection (
  id uuid primary key default uuidv7(),
  kind text not null check (kind in ('mllp', 'fhir')),
  name text not null check (length(name) between 1 and 120), -- of the laboratory, as people read it
  active boolean not null default true,
  created_at timestamptz not null default core.now(),
  constraint connection_once unique (kind)
);

-- What it performs: whole sections of the catalogue, single tests. A test goes to one laboratory; its own entry goes before its section's.
create table lab_adapter.performed (
  id uuid primary key default uuidv7(),
  connection_id uuid not null references lab_adapter.connection on delete cascade,
  section text,
  test_id uuid references laboratory.test,
  constraint performed_of_one_thing check (num_nonnulls(section, test_id) = 1),
  constraint performed_section_once unique (section),
  constraint performed_test_once unique (test_id)
);
select core.keep_history('lab_adapter.connection', children => '{lab_adapter.performed}');
insert into lab_adapter.connection (kind, name) values ('mllp', 'Reference laboratory'), ('fhir', 'Reference laboratory (FHIR)');

-- How the line is, as the process that holds it says; no history.
create table lab_adapter.line (
  connection_id uuid primary key references lab_adapter.connection,
  connected boolean not null default false,
  changed_at timestamptz not null default clock_timestamp(),
  last_error text check (length(last_error) <= 200),
  fetched_until timestamptz -- FHIR: answers up to here have been fetched
);
insert into lab_adapter.line (connection_id) select id from lab_adapter.connection;

create sequence lab_adapter.control_seq start 100001;

create table lab_adapter.outgoing (
  id uuid primary key default uuidv7(),
  version integer not null default 1,
  place bigint generated always as identity, -- order of the queue
  connection_id uuid not null references lab_adapter.connection,
  kind text not null check (kind in ('order', 'cancel', 'patient')),
  cause text not null, -- what it is sent for: however often that is told, it is sent once
  control_id text not null default 'OW' || nextval('lab_adapter.control_seq'), -- however often it arrives, it is one message there
  patient_id uuid not null references patients.patient,
  specimen_id uuid references laboratory.specimen,
  request_ids uuid[] not null default '{}',
  laboratory text not null, -- as it was called then
  body text not null,
  -- waiting → acknowledged; parked: refused there, somebody must look; cancelled: taken back before it left
  state text not null default 'waiting' check (state in ('waiting', 'acknowledged', 'parked', 'cancelled')),
  attempts integer not null default 0,
  next_at timestamptz not null default clock_timestamp(), -- real time
  last_error text check (length(last_error) <= 300),
  remote_id text, -- FHIR: the laboratory's id of it
  created_at timestamptz not null default core.now(),
  sent_at timestamptz,
  acknowledged_at timestamptz,
  constraint outgoing_once unique (connection_id, cause),
  constraint outgoing_control_id_once unique (control_id),
  constraint outgoing_acknowledged_was_sent check ((state = 'acknowledged') = (acknowledged_at is not null) and (acknowledged_at is null or sent_at is not null)),
  constraint outgoing_parked_has_reason check (state <> 'parked' or last_error is not null)
);
select core.patient_rows('lab_adapter.outgoing');
alter policy patient_own on lab_adapter.outgoing using (false); -- between laboratories
create index outgoing_queue on lab_adapter.outgoing (connection_id, place) where state = 'waiting';
create index outgoing_of_specimen on lab_adapter.outgoing (specimen_id);
create index outgoing_of_patient on lab_adapter.outgoing (patient_id);
create index outgoing_newest on lab_adapter.outgoing (created_at desc, id desc);

create table lab_adapter.incoming (
  id uuid primary key default uuidv7(),
  version integer not null default 1,
  connection_id uuid not null references lab_adapter.connection,
  sender text, -- application and facility; null where the message does not say
  control_id text,
  digest text not null, -- SHA-256 of what arrived
  message_type text,
  body text not null,
  -- posted: in the record; parked: waits for a person; rejected: by a person; refused: not taken, the sender knows
  state text not null check (state in ('posted', 'parked', 'rejected', 'refused')),
  reason text check (length(reason) <= 60),
  detail text check (length(detail) <= 300), -- which part of it; never a name or a value
  code text not null check (code in ('AA', 'AE', 'AR')),
  answer text not null,
  repeats integer not null default 0,
  patient_id uuid references patients.patient,
  specimen_id uuid references laboratory.specimen,
  matched_by uuid, -- the person who said whose it is; null: it said so itself
  decided_by uuid,
  decided_at timestamptz,
  decision text check (length(decision) between 3 and 500),
  created_at timestamptz not null default core.now(),
  constraint incoming_once unique (sender, control_id, digest),
  constraint incoming_answer_follows_state check ((state = 'refused') = (code <> 'AA')),
  constraint incoming_posted_is_of_a_patient check (state <> 'posted' or num_nonnulls(patient_id, specimen_id) = 2),
  constraint incoming_not_posted_has_reason check (state = 'posted' or reason is not null),
  constraint incoming_rejected_has_reason check ((state = 'rejected') = (decision is not null))
);
select core.patient_rows('lab_adapter.incoming');
alter policy patient_own on lab_adapter.incoming using (false);
create index incoming_parked on lab_adapter.incoming (created_at, id) where state = 'parked';
create index incoming_newest on lab_adapter.incoming (created_at desc, id desc);
create index incoming_of_specimen on lab_adapter.incoming (specimen_id);
create index incoming_of_patient on lab_adapter.incoming (patient_id);
create index incoming_last on lab_adapter.incoming (connection_id, created_at desc);
