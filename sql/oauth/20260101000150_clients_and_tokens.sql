-- Systems that may sign in by OAuth 2: a service with a key of its own, or an app in which a person signs in.
create table oauth.client (
  id uuid primary key default uuidv7(),
  name text not null check (length(name) between 1 and 120),
  kind text not null check (kind in ('service', 'app')),
  scopes text[] not null check (cardinality(scopes) between 1 and 100), -- what it may ask for at most
  redirect_uris text[] not null default '{}' check (cardinality(redirect_uris) <= 10), -- where an app's people come back to
  keys jsonb not null default '[]' check (jsonb_typeof(keys) = 'array' and jsonb_array_length(keys) <= 5), -- public keys (JWK)
  active boolean not null default true,
  created_at timestamptz not null default clock_timestamp(),
  constraint client_service_has_key check (kind <> 'service' or jsonb_array_length(keys) > 0),
  constraint client_service_redirects_nobody check (kind <> 'service' or cardinality(redirect_uris) = 0),
  constraint client_app_comes_back_somewhere check (kind <> 'app' or cardinality(redirect_uris) > 0)
);
select core.keep_history('oauth.client');

-- What signs identity tokens. The one that came last signs; those before it are shown until what they signed has ended.
create table oauth.signing_key (
  kid text primary key,
  public_key jsonb not null, -- JWK
  sealed bytea not null, -- the private key, AES-256-GCM under a key outside the database: nonce, tag, text
  created_at timestamptz not null default clock_timestamp(),
  retired_at timestamptz, -- since then another one signs
  constraint signing_key_retired_later check (retired_at >= created_at)
);
create unique index signing_key_one_signs on oauth.signing_key ((true)) where retired_at is null;

-- Codes, tokens, consents and what lies between two steps of a sign-in. What a bearer holds is here as its hash only.
create table oauth.artifact (
  kind text not null,
  id_hash bytea not null,
  client_id uuid references oauth.client,
  user_id uuid references auth."user",
  grant_id text, -- what a person has allowed: everything that came of it ends with it
  payload jsonb not null,
  consumed_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  primary key (kind, id_hash)
);
create index artifact_of_grant on oauth.artifact (grant_id) where grant_id is not null;
create index artifact_of_user on oauth.artifact (user_id) where user_id is not null;
create index artifact_of_client on oauth.artifact (client_id);
create index artifact_over on oauth.artifact (expires_at);

-- What a person has allowed an app to do, and in which session. A patient has allowed it for one record.
create table oauth.consent (
  grant_id text primary key,
  client_id uuid not null references oauth.client,
  user_id uuid not null references auth."user",
  session_id uuid not null references auth.session on delete cascade,
  bound_to uuid,
  offline boolean not null, -- it goes on after the session, until its end
  password_mark bytea not null, -- of the password then: with another one it goes on no more
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);
create index consent_of_user on oauth.consent (user_id);
create index consent_of_client on oauth.consent (client_id);
create index consent_over on oauth.consent (expires_at);

grant usage on schema oauth to app;
grant select, insert, update on oauth.client to app;
grant select, insert, update, delete on oauth.signing_key, oauth.artifact, oauth.consent to app;
