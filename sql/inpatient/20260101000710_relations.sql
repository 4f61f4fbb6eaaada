-- From the request for a bed to the discharge those who work on wards see the record, and who is in charge. Then it ends at once.
create function inpatient.relations(patients uuid[])
returns table (subject_id uuid, user_id uuid, permission text, site_id uuid, until timestamptz) language sql stable as $$
  with lying as materialized (
    select s.patient_id, s.practitioner_id, s.requester_id, s.ward_id
    from inpatient.stay s where s.patient_id = any (patients) and s.status not in ('discharged', 'cancelled')
  )
  select l.patient_id, p.user_id, null::text, null::uuid, 'infinity'::timestamptz
  from lying l join facility.practitioner p on p.id in (l.practitioner_id, l.requester_id) where p.user_id is not null
  union all
  select l.patient_id, null, 'stay:write', null, 'infinity' from lying l
  union all
  select l.patient_id, null, null, facility.site_of(l.ward_id), null from lying l where facility.site_of(l.ward_id) is not null
$$;
select core.keep_relations_of('inpatient.stay', 'stay', 'inpatient.relations');
