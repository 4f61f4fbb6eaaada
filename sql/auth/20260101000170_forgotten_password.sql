-- Where somebody is written to about their own sign-in, and about nothing else.
alter table auth."user" add column email text
  constraint user_email_one_mailbox check (length(email) <= 254 and email ~ '^[^\s@<>,;:"()]+@[^\s@<>,;:"()]+$');

-- Who has forgotten a password, as they typed their name. Whether anybody has that name is asked by the job that writes the
-- letter, so the answer at the door is the same, and takes the same time, for names that nobody has.
create table auth.forgotten (
  id uuid primary key default uuidv7(),
  username citext not null check (length(username) <= 64),
  source inet,
  language text not null,
  asked_at timestamptz not null default clock_timestamp(),
  attempts integer not null default 0,
  not_before timestamptz not null default clock_timestamp(),
  settled_at timestamptz,
  sent boolean not null default false
);
create index forgotten_waiting on auth.forgotten (not_before) where settled_at is null;
create index forgotten_by_source on auth.forgotten (source, asked_at);
create index forgotten_by_name on auth.forgotten (username, asked_at);

-- The one link that opens, of each user: a newer one takes its place.
create table auth.password_reset (
  user_id uuid primary key references auth."user" on delete cascade,
  token_hash text not null,
  expires_at timestamptz not null default clock_timestamp() + interval '30 minutes',
  constraint password_reset_once unique (token_hash)
);

/* A link is for the password that was forgotten, the mailbox it was sent to, and somebody who may sign in. */
create function auth.forget_reset() returns trigger language plpgsql as $$
begin
  delete from auth.password_reset where user_id = new.id;
  return null;
end $$;
create trigger forget_reset after update of password_hash, email, active on auth."user" for each row
  when ((old.password_hash, old.email, old.active) is distinct from (new.password_hash, new.email, new.active))
  execute function auth.forget_reset();

grant select, insert, update, delete on auth.forgotten, auth.password_reset to app;
