-- What is not billed and not paid yet lets those see the record who bill and take payments.
create function billing.relations(patients uuid[])
returns table (subject_id uuid, user_id uuid, permission text, site_id uuid, until timestamptz) language sql stable as $$
  select c.patient_id, null::uuid, 'invoice:write', null::uuid, 'infinity'::timestamptz
  from billing.charge_item c where c.patient_id = any (patients) and c.status in ('planned', 'billable')
$$;
select core.keep_relations_of('billing.charge_item', 'charge', 'billing.relations');

create function billing.invoice_relations(patients uuid[])
returns table (subject_id uuid, user_id uuid, permission text, site_id uuid, until timestamptz) language sql stable as $$
  select i.patient_id, null::uuid, each.permission, null::uuid,
    case when i.status in ('draft', 'issued') then 'infinity' else i.updated_at + interval '30 days' end
  from billing.invoice i cross join (values ('payment:write'), ('claim:work')) each (permission)
  where i.patient_id = any (patients) and i.status not in ('cancelled', 'entered-in-error')
$$;
select core.keep_relations_of('billing.invoice', 'invoice', 'billing.invoice_relations');
