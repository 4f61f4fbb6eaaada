-- What an administrator sets while the house runs, with its history; addresses and secrets come from the environment.
create table core.setting (
  id uuid primary key default uuidv7(),
  name text not null check (name ~ '^[a-z][a-z0-9-]*\.[a-z][a-z-]*$'), -- plugin.noun
  value jsonb not null,
  constraint setting_once unique (name)
);
select core.keep_history('core.setting');
grant select, insert, update on core.setting to app;
grant select on core.setting to patient;
