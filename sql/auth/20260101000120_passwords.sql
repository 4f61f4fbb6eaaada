-- A password that somebody else has chosen is good for one sign-in: with it a new one is set.
alter table auth."user" add column must_change boolean not null default false;

-- Browsers in which somebody has signed in before. What strangers try under a name does not lock these out.
create table auth.known_device (
  token_hash text not null,
  user_id uuid not null references auth."user" on delete cascade,
  seen_at timestamptz not null default clock_timestamp(),
  primary key (token_hash, user_id)
);
create index known_device_by_user on auth.known_device (user_id);
grant select, insert, update, delete on auth.known_device to app;
