-- What goes to payers: stored before it is sent, kept until it is answered.
create table insurance_adapter.message (
  id uuid primary key default uuidv7(),
  version integer not null default 1,
  kind text not null check (kind in ('claim', 'eligibility')),
  subject_id uuid not null, -- the claim or the question
  identifier text not null, -- what names it at the payer: however often it arrives, it is one thing there
  patient_id uuid not null references patients.patient,
  payer_id uuid not null references insurance.payer,
  body jsonb not null,
  -- waiting → sent (the payer has it) → answered; parked: somebody must look at it; cancelled: taken back in time
  state text not null default 'waiting' check (state in ('waiting', 'sent', 'answered', 'parked', 'cancelled')),
  remote_id text, -- the payer's id of it
  attempts integer not null default 0,
  next_at timestamptz not null default clock_timestamp(), -- real time
  last_error text check (length(last_error) <= 300), -- never what was in an answer
  created_at timestamptz not null default core.now(),
  sent_at timestamptz,
  answered_at timestamptz,
  constraint message_once unique (kind, identifier),
  constraint message_sent_has_remote_id check (state not in ('sent', 'answered') or remote_id is not null)
);
select core.patient_rows('insurance_adapter.message');
create index message_due on insurance_adapter.message (next_at) where state in ('waiting', 'sent');
create index message_of_subject on insurance_adapter.message (subject_id);
create index message_of_patient on insurance_adapter.message (patient_id);
