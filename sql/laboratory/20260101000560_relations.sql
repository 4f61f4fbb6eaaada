-- An open order lets the laboratory and those who collect see the record, and whoever ordered until a month after the answer.
create function laboratory.relations(patients uuid[])
returns table (subject_id uuid, user_id uuid, permission text, site_id uuid, until timestamptz) language sql stable as $$
  with orders as materialized (
    select r.patient_id, r.requester_id, r.responsible_id, r.status in ('draft', 'active', 'on-hold') as open,
      case when r.status in ('draft', 'active', 'on-hold') then 'infinity' else r.updated_at + interval '30 days' end as until
    from laboratory.service_request r
    where r.patient_id = any (patients) and r.requisition_id is not null and r.status not in ('revoked', 'entered-in-error')
  )
  select o.patient_id, p.user_id, null::text, null::uuid, o.until
  from orders o join facility.practitioner p on p.id in (o.requester_id, o.responsible_id) where p.user_id is not null
  union all
  select o.patient_id, null, each.permission, null, case when o.open then 'infinity' else o.until - interval '23 days' end
  from orders o cross join (values ('result:write'), ('specimen:collect')) each (permission)
$$;
select core.keep_relations_of('laboratory.service_request', 'order', 'laboratory.relations');

-- The role of patients reads of orders and reports what the laboratory has released something of, whatever a query forgets.
alter policy patient_own on laboratory.service_request using (patient_id = (select core.current_patient())
  and exists (select from laboratory.result r where r.service_request_id = service_request.id and r.released_at <= core.now()));
alter policy patient_own on laboratory.diagnostic_report using (patient_id = (select core.current_patient())
  and exists (select from laboratory.result r where r.service_request_id = diagnostic_report.service_request_id and r.released_at <= core.now()));
