-- A session ends when nobody uses it, at the latest after its hours; what it knew for its screen it forgets then.
alter table auth.session
  add column used_at timestamptz not null default clock_timestamp(), -- by a person; what screens fetch by themselves does not count
  add column idle interval not null default interval '15 minutes', -- without use
  add column device text check (length(device) <= 200), -- as the browser names itself
  add column kept_key bytea default null, -- opens what a screen keeps while it cannot be sent
  add column successor bytea, -- the token that followed the previous one, readable with the previous one only
  add column ended_for text;

update auth.session set ended_for = 'sign-out' where ended_at is not null;

alter table auth.session
  add constraint session_ended_for check (
    ended_for in ('sign-out', 'everywhere', 'administrator', 'idle', 'lifetime', 'reused', 'disabled', 'switched', 'password')
  ),
  add constraint session_end_has_reason check ((ended_at is null) = (ended_for is null)),
  add constraint session_over_forgets check (ended_at is null or (kept_key is null and successor is null));

create index session_open on auth.session (used_at) where ended_at is null;
