-- An appointment lets its practitioner see the record until a month after it, and the desk until the day is over.
create function scheduling.relations(patients uuid[])
returns table (subject_id uuid, user_id uuid, permission text, site_id uuid, until timestamptz) language sql stable as $$
  with live as materialized (
    select a.patient_id, a.practitioner_id, a.location_id, coalesce(a.ends_at, 'infinity') as ends_at
    from scheduling.appointment a
    where a.patient_id = any (patients) and a.status not in ('cancelled', 'noshow', 'entered-in-error')
  ), places as materialized ( -- each looked up once, however many appointments are there
    select p.location_id, facility.site_of(p.location_id) as site_id
    from (select distinct l.location_id from live l where l.location_id is not null) p
  )
  select l.patient_id, p.user_id, null::text, null::uuid, l.ends_at + interval '30 days'
  from live l join facility.practitioner p on p.id = l.practitioner_id where p.user_id is not null
  union all
  select l.patient_id, null, 'appointment:write', null, l.ends_at + interval '1 day' from live l
  union all
  select distinct l.patient_id, null::uuid, null, s.site_id, null::timestamptz from live l join places s on s.location_id = l.location_id where s.site_id is not null
$$;
select core.keep_relations_of('scheduling.appointment', 'appointment', 'scheduling.relations');
