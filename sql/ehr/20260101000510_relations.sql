-- While a visit is open those who work in visits see the record; its practitioner a month longer, unless it was a stay: a
-- discharge ends what it gave at once. A prescription waits for the pharmacy.
create function ehr.relations(patients uuid[])
returns table (subject_id uuid, user_id uuid, permission text, site_id uuid, until timestamptz) language sql stable as $$
  with visit as materialized (
    select e.patient_id, e.practitioner_id, e.status in ('planned', 'arrived', 'triaged', 'in-progress', 'onleave') as open,
      case
        when e.status in ('planned', 'arrived', 'triaged', 'in-progress', 'onleave') then 'infinity'
        when e.class in ('IMP', 'ACUTE', 'NONAC') then coalesce(e.ended_at, '-infinity')
        else coalesce(e.ended_at, e.started_at, '-infinity') + interval '30 days'
      end as until
    from ehr.encounter e
    where e.patient_id = any (patients) and e.status not in ('cancelled', 'entered-in-error')
  )
  select v.patient_id, p.user_id, null::text, null::uuid, v.until
  from visit v join facility.practitioner p on p.id = v.practitioner_id where p.user_id is not null
  union all
  select v.patient_id, null, 'encounter:write', null, 'infinity' from visit v where v.open
$$;
select core.keep_relations_of('ehr.encounter', 'visit', 'ehr.relations');

create function ehr.prescription_relations(patients uuid[])
returns table (subject_id uuid, user_id uuid, permission text, site_id uuid, until timestamptz) language sql stable as $$
  select r.patient_id, null::uuid, 'dispense:write', null::uuid, 'infinity'::timestamptz
  from ehr.medication_request r where r.patient_id = any (patients) and r.status = 'active'
$$;
select core.keep_relations_of('ehr.medication_request', 'prescription', 'ehr.prescription_relations');

-- What the role of patients may read by itself is what the portal may show: notes that were signed, and not taken back.
alter policy patient_own on ehr.composition
  using (patient_id = (select core.current_patient()) and status in ('final', 'amended'));
