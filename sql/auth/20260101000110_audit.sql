-- The audit as FHIR reads it: an entry has one version, and a name beside whoever acted.
create view auth.audit_event with (security_invoker = true) as
select a.id, a.at, a.actor_id, u.display_name as actor_name, a.actor_kind, a.action, a.subtype, a.route, a.object, a.patient_ids, a.outcome, a.detail, a.request_id, a.source,
  a.purpose, 1 as version, a.at as updated_at, null::jsonb as fhir_extra
from core.audit a
left join auth."user" u on u.id = a.actor_id;
grant select on auth.audit_event to app;
