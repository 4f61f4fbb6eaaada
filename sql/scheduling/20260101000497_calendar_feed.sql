-- A link with which a calendar program reads when a practitioner is busy. It cannot sign in, so whoever has the link may read.
create table scheduling.calendar_feed (
  id uuid primary key default uuidv7(),
  practitioner_id uuid not null references facility.practitioner,
  locale text not null check (locale in ('en', 'es', 'ar')),
  secret_hash bytea not null unique, -- the link itself is shown once
  created_at timestamptz not null default core.now(),
  made_by uuid default core.current_actor(),
  read_at timestamptz, -- last, to the hour
  revoked_at timestamptz
);
create unique index calendar_feed_once on scheduling.calendar_feed (practitioner_id) where revoked_at is null;

insert into core.setting (name, value) values ('scheduling.calendar', '{"initials": false}');
