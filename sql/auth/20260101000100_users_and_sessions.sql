create table auth.role (
  name text primary key,
  title text not null -- key of the message catalogue for the eight that ship, plain text for a hospital's own
);

create table auth.role_permission (
  role text not null references auth.role on delete cascade,
  permission text not null,
  primary key (role, permission)
);

create table auth."user" (
  id uuid primary key default uuidv7(),
  username citext not null,
  display_name text not null check (length(display_name) between 1 and 120),
  password_hash text not null, -- v1: bcrypt cost 12 over base64(HMAC-SHA-256(pepper, password))
  active boolean not null default true,
  patient_only boolean not null default false, -- sees nothing but the record that the session is bound to
  created_at timestamptz not null default core.now(),
  constraint user_username_unique unique (username)
);
select core.keep_history('auth.user');

create table auth.user_role (
  user_id uuid not null references auth."user" on delete cascade,
  role text not null references auth.role,
  until timestamptz not null default 'infinity',
  primary key (user_id, role)
);

-- A session is one sign-in on one device; its refresh token is used once and replaced.
create table auth.session (
  id uuid primary key default uuidv7(),
  user_id uuid not null references auth."user" on delete cascade,
  token_hash text not null,
  previous_token_hash text,
  bound_to uuid, -- the one patient whose record it shows; only for those who see nothing else
  started_at timestamptz not null default clock_timestamp(),
  refreshed_at timestamptz not null default clock_timestamp(),
  ends_at timestamptz not null,
  ended_at timestamptz,
  source inet
);
create unique index session_token on auth.session (token_hash);
create index session_previous_token on auth.session (previous_token_hash) where previous_token_hash is not null;
create index session_by_user on auth.session (user_id);

-- Failed sign-ins by name, known or not, so that both lock alike.
create table auth.failed_login (
  username citext primary key,
  failures integer not null default 0,
  locked_until timestamptz
);

-- Plugins whose default grants were given here, once.
create table auth.plugin_granted (plugin text primary key);
