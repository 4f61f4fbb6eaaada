-- What a patient has agreed to or refused, on which paper. Each answer stays; the newest of a kind holds.
create table patients.consent (
  id uuid primary key default uuidv7(),
  patient_id uuid not null references patients.patient,
  kind text not null check (kind in ('treatment', 'data-sharing', 'reminders-sms', 'reminders-email', 'research')),
  decision text not null check (decision in ('given', 'refused', 'withdrawn')),
  decided_at timestamptz not null,
  given_by text check (length(given_by) between 1 and 200), -- who answered for them; none: the patient
  paper text check (length(paper) between 1 and 200), -- the form, and where it is kept
  superseded_at timestamptz, -- another answer has taken its place
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb
);
select core.keep_history('patients.consent');
select core.patient_rows('patients.consent');
create unique index consent_one_holds on patients.consent (patient_id, kind) where superseded_at is null;
create index consent_of_patient on patients.consent (patient_id, id);
create index consent_updated on patients.consent (updated_at, id);

/* What a patient has answered to reminders by this channel; null: was not asked. */
create function patients.reminders_answer(patient uuid, channel text) returns text language sql stable as $$
  select c.decision from patients.consent c
  where c.patient_id = patient and c.kind = 'reminders-' || channel and c.superseded_at is null
$$;
grant execute on function patients.reminders_answer(uuid, text) to app, patient;
