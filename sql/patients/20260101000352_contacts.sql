-- People around a patient: whom to call, who decides for them, whose child they are.
create table patients.contact (
  id uuid primary key default uuidv7(),
  patient_id uuid not null references patients.patient,
  related_id uuid references patients.patient, -- a patient here as well: a newborn's mother
  -- http://terminology.hl7.org/CodeSystem/v3-RoleCode; another code comes in by FHIR only
  relationship text not null check (relationship ~ '^\S{1,20}$'),
  family_name text check (length(family_name) between 1 and 120), -- of whom is a patient here, none: theirs
  given_name text check (length(given_name) <= 120),
  phone text check (length(phone) <= 40),
  email text check (length(email) <= 200),
  is_emergency boolean not null default false, -- is called first
  may_act boolean not null default false, -- guardian or proxy: decides for the patient
  starts_on date,
  ends_on date, -- the last day
  active boolean not null default true,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint contact_ends_after_start check (ends_on >= starts_on),
  constraint contact_not_themselves check (related_id <> patient_id)
);
select core.keep_history('patients.contact');
select core.patient_rows('patients.contact');
create index contact_of_patient on patients.contact (patient_id, id);
create index contact_related on patients.contact (related_id) where related_id is not null;
create index contact_updated on patients.contact (updated_at, id);

-- Patient.contact has them too: each version of a Patient has those of its time.
insert into core.history_child (parent, child, child_column) values ('patients.patient', 'patients.contact', 'patient_id');
create trigger touch_parent before insert or update or delete on patients.contact
  for each row execute function core.touch_parent('patients.patient', 'patient_id');
