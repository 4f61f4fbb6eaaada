-- Whoever registers somebody works with the record for a week, and so does the house they work in.
create function patients.relations(patients uuid[])
returns table (subject_id uuid, user_id uuid, permission text, site_id uuid, until timestamptz) language sql stable as $$
  select it.id, it.updated_by, null::text, null::uuid, it.created_at + interval '7 days'
  from patients.patient it where it.id = any (patients) and it.updated_by is not null
  union all
  select it.id, null, null, s.site_id, null
  from patients.patient it join core.user_site s on s.user_id = it.updated_by where it.id = any (patients)
$$;
select core.keep_relations_of('patients.patient', 'registration', 'patients.relations', updates => false);

-- How long a broken glass stays open.
insert into core.setting (name, value) values ('patients.break-glass', '{"minutes": 60}');
