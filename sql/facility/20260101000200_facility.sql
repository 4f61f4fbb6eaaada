-- The hospital and whoever records from elsewhere name: departments are organizations below the hospital.
create table facility.organization (
  id uuid primary key default uuidv7(),
  kind text not null default 'other' check (kind in ('hospital', 'department', 'other')),
  parent_id uuid references facility.organization,
  name text check (length(name) between 1 and 300),
  active boolean not null default true,
  phone text,
  email text,
  address_line text,
  city text,
  state text,
  postal_code text,
  country text,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint organization_named check (name is not null or kind = 'other'), -- R4 org-1 lets an identifier stand for the name
  constraint organization_not_below_itself check (parent_id <> id)
);
select core.keep_history('facility.organization');
create unique index organization_one_hospital on facility.organization (kind) where kind = 'hospital';
create unique index department_name_unique on facility.organization (lower(name)) where kind = 'department' and active;
create index organization_parent on facility.organization (parent_id);
create index organization_updated on facility.organization (updated_at, id);

create table facility.practitioner (
  id uuid primary key default uuidv7(),
  active boolean not null default true,
  family_name text not null check (length(family_name) <= 120), -- may be empty when a record from elsewhere gives none
  given_name text not null default '' check (length(given_name) <= 120),
  prefix text,
  gender text check (gender in ('male', 'female', 'other', 'unknown')),
  user_id uuid references auth."user",
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  -- The one place that says how a practitioner is named in lists: 'Dr Diallo', else 'Amina Diallo'.
  display_name text not null generated always as (
    btrim(case when coalesce(prefix, '') = '' then given_name || ' ' || family_name else prefix || ' ' || family_name end)
  ) stored,
  constraint practitioner_user_unique unique (user_id)
);
select core.keep_history('facility.practitioner');
create index practitioner_name on facility.practitioner (family_name, given_name, id);
create index practitioner_updated on facility.practitioner (updated_at, id);

create table facility.practitioner_role (
  id uuid primary key default uuidv7(),
  practitioner_id uuid references facility.practitioner,
  organization_id uuid references facility.organization,
  specialty text check (length(specialty) between 1 and 200),
  active boolean not null default true,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb
);
select core.keep_history('facility.practitioner_role');
create index practitioner_role_practitioner on facility.practitioner_role (practitioner_id);
create index practitioner_role_organization on facility.practitioner_role (organization_id);
create index practitioner_role_updated on facility.practitioner_role (updated_at, id);

create table facility.location (
  id uuid primary key default uuidv7(),
  kind text not null check (kind in ('site', 'ward', 'room', 'bed', 'other')), -- other: corridor, vehicle; only from elsewhere
  status text not null default 'active' check (status in ('active', 'suspended', 'inactive')),
  name text not null check (length(name) <= 200),
  organization_id uuid references facility.organization,
  parent_id uuid references facility.location,
  phone text,
  address_line text,
  city text,
  state text,
  postal_code text,
  country text,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint location_not_within_itself check (parent_id <> id)
);
select core.keep_history('facility.location');
create index location_organization on facility.location (organization_id);
create index location_parent on facility.location (parent_id);
create index location_name on facility.location (name, id);
create index location_updated on facility.location (updated_at, id);

-- Equipment that is booked or looked for: an ultrasound, an ECG. What it measures is the record's.
create table facility.device (
  id uuid primary key default uuidv7(),
  status text not null default 'active' check (status in ('active', 'inactive', 'entered-in-error', 'unknown')),
  name text not null default '' check (length(name) <= 200), -- may be empty when a record from elsewhere gives none
  type text check (length(type) between 1 and 200), -- as people call its kind: 'Ultrasound'
  organization_id uuid references facility.organization,
  location_id uuid references facility.location,
  serial_number text check (length(serial_number) between 1 and 200),
  patient_id uuid, -- who wears it: an implant or a loan, only from elsewhere; no foreign key: patients come after the house
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb
);
select core.keep_history('facility.device');
select core.patient_rows('facility.device');
create unique index device_name_unique on facility.device (lower(name)) where status = 'active' and organization_id is not null;
create index device_organization on facility.device (organization_id);
create index device_patient on facility.device (patient_id) where patient_id is not null;
create index device_location on facility.device (location_id);
create index device_name on facility.device (name, id);
create index device_updated on facility.device (updated_at, id);

create table facility.healthcare_service (
  id uuid primary key default uuidv7(),
  name text not null check (length(name) <= 200),
  organization_id uuid references facility.organization,
  duration_minutes smallint not null default 30 check (duration_minutes between 5 and 720),
  buffer_before_minutes smallint not null default 0 check (buffer_before_minutes between 0 and 240), -- people, room and equipment are taken, the patient is not
  buffer_after_minutes smallint not null default 0 check (buffer_after_minutes between 0 and 240),
  needs_room boolean not null default false, -- one of its department
  needs_device_type text check (length(needs_device_type) between 1 and 200), -- a device.type
  desk_lead_minutes integer check (desk_lead_minutes between 0 and 525600), -- how long before it begins it can be booked at the latest
  desk_horizon_days integer check (desk_horizon_days between 1 and 730), -- how far ahead at most
  portal_lead_minutes integer check (portal_lead_minutes between 0 and 525600),
  portal_horizon_days integer check (portal_horizon_days between 1 and 730),
  fhir_lead_minutes integer check (fhir_lead_minutes between 0 and 525600),
  fhir_horizon_days integer check (fhir_horizon_days between 1 and 730),
  charge_code text check (charge_code ~ '^[A-Z0-9][A-Z0-9.-]{0,39}$'), -- what billing charges for a visit of this kind
  active boolean not null default true,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb
);
select core.keep_history('facility.healthcare_service');
create index healthcare_service_organization on facility.healthcare_service (organization_id);
create index healthcare_service_name on facility.healthcare_service (name, id);
create index healthcare_service_updated on facility.healthcare_service (updated_at, id);

/* A practitioner with the department and specialty of the first active role: what lists of every plugin show. */
create view facility.practitioner_card as
select p.id, p.display_name, p.family_name, p.given_name, p.prefix, p.gender, p.active, p.user_id, p.version,
  role.organization_id as department_id, department.name as department_name, role.specialty
from facility.practitioner p
left join lateral (
  select r.organization_id, r.specialty from facility.practitioner_role r
  where r.practitioner_id = p.id and r.active
  order by r.id
  limit 1
) role on true
left join facility.organization department on department.id = role.organization_id and department.kind = 'department';

-- No patient data: the role of portal and patient-bound tokens may read who and where.
grant select on facility.organization, facility.practitioner, facility.practitioner_role, facility.location, facility.healthcare_service,
  facility.practitioner_card to patient;
