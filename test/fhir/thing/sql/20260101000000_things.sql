create table thing.person (
  id uuid primary key default uuidv7(),
  number text not null default 'T-' || left(gen_random_uuid()::text, 8),
  active boolean not null default true,
  family text not null,
  given text,
  born_on date,
  patient_id uuid generated always as (id) stored,
  fhir_extra jsonb,
  constraint person_family_not_taboo check (family <> 'Taboo')
);
select core.keep_history('thing.person');
select core.patient_rows('thing.person');

create table thing.measurement (
  id uuid primary key default uuidv7(),
  patient_id uuid not null references thing.person,
  status text not null,
  code text not null,
  value numeric,
  unit text,
  measured_at timestamptz,
  part_of_id uuid references thing.measurement,
  fhir_extra jsonb
);
select core.patient_rows('thing.measurement');
create table thing.component (
  measurement_id uuid not null references thing.measurement on delete cascade,
  position integer not null,
  patient_id uuid not null,
  code text not null,
  value numeric not null,
  primary key (measurement_id, position)
);
select core.patient_rows('thing.component');
select core.keep_history('thing.measurement', '{thing.component}');
