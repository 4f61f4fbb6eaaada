/*
 * Pairs that may be one person, found when one of them is registered or amended and, for those who were here before, by a job that
 * goes through them in small steps. Never in a request: comparing a million with a million is nothing to wait for.
 */
create table patients.duplicate (
  patient_id uuid not null references patients.patient,
  other_id uuid not null references patients.patient,
  score double precision not null check (score between 0 and 1),
  grade text not null check (grade in ('certain', 'probable', 'possible')), -- R4 match-grade
  because text[] not null default '{}' check (because <@ '{name,sound,birth-date,birth-date-near,phone,address,identifier}'),
  found_at timestamptz not null default core.now(),
  primary key (patient_id, other_id),
  constraint duplicate_pair_once check (patient_id < other_id)
);
select core.patient_rows('patients.duplicate');
revoke select on patients.duplicate from patient;
create index duplicate_best on patients.duplicate (score desc, patient_id, other_id);
create index duplicate_other on patients.duplicate (other_id);

-- How far the job has come.
create table patients.duplicate_scan (
  singleton boolean primary key default true check (singleton),
  after_id uuid not null default '00000000-0000-0000-0000-000000000000'
);
insert into patients.duplicate_scan default values;
