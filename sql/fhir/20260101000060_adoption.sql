-- Resources that came in before their plugin did, and that it could not take over when it started: they stay as they were sent.
create table fhir.not_adopted (
  id uuid primary key references fhir.resource on delete cascade,
  reason text not null,
  tried_at timestamptz not null default core.now()
);
