-- Browsers that are known again are shown to their person, who can have them forgotten.
alter table auth.known_device
  add column id uuid not null default uuidv7(),
  add column device text check (length(device) <= 200), -- as the browser names itself
  add constraint known_device_id unique (id);

-- How long what nobody uses any more is kept begins here.
alter table auth.failed_login add column failed_at timestamptz not null default clock_timestamp();
create index failed_login_by_time on auth.failed_login (failed_at);
create index session_by_end on auth.session (ended_at) where ended_at is not null;
create index known_device_by_time on auth.known_device (seen_at);
