-- What others call a patient: passport, national number, the number of another hospital.

/* Spaces, dashes, dots and case are how people write a number, not the number. */
create function patients.number_key(value text) returns text language sql immutable parallel safe as $$
  select upper(regexp_replace(value, '[\s./-]', '', 'g'))
$$;
grant execute on function patients.number_key(text) to app, patient;

create table patients.identifier_type (
  id uuid primary key default uuidv7(),
  code text not null check (code ~ '^[A-Z]{1,6}$'), -- http://terminology.hl7.org/CodeSystem/v2-0203
  name text check (length(name) between 1 and 80), -- none: what its code is called
  system text not null check (system ~ '^[a-z][a-z0-9+.-]*:\S+$' and length(system) <= 200),
  pattern text check (length(pattern) between 1 and 200), -- a regular expression that the whole number matches
  check_digit text not null default 'none' check (check_digit in ('none', 'luhn', 'mod-11', 'mod-97-10', 'verhoeff')),
  active boolean not null default true,
  created_at timestamptz not null default core.now(),
  constraint identifier_type_system_unique unique (system)
);
select core.keep_history('patients.identifier_type');
grant select on patients.identifier_type to patient; -- no patient data
insert into patients.identifier_type (code, system) values
  ('NI', 'urn:openward:national-number'), ('PPN', 'urn:openward:passport'), ('DL', 'urn:openward:driving-licence'),
  ('SS', 'urn:openward:social-security'), ('SB', 'urn:openward:social-beneficiary'), ('MR', 'urn:openward:other-hospital');

create table patients.identifier (
  id uuid primary key default uuidv7(),
  patient_id uuid not null references patients.patient,
  code text check (code ~ '^\S{1,20}$'), -- of the type; what came in by FHIR may say another one, or none
  system text not null check (length(system) between 1 and 200),
  value text not null check (length(value) between 1 and 100),
  use text not null default 'official' check (use in ('usual', 'official', 'temp', 'secondary', 'old')),
  starts_on date,
  ends_on date, -- the last day
  active boolean not null default true, -- false: entered in error or no longer theirs
  created_at timestamptz not null default core.now(),
  number text generated always as (patients.number_key(value)) stored,
  constraint identifier_ends_after_start check (ends_on >= starts_on)
);
select core.keep_history('patients.identifier');
select core.patient_rows('patients.identifier');
create unique index identifier_of_one_patient on patients.identifier (system, number) where active;
-- who had a number once may be who comes with it now
create index identifier_taken_off on patients.identifier (system, number) where not active;
create index identifier_of_patient on patients.identifier (patient_id, id);
create index identifier_by_number on patients.identifier (number text_pattern_ops) where active;

-- They are part of the Patient: each of its versions has those of its time.
insert into core.history_child (parent, child, child_column) values ('patients.patient', 'patients.identifier', 'patient_id');
create trigger touch_parent before insert or update or delete on patients.identifier
  for each row execute function core.touch_parent('patients.patient', 'patient_id');
