-- Passkeys (WebAuthn). What is kept here opens nothing: the private half never leaves its device.
create table auth.passkey (
  id uuid primary key default uuidv7(),
  user_id uuid not null references auth."user" on delete cascade,
  credential_id text not null, -- base64url, as browsers name it
  public_key bytea not null, -- COSE
  counter bigint not null, -- of its uses, where the device counts them; one that goes back was copied
  transports text[] not null default '{}',
  name text not null check (length(name) between 1 and 60),
  created_at timestamptz not null default clock_timestamp(),
  used_at timestamptz,
  constraint passkey_once unique (credential_id)
);
create index passkey_by_user on auth.passkey (user_id);

-- What a device is to sign, for one use within two minutes, by whichever process gets the answer.
create table auth.challenge (
  challenge text primary key,
  purpose text not null check (purpose in ('register', 'sign-in', 'prove')),
  user_id uuid references auth."user" on delete cascade, -- null: whoever signs in
  expires_at timestamptz not null default clock_timestamp() + interval '2 minutes',
  constraint challenge_of_somebody check ((purpose = 'sign-in') = (user_id is null))
);
create index challenge_by_expiry on auth.challenge (expires_at);

grant select, insert, update, delete on auth.passkey, auth.challenge to app;
