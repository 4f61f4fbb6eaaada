/*
 * Taking a merge back. Every row that moved returns to the record it came from, as it was; what has been written in it since (a bill that
 * was paid, a visit that was finished) stays written. Rows that arose since go along when they hang on a row that returns, by any id that
 * names it; the others stay. Where something that arose since holds things of both, it is refused: nobody can say whose it is.
 */

/* Rows of the one that stays, each with its key and every id in it that names another row of the two. */
create function patients.rows_of(patient uuid) returns table (relation text, key jsonb, id uuid, names uuid[])
language plpgsql stable as $$
declare
  it record;
begin
  for it in
    select r.relation::text as name, exists (select from pg_attribute a where a.attrelid = r.relation and a.attname = 'id' and a.atttypid = 'uuid'::regtype) as has_id,
      (select string_agg(case when a.atttypid = 'uuid[]'::regtype then format('t.%I', a.attname) else format('array[t.%I]', a.attname) end, ' || ')
       from pg_attribute a where a.attrelid = r.relation and a.attnum > 0 and not a.attisdropped and a.atttypid in ('uuid'::regtype, 'uuid[]'::regtype)
         and a.attname not in ('patient_id', 'updated_by')) as ids
    from patients.reference_columns() r where r.column_name = 'patient_id'
      and r.relation <> 'patients.not_same'::regclass
  loop
    return query execute format('select %L, patients.only(to_jsonb(t), patients.key_columns(%1$L)), %s, array_remove(%s, null) from %1$s t where t.patient_id = $1',
      it.name, case when it.has_id then 't.id' else 'null::uuid' end, coalesce(it.ids, '''{}''::uuid[]')) using patient;
  end loop;
end $$;

/* Puts one row back; false when it is no longer there. @throws unmerge_moved_on when it is somebody else's by now */
create function patients.put_back(it patients.merge_row, kept uuid, gone uuid) returns boolean language plpgsql as $$
declare
  today jsonb;
  patch jsonb;
  keys text := (select string_agg(quote_ident(c), ', ') from unnest(patients.key_columns(it.relation::regclass)) c);
  own_keys text := (select string_agg('r.' || quote_ident(c), ', ') from unnest(patients.key_columns(it.relation::regclass)) c);
  ours text[] := array(select column_name from patients.reference_columns() r where r.relation = it.relation::regclass);
  sets text;
begin
  execute format('select to_jsonb(t) from %s t where (%s) = (select %s from jsonb_populate_record(null::%1$s, $1) r)', it.relation, keys, own_keys)
    into today using it.key;
  if today is null then return false; end if;
  select jsonb_object_agg(a.key, it.before -> a.key) into patch
  from jsonb_each(it.after) a where a.key = any (ours) or today -> a.key = a.value;
  if exists (select from jsonb_each(it.after) a where a.key = any (ours) and today -> a.key is distinct from a.value) then
    perform patients.refused('unmerge_moved_on');
  end if;
  if patch is null then return true; end if;
  select string_agg(format('%I = r.%1$I', key), ', ') into sets
  from jsonb_object_keys(patch) key
  where not exists (select from pg_attribute a where a.attrelid = it.relation::regclass and a.attname = key and a.attgenerated <> '');
  if sets is not null then
    execute format('update %1$s t set %2$s from jsonb_populate_record(null::%1$s, $1) r where (%3$s) = (select %4$s from jsonb_populate_record(null::%1$s, $2) r)',
      it.relation, sets, (select string_agg('t.' || quote_ident(c), ', ') from unnest(patients.key_columns(it.relation::regclass)) c), own_keys)
      using patch, it.key;
  end if;
  if it.relation = 'fhir.resource' and not patch ? 'content' then
    update fhir.resource t set content = replace(t.content, 'Patient/' || kept, 'Patient/' || gone) where t.id = (it.key ->> 'id')::uuid;
  end if;
  return true;
end $$;

/* Takes the merge of `gone` back. Gives how many rows returned, went along, and were no longer there. */
create function patients.unmerge(gone uuid, gone_version integer, kept_version integer, why text) returns jsonb
language plpgsql security definer set search_path = patients, core, public, pg_temp as $$
declare
  m patients.merge;
  kept uuid;
  it patients.merge_row;
  each record;
  returned integer := 0;
  missing integer := 0;
  along integer := 0;
  reached uuid[];
  more uuid[];
  columns text;
begin
  select * into m from patients.merge where patient_id = gone and undone_at is null;
  if m.id is null then perform patients.refused('unmerge_not_merged'); end if;
  kept := m.into_id;
  perform from patients.patient where id in (kept, gone) order by id for update;
  if not exists (select from patients.merge where id = m.id and undone_at is null) then perform patients.refused('unmerge_not_merged'); end if;
  if exists (select from patients.patient where id = kept and replaced_by is not null) then perform patients.refused('unmerge_survivor_merged'); end if;
  if not exists (select from patients.patient where id = kept and version = kept_version)
    or not exists (select from patients.patient where id = gone and version = gone_version) then perform patients.refused('version_stale'); end if;
  delete from core.merged_subject where subject_id = gone;

  for it in select * from patients.merge_row r where r.merge_id = m.id order by r.number desc loop
    if it.act = 'added' then
      execute format('delete from %s t where patients.only(to_jsonb(t), patients.key_columns(%1$L)) = $1 and t.subject_id = $2', it.relation)
        using it.key, (it.before ->> 'subject_id')::uuid;
    elsif it.act = 'taken' then
      select string_agg(quote_ident(a.attname), ', ') into columns
      from pg_attribute a where a.attrelid = it.relation::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '';
      execute format('insert into %s (%s) overriding system value select %2$s from jsonb_populate_record(null::%1$s, $1) on conflict do nothing', it.relation, columns)
        using it.before || case when it.before ? 'version' then jsonb_build_object('version',
          (select max(h.version) + 1 from core.history h where h.relation = it.relation and h.id = (it.before ->> 'id')::uuid)) else '{}' end;
    elsif patients.put_back(it, kept, gone) then
      returned := returned + 1;
    else
      missing := missing + 1;
    end if;
  end loop;

  update patients.patient t set replaces = array_remove(t.replaces, gone) where t.id = kept and gone = any (t.replaces);

  -- what arose since and hangs on what has returned
  create temp table since on commit drop as select * from patients.rows_of(kept);
  reached := array(select r.id from patients.rows_of(gone) r where r.id is not null);
  more := array(
    select distinct named.id from patients.rows_of(gone) r cross join unnest(r.names) named (id)
    where exists (select from since s where s.id = named.id));
  reached := reached || more;
  loop
    more := array(
      select distinct named.id from since s cross join unnest(s.names) named (id)
      where s.names && reached and named.id <> all (reached) and exists (select from since o where o.id = named.id));
    exit when cardinality(more) = 0;
    reached := reached || more;
  end loop;
  if reached && m.own_ids then perform patients.refused('unmerge_mixed'); end if;
  for each in select s.relation, jsonb_agg(s.key) as keys from since s where s.names && reached group by s.relation loop
    execute format('update %s t set patient_id = $1 where t.patient_id = $2 and patients.only(to_jsonb(t), patients.key_columns(%1$L)) in (select jsonb_array_elements($3))', each.relation)
      using gone, kept, each.keys;
    along := along + jsonb_array_length(each.keys);
  end loop;
  drop table since;
  set constraints all immediate;
  set constraints all deferred;
  perform patients.relate_all(array[kept, gone]);
  update patients.merge set undone_at = core.now(), undone_by = core.current_actor(), undone_because = why where id = m.id;
  return jsonb_build_object('returned', returned, 'along', along, 'missing', missing);
end $$;
revoke execute on function patients.unmerge(uuid, integer, integer, text) from public;
grant execute on function patients.unmerge(uuid, integer, integer, text) to app;
