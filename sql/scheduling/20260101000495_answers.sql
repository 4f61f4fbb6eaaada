-- What each participant of an appointment has answered, where that is not what its status says anyhow: {"<actor id>": "tentative"}; the patient's stands under "patient", so that a merge need not know of it.
alter table scheduling.appointment add column part_status jsonb not null default '{}'
  constraint appointment_part_status_of_participants check (jsonb_typeof(part_status) = 'object');

-- Further practitioners, rooms and equipment are asked for like the first of their kind.
create index appointment_also_taken on scheduling.appointment using gin (also_taken) where also_taken <> '{}';

-- Each answer stays as it was given; a later one of the same participant stands beside it.
create table scheduling.appointment_response (
  id uuid primary key default uuidv7(),
  appointment_id uuid not null references scheduling.appointment,
  patient_id uuid references patients.patient, -- the appointment's
  actor_type text not null check (actor_type in ('Patient', 'Practitioner', 'Location', 'Device', 'HealthcareService')),
  actor_id uuid, -- null: the patient
  participant_status text not null check (participant_status in ('accepted', 'declined', 'tentative', 'needs-action')),
  starts_at timestamptz,
  ends_at timestamptz,
  comment text check (length(comment) <= 1000),
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint answer_of_somebody check ((actor_type = 'Patient') = (actor_id is null)),
  constraint answer_ends_after_start check (ends_at > starts_at)
);
select core.keep_history('scheduling.appointment_response');
select core.patient_rows('scheduling.appointment_response');
create index appointment_response_appointment on scheduling.appointment_response (appointment_id, id);
create index appointment_response_patient on scheduling.appointment_response (patient_id, id);
create index appointment_response_updated on scheduling.appointment_response (updated_at, id);
