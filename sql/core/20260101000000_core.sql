-- What every plugin stands on: time, actor, history, row-level security, events, audit, idempotency, access.

-- Hospital time ------------------------------------------------------------------------------------------------------
-- Tests and demo days set and speed it; production refuses to start with anything but shift 0 and speed 1.
create table core.clock (
  singleton boolean primary key default true check (singleton),
  shift interval not null default '0',
  speed double precision not null default 1 check (speed >= 0),
  since timestamptz not null default clock_timestamp()
);
insert into core.clock default values;

create function core.now() returns timestamptz language sql stable as $$
  select since + shift + (statement_timestamp() - since) * speed from core.clock
$$;

-- Who asks, for triggers and policies: set with set_config(…, true), so it ends with the transaction ------------------
create function core.current_actor() returns uuid language sql stable as $$
  select nullif(current_setting('openward.actor', true), '')::uuid
$$;
create function core.current_patient() returns uuid language sql stable as $$
  select nullif(current_setting('openward.patient_id', true), '')::uuid
$$;

-- JSON that PostgreSQL builds looks like JSON that the server builds from rows. Every connection runs in UTC. ----------
create function core.json_time(at timestamptz) returns text language sql stable as $$
  select replace(replace(at::text, ' ', 'T'), '+00', 'Z')
$$;
create function core.json_decimal(value numeric) returns text language sql immutable as $$
  select value::text
$$;

-- Versions and history -------------------------------------------------------------------------------------------------
create table core.history (
  relation text not null,
  id uuid not null,
  version integer not null,
  document jsonb not null, -- the row as it was before version + 1, with its child rows under their table names
  replaced_at timestamptz not null default core.now(),
  replaced_by uuid,
  primary key (relation, id, version)
);

/* The parent row and its children as one document. A child is found by its foreign key to the parent. */
create function core.document_of(parent regclass, parent_id uuid) returns jsonb language plpgsql stable as $$
declare
  document jsonb;
  child record;
  rows jsonb;
begin
  execute format('select to_jsonb(p) from %s p where id = $1', parent) into document using parent_id;
  for child in
    select h.child, h.child_column from core.history_child h where h.parent = document_of.parent::text order by h.child
  loop
    execute format('select coalesce(jsonb_agg(to_jsonb(c) order by c), ''[]'') from %s c where %I = $1', child.child, child.child_column)
      into rows using parent_id;
    document := document || jsonb_build_object(split_part(child.child, '.', 2), rows);
  end loop;
  return document;
end $$;

create table core.history_child (
  parent text not null,
  child text not null,
  child_column text not null,
  primary key (parent, child)
);

/* Keeps the old document once per transaction and counts the version up. A row made in this transaction has no past. */
create function core.keep_version() returns trigger language plpgsql security definer set search_path = core, pg_temp as $$
declare
  relation text := tg_table_schema || '.' || tg_table_name;
begin
  if tg_op = 'DELETE' then
    insert into core.history (relation, id, version, document, replaced_by)
    values (relation, old.id, old.version, core.document_of(tg_relid, old.id), core.current_actor())
    on conflict do nothing;
    return old;
  end if;
  new.updated_at := core.now();
  new.updated_by := core.current_actor();
  if old.xmin = pg_current_xact_id()::xid then
    new.version := old.version;
  else
    insert into core.history (relation, id, version, document, replaced_by)
    values (relation, old.id, old.version, core.document_of(tg_relid, old.id), core.current_actor());
    new.version := old.version + 1;
  end if;
  return new;
end $$;

/* A child row is about to change: the parent keeps its past first and counts up, once per transaction. */
create function core.touch_parent() returns trigger language plpgsql security definer set search_path = core, pg_temp as $$
declare
  parent text := tg_argv[0];
  changed jsonb := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
begin
  execute format('update %s set version = version where id = $1 and xmin <> pg_current_xact_id()::xid', parent)
    using (changed ->> tg_argv[1])::uuid;
  return case when tg_op = 'DELETE' then old else new end;
end $$;

create function core.keep_history(relation regclass, children regclass[] default '{}') returns void language plpgsql as $$
declare
  child regclass;
  child_column text;
begin
  execute format(
    'alter table %s add column version integer not null default 1, add column updated_at timestamptz not null default core.now(), add column updated_by uuid default core.current_actor()',
    relation);
  execute format('create trigger keep_version before update or delete on %s for each row execute function core.keep_version()', relation);
  foreach child in array children loop
    select a.attname into strict child_column
    from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.contype = 'f' and c.conrelid = child and c.confrelid = relation;
    insert into core.history_child (parent, child, child_column) values (relation::text, child::text, child_column);
    execute format('create trigger touch_parent before insert or update or delete on %s for each row execute function core.touch_parent(%L, %L)',
      child, relation::text, child_column);
  end loop;
end $$;

/* For set-based SQL that changes mapped columns: what came in by FHIR for these elements no longer holds. */
create function core.drop_extra(relation regclass, row_id uuid, elements text[]) returns void language plpgsql as $$
begin
  execute format('update %s set fhir_extra = fhir_extra - $2 where id = $1 and fhir_extra ?| $2', relation) using row_id, elements;
end $$;

-- Records that were merged into another: nothing new is written on them ----------------------------------------------------
create table core.merged_subject (
  subject_id uuid primary key,
  into_id uuid not null,
  merged_at timestamptz not null default core.now(),
  constraint merged_into_another check (subject_id <> into_id)
);
create index merged_subject_into on core.merged_subject (into_id);

/* It and all that were merged into it: what was written under another number, and stays so, is found with it. */
create function core.same_subject(subject uuid) returns uuid[] language sql stable as $$
  with recursive all_of (id) as (
    select subject
    union
    select m.subject_id from all_of join core.merged_subject m on m.into_id = all_of.id
  )
  select array_agg(id) from all_of
$$;

/* Who writes while it is merged waits for the row of the patient, as its foreign key does, and then sees this. */
create function core.refuse_merged() returns trigger language plpgsql security definer set search_path = core, pg_temp as $$
begin
  if exists (select from changed c join core.merged_subject m on m.subject_id = c.patient_id) then
    raise exception using errcode = '23514', constraint = 'patient_merged', message = 'the record was merged into another';
  end if;
  return null;
end $$;

-- Row-level security: the lock of the role `patient`; owner and app pass (HARD-PARTS: without their policies a merge changes no row) ----
create function core.patient_rows(relation regclass) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', relation);
  execute format('alter table %s force row level security', relation);
  execute format('create policy owner_all on %s to owner using (true) with check (true)', relation);
  execute format('create policy app_all on %s to app using (true) with check (true)', relation);
  execute format('create policy patient_own on %s for select to patient using (patient_id = (select core.current_patient()))', relation);
  execute format('grant select on %s to patient', relation);
  execute format('create trigger refuse_merged after insert on %s referencing new table as changed for each statement execute function core.refuse_merged()',
    relation);
end $$;

/* Rows are added and read, never changed: ledgers, audit. */
create function core.append_only(relation regclass) returns void language plpgsql as $$
begin
  execute format('revoke update, delete, truncate on %s from app', relation);
end $$;

-- Events ---------------------------------------------------------------------------------------------------------------
create table core.outbox (
  id bigint generated always as identity primary key,
  name text not null,
  subject_id uuid not null,
  facts jsonb not null default '{}',
  actor_id uuid,
  origin text not null default 'here' check (origin in ('here', 'import')),
  occurred_at timestamptz not null default core.now(),
  fanned_out_at timestamptz
);
create index outbox_waiting on core.outbox (id) where fanned_out_at is null;
create index outbox_age on core.outbox using brin (fanned_out_at);

create table core.delivery (
  event_id bigint not null references core.outbox on delete cascade,
  subscriber text not null,
  subject_id uuid not null,
  status text not null default 'pending' check (status in ('pending', 'done', 'parked', 'given-up')),
  attempts integer not null default 0,
  next_at timestamptz not null default clock_timestamp(),
  last_error text, -- what kind of failure and where, never the words of the error: they may quote a patient
  parked_at timestamptz, -- hospital time of the first time; what was tried again and failed keeps it
  given_up_because text,
  primary key (event_id, subscriber),
  constraint delivery_given_up_with_reason check ((status = 'given-up') = (given_up_because is not null))
);
create index delivery_pending on core.delivery (subscriber, subject_id, event_id) where status = 'pending';
create index delivery_due on core.delivery (next_at) where status = 'pending';
create index delivery_parked on core.delivery (event_id) where status = 'parked';

/* The number is drawn under the subject's lock, so number order is commit order for one subject. */
create function core.publish(name text, subject_id uuid, facts jsonb, actor_id uuid, origin text) returns bigint
language plpgsql security definer set search_path = core, pg_temp as $$
declare
  event_id bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended(subject_id::text, 1));
  insert into core.outbox (name, subject_id, facts, actor_id, origin) values (name, subject_id, facts, actor_id, origin) returning id into event_id;
  return event_id;
end $$;

-- Jobs: what the last run of each came to; the queue keeps no more than what is to be run ---------------------------------
create table core.job (
  name text primary key,
  ran_at timestamptz not null,
  took_ms integer not null,
  failed_at timestamptz,
  last_error text -- as in core.delivery
);

-- Audit ----------------------------------------------------------------------------------------------------------------
create table core.audit (
  id uuid primary key default uuidv7(),
  at timestamptz not null default clock_timestamp(), -- real time, whatever the hospital's clock says
  actor_id uuid,
  actor_kind text not null,
  action text not null check (action in ('C', 'R', 'U', 'D', 'E')),
  subtype text check (subtype in ('listed', 'opened', 'export', 'print')),
  route text not null,
  object text,
  patient_ids uuid[] not null default '{}',
  outcome smallint not null check (outcome in (0, 4, 8, 12)),
  detail text,
  request_id text not null,
  source inet,
  purpose text not null default 'TREAT',
  origin text not null default 'here'
);
create index audit_patient on core.audit using gin (patient_ids);
create index audit_actor on core.audit (actor_id, at);
create index audit_at on core.audit (at);

-- Idempotency ----------------------------------------------------------------------------------------------------------
create table core.idempotency (
  user_id uuid not null,
  route text not null,
  key text not null,
  body_hash text not null,
  status integer not null,
  headers jsonb not null default '{}',
  body text,
  created_at timestamptz not null default clock_timestamp(),
  constraint idempotency_one_answer primary key (user_id, route, key)
);
create index idempotency_age on core.idempotency (created_at);

-- Who may see whom -----------------------------------------------------------------------------------------------------
create table core.access_relation (
  user_id uuid not null,
  subject_id uuid not null,
  kind text not null,
  until timestamptz not null default 'infinity',
  primary key (user_id, subject_id, kind)
);
create table core.user_site (user_id uuid not null, site_id uuid not null, primary key (user_id, site_id));
create table core.subject_site (subject_id uuid not null, site_id uuid not null, primary key (subject_id, site_id));
create table core.subject_label (subject_id uuid not null, label text not null, primary key (subject_id, label));
create table core.clearance (user_id uuid not null, label text not null, primary key (user_id, label));
create table core.break_glass (
  id uuid primary key default uuidv7(),
  user_id uuid not null,
  subject_id uuid not null,
  reason text not null check (length(reason) >= 10),
  until timestamptz not null,
  created_at timestamptz not null default clock_timestamp()
);
create index break_glass_open on core.break_glass (user_id, subject_id, until);

-- Plugins that have started here, so that a first start can be told from a later one ------------------------------------
create table core.plugin (
  name text primary key,
  first_started_at timestamptz not null default clock_timestamp()
);

-- Rights ---------------------------------------------------------------------------------------------------------------
grant select, insert on core.outbox, core.audit to app;
grant update (fanned_out_at) on core.outbox to app;
grant delete on core.outbox to app;
grant select, insert, update, delete on core.delivery, core.job, core.idempotency, core.access_relation, core.user_site, core.subject_site, core.subject_label,
  core.clearance, core.break_glass to app;
grant select on core.clock, core.history, core.history_child, core.plugin, core.merged_subject to app;
grant insert on core.audit, core.outbox to patient;
grant select on core.clock to patient;
