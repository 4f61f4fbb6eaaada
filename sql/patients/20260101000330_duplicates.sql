/*
 * Who was registered although somebody much like them is here already, and why that is somebody else. It keeps the question from
 * being asked again, and says how often it came up.
 */
create table patients.not_same (
  patient_id uuid not null references patients.patient,
  other_id uuid not null references patients.patient,
  reason text not null check (length(reason) between 3 and 500),
  decided_by uuid default core.current_actor(),
  decided_at timestamptz not null default core.now(),
  primary key (patient_id, other_id),
  constraint not_same_as_itself check (patient_id <> other_id)
);
select core.patient_rows('patients.not_same');
select core.append_only('patients.not_same');
create index not_same_other on patients.not_same (other_id);
revoke select on patients.not_same from patient;
