/*
 * One person, registered twice. Everything that refers to the one record is moved to the other; each row that moves, appears or goes
 * is kept as it was, so that it can be taken back. Audit, history and seals stay as written: they are read through these links.
 */
alter table patients.patient
  add column replaced_by uuid references patients.patient, -- R4 Patient.link: replaced-by
  add column replaces uuid[] not null default '{}', -- R4 Patient.link: replaces
  add constraint replaced_is_inactive check (replaced_by is null or not active);

create table patients.merge (
  id uuid primary key default uuidv7(),
  patient_id uuid not null references patients.patient, -- the record that is no longer used
  into_id uuid not null references patients.patient, -- the one that stays
  reason text not null check (length(reason) between 3 and 500),
  own_ids uuid[] not null default '{}', -- what the one that stays had before: rows by their id
  counts jsonb not null default '{}', -- rows that moved, by table
  merged_by uuid default core.current_actor(),
  merged_at timestamptz not null default core.now(),
  undone_by uuid,
  undone_at timestamptz,
  undone_because text check (length(undone_because) between 3 and 500),
  constraint merge_of_two check (patient_id <> into_id),
  constraint merge_undone_has_reason check ((undone_at is null) = (undone_because is null))
);
select core.patient_rows('patients.merge');
create unique index merge_once on patients.merge (patient_id) where undone_at is null;
create index merge_into on patients.merge (into_id, merged_at desc);
create index merge_of on patients.merge (patient_id);
revoke select on patients.merge from patient;
revoke insert, update, delete, truncate on patients.merge from app;

-- moved: refers to the other now; added: a copy, made by the merge; taken: no longer there. `after`: what was written, of the columns that changed.
create table patients.merge_row (
  number bigint generated always as identity primary key,
  merge_id uuid not null references patients.merge,
  patient_id uuid not null, -- the record that is no longer used
  relation text not null,
  key jsonb not null,
  act text not null check (act in ('moved', 'added', 'taken')),
  before jsonb not null,
  after jsonb
);
select core.patient_rows('patients.merge_row');
create index merge_row_of on patients.merge_row (merge_id, number);
revoke select on patients.merge_row from patient;
revoke all on patients.merge_row from app;

/*
 * What two records cannot both have, told by the plugin whose table it is. `clashes` compares a row `gone` of the record that is
 * merged with a row `kept` of the one that stays. Then `changes` are set in the one that `changes_in` says, or with `takes` the row `gone`
 * is taken out; with neither the merge is refused by the rule's name.
 */
create table patients.merge_rule (
  name text primary key,
  relation text not null,
  clashes text not null,
  changes text,
  changes_in text not null default 'gone' check (changes_in in ('gone', 'kept')),
  takes boolean not null default false,
  because_of text, -- the constraint that would not have it
  constraint merge_rule_one_way check (changes is null or not takes)
);
revoke insert, update, delete, truncate on patients.merge_rule from app;

/* Columns by which rows belong to a patient, in every schema; those of the merge itself and of what is made anew are not asked. */
create function patients.reference_columns() returns table (relation regclass, column_name text) language sql stable as $$
  select c.oid::regclass, a.attname::text
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema')
    and c.oid <> all (array['patients.patient', 'patients.merge', 'patients.merge_row', 'patients.duplicate']::regclass[])
    and (a.attname = 'patient_id' or c.oid = 'core.break_glass'::regclass and a.attname = 'subject_id' or exists (
      select from pg_constraint f
      where f.contype = 'f' and f.conrelid = c.oid and f.confrelid = 'patients.patient'::regclass and a.attnum = any (f.conkey)))
  order by c.oid::regclass::text, a.attname
$$;

create function patients.key_columns(relation regclass) returns text[] language sql stable as $$
  select array_agg(a.attname::text order by a.attnum)
  from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
  where i.indrelid = relation and i.indisprimary
$$;

/* Keys of an object, of these names only. */
create function patients.only(it jsonb, names text[]) returns jsonb language sql immutable as $$
  select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(it) where key = any (names)
$$;

/* What was written of the columns that differ; version and who changed it last count on by themselves. */
create function patients.changed(before jsonb, after jsonb) returns jsonb language sql immutable as $$
  select coalesce(jsonb_object_agg(a.key, a.value), '{}') from jsonb_each(after) a
  where a.value is distinct from before -> a.key and a.key <> all ('{version,updated_at,updated_by}')
$$;

/* The record that a merged one leads to in the end; itself when it was not merged. */
create function patients.survivor(patient uuid) returns uuid language sql stable as $$
  with recursive led (id, depth) as (
    select patient, 0
    union all
    select m.into_id, led.depth + 1 from led join core.merged_subject m on m.subject_id = led.id where led.depth < 100
  )
  select id from led order by depth desc limit 1
$$;

/* Rows that would move, by table, and what stands in the way, by rule: the visits, stays, appointments … of both. */
create function patients.merge_preview(kept uuid, gone uuid) returns jsonb
language plpgsql stable security definer set search_path = patients, core, public, pg_temp as $$
declare
  it record;
  found bigint;
  these uuid[];
  counts jsonb := '{}';
  blocked jsonb := '{}';
begin
  for it in select relation, column_name from patients.reference_columns() loop
    execute format('select count(*) from %s where %I = $1', it.relation, it.column_name) into found using gone;
    if found > 0 then
      counts := counts || jsonb_build_object(it.relation::text, found + coalesce((counts ->> it.relation::text)::bigint, 0));
    end if;
  end loop;
  for it in
    select r.name, r.relation, r.clashes, (patients.key_columns(r.relation::regclass))[1] as key -- of an occupied time: its appointment
    from patients.merge_rule r where r.changes is null and not r.takes order by r.name
  loop
    execute format($sql$
      select array(
        select distinct one.id
        from %1$s gone join %1$s kept on gone.patient_id = $2 and kept.patient_id = $1 and (%2$s)
        cross join lateral unnest(array[gone.%3$I, kept.%3$I]) one (id) order by one.id
      ) $sql$, it.relation, it.clashes, it.key) into these using kept, gone;
    if cardinality(these) > 0 then
      blocked := blocked || jsonb_build_object(it.name, these);
    end if;
  end loop;
  return jsonb_build_object('counts', counts, 'blocked', blocked);
end $$;

create function patients.refused(rule text) returns void language plpgsql as $$
begin
  raise exception using errcode = '23514', constraint = rule, message = 'the records cannot be merged or parted';
end $$;

/*
 * Moves everything of `gone` to `kept`, and gives the merge's id. `take`: columns of the person that are taken over from `gone`.
 * Both versions are what the caller has read.
 */
create function patients.merge(kept uuid, kept_version integer, gone uuid, gone_version integer, why text, take text[]) returns uuid
language plpgsql security definer set search_path = patients, core, public, pg_temp as $$
declare
  of_kept patients.patient;
  of_gone patients.patient;
  merge_id uuid;
  it record;
  sets text;
  moved bigint;
  tally jsonb := '{}';
  own uuid[] := '{}';
  some_ids uuid[];
begin
  if kept = gone then perform patients.refused('merge_with_itself'); end if;
  perform from patients.patient where id in (kept, gone) order by id for update;
  select * into strict of_kept from patients.patient where id = kept;
  select * into strict of_gone from patients.patient where id = gone;
  if of_kept.replaced_by is not null or of_gone.replaced_by is not null then perform patients.refused('merge_already'); end if;
  if of_kept.version <> kept_version or of_gone.version <> gone_version then perform patients.refused('version_stale'); end if;
  for it in select key from jsonb_each(patients.merge_preview(kept, gone) -> 'blocked') loop
    perform patients.refused(it.key);
  end loop;
  insert into patients.merge (patient_id, into_id, reason) values (gone, kept, why) returning id into merge_id;

  -- what the one that stays has of its own
  for it in
    select distinct r.relation from patients.reference_columns() r
    join pg_attribute a on a.attrelid = r.relation and a.attname = 'id' and a.atttypid = 'uuid'::regtype where r.column_name = 'patient_id'
  loop
    execute format('select array_agg(id) from %s where patient_id = $1', it.relation) into some_ids using kept;
    own := own || coalesce(some_ids, '{}');
  end loop;

  -- who sees the one sees both, and what protects the one protects both
  for it in select * from (values ('core.access_relation', 'user_id, kind, until'), ('core.access_circle', 'permission, kind, until'), ('core.subject_site', 'site_id')) copied (relation, columns) loop
    execute format($sql$
      with made as (insert into %1$s as t (subject_id, %2$s) select $1, %2$s from %1$s where subject_id = $2 on conflict do nothing returning to_jsonb(t) as row)
      insert into patients.merge_row (merge_id, patient_id, relation, key, act, before)
      select $3, $2, %1$L, patients.only(row, patients.key_columns(%1$L)), 'added', row from made $sql$, it.relation, it.columns)
    using kept, gone, merge_id;
  end loop;
  with made as (
    insert into core.subject_label as t (subject_id, label, reason, set_by, set_at)
    select pair.other, l.label, l.reason, l.set_by, l.set_at
    from core.subject_label l join (values (kept, gone), (gone, kept)) pair (one, other) on pair.one = l.subject_id
    on conflict do nothing returning to_jsonb(t) as row
  )
  insert into patients.merge_row (merge_id, patient_id, relation, key, act, before)
  select merge_id, gone, 'core.subject_label', patients.only(row, '{subject_id,label}'), 'added', row from made;

  -- what was once found to be two is no longer asked; what both were told apart from once, is once
  with out as (
    delete from patients.not_same n using (values (kept, gone), (gone, kept)) pair (one, other)
    where n.patient_id = pair.one and n.other_id = pair.other
      or pair.one = gone and n.patient_id = gone and exists (select from patients.not_same o where o.patient_id = kept and o.other_id = n.other_id)
      or pair.one = gone and n.other_id = gone and exists (select from patients.not_same o where o.other_id = kept and o.patient_id = n.patient_id)
    returning to_jsonb(n) as row
  )
  insert into patients.merge_row (merge_id, patient_id, relation, key, act, before)
  select merge_id, gone, 'patients.not_same', patients.only(row, '{patient_id,other_id}'), 'taken', row from out;
  -- who was to be called about the one is the other: nobody is called about themselves
  with out as (
    delete from patients.contact c using (values (kept, gone), (gone, kept)) pair (one, other)
    where c.patient_id = pair.one and c.related_id = pair.other returning to_jsonb(c) as row
  )
  insert into patients.merge_row (merge_id, patient_id, relation, key, act, before)
  select merge_id, gone, 'patients.contact', patients.only(row, '{id}'), 'taken', row from out;

  for it in select r.relation, r.clashes from patients.merge_rule r where r.takes order by r.name loop
    execute format($sql$
      with out as (
        delete from %1$s gone where gone.patient_id = $2 and exists (select from %1$s kept where kept.patient_id = $1 and (%2$s)) returning to_jsonb(gone) as row
      )
      insert into patients.merge_row (merge_id, patient_id, relation, key, act, before)
      select $3, $2, %1$L, patients.only(row, patients.key_columns(%1$L)), 'taken', row from out $sql$, it.relation, it.clashes)
    using kept, gone, merge_id;
  end loop;
  for it in select r.relation, r.clashes, r.changes, r.changes_in, case r.changes_in when 'gone' then 'kept' else 'gone' end as other from patients.merge_rule r where r.changes is not null order by r.name loop
    execute format($sql$
      with changed as (
        update %1$s %4$s set %3$s
        where %4$s.patient_id = case %4$L when 'gone' then $2 else $1 end
          and exists (select from %1$s %5$s where %5$s.patient_id = case %4$L when 'gone' then $1 else $2 end and (%2$s))
        returning to_jsonb(old) as b, to_jsonb(new) as a
      )
      insert into patients.merge_row (merge_id, patient_id, relation, key, act, before, after)
      select $3, $2, %1$L, patients.only(a, patients.key_columns(%1$L)), 'moved', b, patients.changed(b, a) from changed $sql$, it.relation, it.clashes, it.changes, it.changes_in, it.other)
    using kept, gone, merge_id;
  end loop;

  -- everything else moves; what came in by FHIR about the patient drops the element that says whom, and the columns say it
  for it in
    select r.relation, r.column_name, exists (select from pg_attribute a where a.attrelid = r.relation and a.attname = 'fhir_extra') as has_extra
    from patients.reference_columns() r
  loop
    sets := format('%I = $1', it.column_name);
    if it.has_extra then
      sets := sets || format(', fhir_extra = patients.extra_without(t.fhir_extra, %L || $2)', 'Patient/');
    elsif it.relation = 'fhir.resource'::regclass then
      sets := sets || format(', content = replace(t.content, %L || $2, %1$L || $1)', 'Patient/');
    end if;
    execute format($sql$
      with moved as (update %1$s t set %2$s where t.%3$I = $2 returning to_jsonb(old) as b, to_jsonb(new) as a)
      insert into patients.merge_row (merge_id, patient_id, relation, key, act, before, after)
      select $3, $2, %1$L, patients.only(a, patients.key_columns(%1$L)), 'moved', b, patients.changed(b, a) from moved $sql$, it.relation, sets, it.column_name)
    using kept, gone, merge_id;
    get diagnostics moved = row_count;
    if moved > 0 then
      tally := tally || jsonb_build_object(it.relation::text, moved + coalesce((tally ->> it.relation::text)::bigint, 0));
    end if;
  end loop;

  -- the two records themselves
  select string_agg(format('%I = g.%1$I', c), ', ') into sets from unnest(take) c;
  execute format($sql$
    with changed as (
      update patients.patient t set replaces = t.replaces || $2 %s from patients.patient g where t.id = $1 and g.id = $2
      returning to_jsonb(old) as b, to_jsonb(new) as a
    )
    insert into patients.merge_row (merge_id, patient_id, relation, key, act, before, after)
    select $3, $2, 'patients.patient', patients.only(a, '{id}'), 'moved', b, patients.changed(b, a) from changed $sql$,
    coalesce(', ' || sets || ', fhir_extra = t.fhir_extra - ''{name,gender,birthDate,deceased,telecom,address,communication}''::text[]', ''))
  using kept, gone, merge_id;
  with changed as (
    update patients.patient t set active = false, replaced_by = kept where t.id = gone returning to_jsonb(old) as b, to_jsonb(new) as a
  )
  insert into patients.merge_row (merge_id, patient_id, relation, key, act, before, after)
  select merge_id, gone, 'patients.patient', patients.only(a, '{id}'), 'moved', b, patients.changed(b, a) from changed;
  delete from patients.duplicate d where gone in (d.patient_id, d.other_id);
  update patients.merge m set own_ids = own, counts = tally where m.id = merge_id;
  set constraints all immediate;
  set constraints all deferred;
  insert into core.merged_subject (subject_id, into_id) values (gone, kept);
  return merge_id;
end $$;

/* Without the elements whose text, as it was sent, names the patient. */
create function patients.extra_without(extra jsonb, reference text) returns jsonb language sql immutable as $$
  select case when extra is null or strpos(extra::text, reference) = 0 then extra
    else (select nullif(coalesce(jsonb_object_agg(key, value), '{}'), '{}') from jsonb_each(extra) where strpos(value::text, reference) = 0) end
$$;

/* Every relation of these patients, as it is true now. */
create function patients.relate_all(subjects uuid[]) returns void language plpgsql as $$
declare
  kind record;
begin
  for kind in
    select distinct split_part(encode(t.tgargs, 'escape'), '\000', 1) as name, split_part(encode(t.tgargs, 'escape'), '\000', 2) as source
    from pg_trigger t where t.tgfoid = 'core.keep_relations()'::regprocedure and t.tgrelid <> 'patients.patient'::regclass
  loop
    perform core.relate(kind.name, kind.source, subjects);
  end loop;
end $$;

/* Labels that are put on, or taken off, the record that stays, hold for those merged into it. */
create function patients.follow_label() returns trigger language plpgsql security definer set search_path = patients, core, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    insert into core.subject_label (subject_id, label, reason, set_by, set_at)
    select m.subject_id, new.label, new.reason, new.set_by, new.set_at from core.merged_subject m where m.into_id = new.subject_id
    on conflict do nothing;
  else
    delete from core.subject_label l using core.merged_subject m where m.into_id = old.subject_id and l.subject_id = m.subject_id and l.label = old.label;
  end if;
  return null;
end $$;
create trigger follow_label after insert or delete on core.subject_label for each row execute function patients.follow_label();

revoke execute on function patients.merge(uuid, integer, uuid, integer, text, text[]), patients.merge_preview(uuid, uuid) from public;
grant execute on function patients.merge(uuid, integer, uuid, integer, text, text[]), patients.merge_preview(uuid, uuid) to app;
