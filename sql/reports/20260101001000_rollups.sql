-- What the dashboard adds up, counted once for each day and department. No patients: only numbers.

create table reports.day_visits (
  day date not null,
  department_id uuid,
  visits integer not null,
  unique nulls not distinct (day, department_id)
);

-- How many waited how long, so that the median of any period can be told.
create table reports.day_waits (
  day date not null,
  department_id uuid,
  minutes integer not null,
  visits integer not null,
  unique nulls not distinct (day, department_id, minutes)
);

-- Of the appointments that were neither cancelled nor are still to come, those to which nobody came.
create table reports.day_appointments (
  day date not null,
  department_id uuid,
  due integer not null,
  missed integer not null,
  unique nulls not distinct (day, department_id)
);

create table reports.day_invoiced (
  day date not null,
  department_id uuid,
  currency text not null,
  minor bigint not null,
  unique nulls not distinct (day, department_id, currency)
);

-- Times whose day must be counted again: an event leaves one, whoever reads or the job clears them.
create table reports.stale (
  at timestamptz not null
);

-- The zone in which days were cut; none before the first count, and another one counts everything again.
create table reports.counted (
  one boolean primary key default true check (one),
  zone text not null
);
