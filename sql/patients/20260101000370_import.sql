/*
 * A CSV of patients on its way in: its lines as they were read, what each would become, and what was decided. All of it is thrown away
 * when it is taken or discarded and some days have passed; what stays is the patients, and of each line that was taken its hash.
 */
create table patients.import (
  id uuid primary key default uuidv7(),
  name text not null check (length(name) between 1 and 200), -- of the file
  -- columns: somebody must say what they mean. checking, taking: a worker goes through the lines.
  status text not null default 'columns' check (status in ('columns', 'checking', 'ready', 'taking', 'taken')),
  encoding text not null check (encoding in ('utf-8', 'windows-1252')),
  delimiter text not null check (delimiter in (',', ';', E'\t')),
  columns text[] not null check (cardinality(columns) between 1 and 100),
  meanings text[] not null, -- of each column; '' leaves it out
  date_order text check (date_order in ('dmy', 'mdy')), -- how days with slashes are written; none has any
  lines integer not null default 0,
  done integer not null default 0, -- of the lines, in what is going on
  -- why a worker gave it back: somebody was registered meanwhile, it could not, or whoever asked for it may not any more
  note text check (note in ('changed', 'failed', 'not-allowed')),
  attempts integer not null default 0,
  checked_at timestamptz,
  created_by uuid not null default core.current_actor(),
  created_at timestamptz not null default core.now(),
  taken_by uuid,
  taken_at timestamptz,
  version integer not null default 1,
  constraint import_means_each_column check (cardinality(meanings) = cardinality(columns))
);
create index import_newest on patients.import (created_at desc, id desc);
create index import_at_work on patients.import (id) where status in ('checking', 'taking');

create table patients.import_line (
  import_id uuid not null references patients.import on delete cascade,
  number integer not null check (number > 0), -- of the line of the file in which it begins
  fields text[] not null,
  checked boolean not null default false,
  problems jsonb not null default '[]', -- [{column, code, …}]; column counts from 1, none: the whole line
  person jsonb, -- what was understood of it
  hash text, -- of that
  repeats integer, -- an earlier line of the file that says the very same
  resembles integer, -- an earlier line of the file with the same name and birth date
  decision text check (decision in ('take', 'skip')),
  reason text check (length(reason) between 3 and 500),
  chosen boolean not null default false, -- is being taken
  patient_id uuid references patients.patient, -- who came of it
  primary key (import_id, number),
  constraint import_line_taken_with_reason check (decision is distinct from 'take' or reason is not null)
);
select core.patient_rows('patients.import_line');
revoke select on patients.import_line from patient;
create index import_line_to_check on patients.import_line (import_id, number) where not checked;
create index import_line_hash on patients.import_line (import_id, hash);
create index import_line_of_patient on patients.import_line (patient_id) where patient_id is not null;

-- Who might be here already. All who are found, and each reader sees those whom they may see.
create table patients.import_candidate (
  import_id uuid not null,
  number integer not null,
  place integer not null, -- the likeliest is 1
  patient_id uuid not null references patients.patient,
  score double precision not null check (score between 0 and 1),
  grade text not null check (grade in ('certain', 'probable', 'possible')),
  primary key (import_id, number, place),
  foreign key (import_id, number) references patients.import_line on delete cascade
);
select core.patient_rows('patients.import_candidate');
revoke select on patients.import_candidate from patient;
create index import_candidate_of_patient on patients.import_candidate (patient_id);

-- Lines that were taken, so that the same file taken again makes nobody twice. It outlives its import.
create table patients.import_taken (
  id uuid primary key default uuidv7(),
  hash text not null,
  patient_id uuid not null references patients.patient,
  import_id uuid not null,
  taken_by uuid default core.current_actor(),
  taken_at timestamptz not null default core.now()
);
select core.patient_rows('patients.import_taken');
select core.append_only('patients.import_taken');
revoke select on patients.import_taken from patient;
create index import_taken_hash on patients.import_taken (hash);
create index import_taken_of_patient on patients.import_taken (patient_id);

/*
 * Words of names that are about to come, kept before: else a long import would hold a new word until its end, and whoever registers
 * somebody of that name would wait for it.
 */
create function patients.know_words(import uuid, above integer, most integer) returns integer
language sql security definer set search_path = patients, pg_temp as $$
  with coming as materialized (
    select l.number, patients.words((l.person ->> 'familyName') || ' ' || (l.person ->> 'givenName')) as words
    from patients.import_line l where l.import_id = know_words.import and l.chosen and l.number > above order by l.number limit most
  ), kept as (
    insert into patients.name_word (word)
    select distinct it.word collate "C" from coming cross join unnest(coming.words) it (word)
    where not exists (select from patients.name_word known where known.word = it.word)
    order by 1
    on conflict do nothing
  )
  select max(number) from coming
$$;
revoke execute on function patients.know_words(uuid, integer, integer) from public;
grant execute on function patients.know_words(uuid, integer, integer) to app;
