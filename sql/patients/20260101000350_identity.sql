-- What is known of a person, and how exactly: somebody who cannot say their name, a child without one, a death without a date.
alter table patients.patient
  -- 'unknown': nobody knows who it is; 'newborn': called after the mother until named. Both end when a name is written.
  add column name_kind text not null default 'own' check (name_kind in ('own', 'unknown', 'newborn')),
  -- An estimate is the first day of the month or year.
  add column birth_precision text not null default 'day' check (birth_precision in ('day', 'month', 'year')),
  add column multiple_birth integer check (multiple_birth between 1 and 9), -- the how many-th of several
  add column deceased_precision text not null default 'time' check (deceased_precision in ('time', 'day', 'month', 'year', 'unknown')),
  add column other_languages text[] not null default '{}' check (cardinality(other_languages) <= 9), -- besides the preferred one
  add column interpreter_needed boolean not null default false;
create index patient_unknown on patients.patient (created_at desc) where name_kind = 'unknown';

/* A part of a date as FHIR has it: 1986, 1986-07 or 1986-07-14. */
create function patients.partial_date(on_day date, exactly text) returns text language sql immutable as $$
  select left(on_day::text, case exactly when 'year' then 4 when 'month' then 7 else 10 end)
$$;
grant execute on function patients.partial_date(date, text) to app, patient;
