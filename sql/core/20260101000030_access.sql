-- Why somebody may see a protected record and until when, who put the protection on, and what came of each broken glass.

-- Clearance is given by somebody, for a reason and, if it should, for a time. Real time: it ends when the clock on the wall says so.
alter table core.clearance
  add column until timestamptz not null default 'infinity',
  add column reason text not null default '' check (length(reason) <= 500),
  add column given_by uuid default core.current_actor(),
  add column given_at timestamptz not null default clock_timestamp();

alter table core.subject_label
  add column reason text not null default '' check (length(reason) <= 500),
  add column set_by uuid default core.current_actor(),
  add column set_at timestamptz not null default clock_timestamp();

-- Glass: broken by one person for one subject; it can end early, and nothing else of it ever changes -------------------
alter table core.break_glass
  add column ended_at timestamptz, -- by hand, before its time
  add constraint break_glass_by unique (id, user_id),
  add constraint break_glass_reason_short check (length(reason) <= 500);
revoke update, delete on core.break_glass from app;
grant update (until, ended_at) on core.break_glass to app;

-- What a second person made of it. `questioned` leaves it in the inbox; `accepted` and `escalated` work it off.
create table core.break_glass_review (
  id uuid primary key default uuidv7(),
  break_glass_id uuid not null,
  user_id uuid not null, -- who broke it
  verdict text not null check (verdict in ('accepted', 'questioned', 'escalated')),
  note text not null check (length(note) between 3 and 2000),
  reviewed_by uuid not null default core.current_actor(),
  reviewed_at timestamptz not null default clock_timestamp(),
  constraint review_of_glass foreign key (break_glass_id, user_id) references core.break_glass (id, user_id),
  constraint review_by_another check (reviewed_by <> user_id)
);
create unique index review_decides_once on core.break_glass_review (break_glass_id) where verdict <> 'questioned';
create index break_glass_review_of on core.break_glass_review (break_glass_id, reviewed_at);
grant select, insert on core.break_glass_review to app;

-- Care relations -------------------------------------------------------------------------------------------------------
-- Work that waits at a record lets those see it who may do that work: 'result:write' while an order is open, say.
create table core.access_circle (
  subject_id uuid not null,
  permission text not null,
  kind text not null,
  until timestamptz not null default 'infinity',
  primary key (subject_id, permission, kind)
);
grant select, insert, update, delete on core.access_circle to app;

/*
 * Of these patients, the relations of one kind as they are true now. The source takes patient ids and gives (subject_id, user_id,
 * permission, site_id, until); rows of this kind that it no longer gives end at once.
 */
create function core.relate(kind text, source text, subjects uuid[]) returns void language plpgsql as $$
begin
  execute format($sql$
    with now_true as materialized (
      select subject_id, user_id, permission, site_id, max(until) as until from %1$s($1)
      where until is null or until > core.now() group by subject_id, user_id, permission, site_id
    ), gone as (
      delete from core.access_relation r where r.kind = $2 and r.subject_id = any ($1)
        and not exists (select from now_true n where n.subject_id = r.subject_id and n.user_id = r.user_id)
    ), closed as (
      delete from core.access_circle c where c.kind = $2 and c.subject_id = any ($1)
        and not exists (select from now_true n where n.subject_id = c.subject_id and n.permission = c.permission)
    ), related as (
      insert into core.access_relation as r (user_id, subject_id, kind, until)
      select user_id, subject_id, $2, until from now_true where user_id is not null
      on conflict (user_id, subject_id, kind) do update set until = excluded.until where r.until <> excluded.until
    ), opened as (
      insert into core.access_circle as c (subject_id, permission, kind, until)
      select subject_id, permission, $2, until from now_true where permission is not null
      on conflict (subject_id, permission, kind) do update set until = excluded.until where c.until <> excluded.until
    )
    insert into core.subject_site (subject_id, site_id)
    select subject_id, site_id from now_true where site_id is not null
    on conflict do nothing
  $sql$, source) using subjects, kind;
end $$;

/*
 * A trigger after each statement on a table from which relations follow: keep_relations('<kind>', '<source>'). So no door can
 * forget it, and whoever fills tables in bulk pays once a statement.
 */
create function core.keep_relations() returns trigger language plpgsql security definer set search_path = core, pg_temp as $$
declare
  subjects uuid[] := array(select distinct c.patient_id from changed c where c.patient_id is not null);
begin
  if cardinality(subjects) > 0 then
    perform core.relate(tg_argv[0], tg_argv[1], subjects);
  end if;
  return null;
end $$;

/* keep_relations_of('scheduling.appointment', 'appointment', 'scheduling.relations'): after inserts and, unless it says otherwise, updates. */
create function core.keep_relations_of(relation regclass, kind text, source text, updates boolean default true) returns void language plpgsql as $$
begin
  execute format('create trigger keep_relations_new after insert on %s referencing new table as changed for each statement execute function core.keep_relations(%L, %L)',
    relation, kind, source);
  if updates then
    execute format('create trigger keep_relations_changed after update on %s referencing new table as changed for each statement execute function core.keep_relations(%L, %L)',
      relation, kind, source);
  end if;
end $$;
create index access_relation_of_subject on core.access_relation (subject_id, kind);
