-- A small picture of a patient, without anything that a camera wrote into it.
create table patients.photo (
  id uuid primary key default uuidv7(),
  patient_id uuid not null references patients.patient,
  media_type text not null check (media_type in ('image/jpeg', 'image/png', 'image/webp')),
  content bytea not null check (length(content) between 1 and 262144),
  taken_at timestamptz not null default core.now(),
  taken_by uuid default core.current_actor(),
  constraint photo_one unique (patient_id)
);
select core.patient_rows('patients.photo');
