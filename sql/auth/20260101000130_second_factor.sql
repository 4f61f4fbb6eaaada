-- Roles whose people need a second factor to sign in. Administrators need it whatever stands here, but in a demonstration.
alter table auth.role add column second_factor boolean not null default false;

-- An authenticator that shows a code every thirty seconds (RFC 6238). Not confirmed: its code has not been seen yet.
create table auth.totp (
  user_id uuid primary key references auth."user" on delete cascade,
  secret bytea not null, -- AES-256-GCM under a key outside the database: nonce, tag, text
  confirmed_at timestamptz,
  last_step bigint not null default 0 -- a code counts once: later steps only
);

-- For whoever has lost the authenticator; each works once.
create table auth.recovery_code (
  user_id uuid not null references auth."user" on delete cascade,
  code_hash text not null,
  primary key (user_id, code_hash)
);

-- Until then this browser stands for the second factor: thirty days at most.
alter table auth.known_device add column trusted_until timestamptz;
alter table auth.known_device add constraint device_trusted_for_a_month
  check (trusted_until <= seen_at + interval '30 days' + interval '1 minute');

grant select, insert, update, delete on auth.totp, auth.recovery_code to app;
