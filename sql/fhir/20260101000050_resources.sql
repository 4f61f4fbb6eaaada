-- What came in by FHIR and belongs to no plugin, and what everything that came in by FHIR is called elsewhere.

/* Whole, as it was written: text, so that decimals, order and spaces within values stay. */
create table fhir.resource (
  id uuid primary key default uuidv7(),
  type text not null,
  patient_id uuid,
  content text not null,
  created_at timestamptz not null default core.now(),
  constraint resource_is_json check (content is json object)
);
select core.keep_history('fhir.resource');
select core.patient_rows('fhir.resource');
create index resource_by_type on fhir.resource (type, id);
create index resource_by_patient on fhir.resource (patient_id, type);
create index resource_by_update on fhir.resource (type, updated_at, id);

/* One row for each Identifier of a resource, kept by every write through FHIR. */
create table fhir.identifier (
  number bigint generated always as identity primary key,
  resource_type text not null,
  resource_id uuid not null,
  system text not null default '',
  value text not null,
  patient_id uuid
);
select core.patient_rows('fhir.identifier');
create index identifier_of_resource on fhir.identifier (resource_id);
create index identifier_by_value on fhir.identifier using hash (value); -- hash: a value may be longer than a btree takes
