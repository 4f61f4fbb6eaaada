-- The clinical record. Codes are R4's; what other systems send may lack nearly everything, so only the patient is required.

-- Terminology and catalogue: filled once by the plugin's setUp -----------------------------------------------------------

create table ehr.code_icd10cm (
  code text primary key,
  display text not null,
  billable boolean not null,
  rank integer not null, -- how words are answered: billable ones first, then the shorter
  words tsvector generated always as (to_tsvector('simple', display)) stored
);
create index code_icd10cm_rank on ehr.code_icd10cm (rank);
create index code_icd10cm_prefix on ehr.code_icd10cm (code text_pattern_ops);
create index code_icd10cm_words on ehr.code_icd10cm using gin (words);

-- Every word of the list: a slip of the finger is one of these.
create table ehr.code_word (word text primary key);
create index code_word_trigrams on ehr.code_word using gin (word gin_trgm_ops);

-- What people are allergic to and what medicines contain; members of one group warn for each other.
create table ehr.substance (
  system text not null,
  code text not null,
  display text not null,
  name text not null, -- lower case: what is looked for in the words of an allergy
  allergy_group text,
  primary key (system, code)
);
create index substance_name on ehr.substance using gin (name gin_trgm_ops);

-- The formulary, and medications that came in by FHIR.
create table ehr.medication (
  id uuid primary key default uuidv7(),
  status text check (status in ('active', 'inactive', 'entered-in-error')),
  code_system text,
  code text,
  display text not null default '',
  strength text,
  form text,
  unit text not null default 'unit', -- base unit: what is prescribed, dispensed and kept in stock is counted in it
  ingredient text,
  ingredient_codes text[] not null default '{}', -- ehr.substance of RxNorm
  formulary boolean not null default false,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb
);
select core.keep_history('ehr.medication');
create index medication_updated on ehr.medication (updated_at, id);
create unique index medication_once_in_formulary on ehr.medication (code_system, code) where formulary;
create index medication_found_by on ehr.medication using gin (lower(display) gin_trgm_ops) where formulary;

-- What a vital sign may be and from where it is flagged. The row with the greatest from_age that the patient has reached
-- holds; without a birth date, the adult one. Adult limits follow NEWS2's bands; children have none, so no false flag.
create table ehr.vital_limit (
  field text not null,
  from_age integer not null, -- years
  position integer not null,
  code text not null, -- LOINC
  display text not null,
  unit text not null, -- UCUM
  lowest numeric not null, -- beyond lowest and highest a value is refused
  highest numeric not null,
  low numeric, -- below: L
  high numeric, -- above: H
  critical_low numeric, -- at or below: LL
  critical_high numeric, -- at or above: HH
  primary key (field, from_age)
);
insert into ehr.vital_limit (field, from_age, position, code, display, unit, lowest, highest, low, high, critical_low, critical_high) values
  ('systolic', 0, 1, '8480-6', 'Systolic blood pressure', 'mm[Hg]', 30, 220, null, null, null, null),
  ('systolic', 16, 1, '8480-6', 'Systolic blood pressure', 'mm[Hg]', 40, 300, 90, 139, 80, 180),
  ('diastolic', 0, 2, '8462-4', 'Diastolic blood pressure', 'mm[Hg]', 15, 160, null, null, null, null),
  ('diastolic', 16, 2, '8462-4', 'Diastolic blood pressure', 'mm[Hg]', 20, 200, 60, 89, 40, 120),
  ('heartRate', 0, 3, '8867-4', 'Heart rate', '/min', 30, 300, null, null, null, null),
  ('heartRate', 16, 3, '8867-4', 'Heart rate', '/min', 20, 250, 51, 100, 40, 131),
  ('temperature', 0, 4, '8310-5', 'Body temperature', 'Cel', 25, 45, 36, 38, 35, 40),
  ('respiratoryRate', 0, 5, '9279-1', 'Respiratory rate', '/min', 5, 120, null, null, null, null),
  ('respiratoryRate', 16, 5, '9279-1', 'Respiratory rate', '/min', 4, 80, 12, 20, 8, 25),
  ('oxygenSaturation', 0, 6, '59408-5', 'Oxygen saturation in Arterial blood by Pulse oximetry', '%', 40, 100, 95, null, 90, null),
  ('weight', 0, 7, '29463-7', 'Body weight', 'kg', 0.3, 40, null, null, null, null),
  ('weight', 2, 7, '29463-7', 'Body weight', 'kg', 5, 200, null, null, null, null),
  ('weight', 16, 7, '29463-7', 'Body weight', 'kg', 20, 450, null, null, null, null),
  ('height', 0, 8, '8302-2', 'Body height', 'cm', 20, 120, null, null, null, null),
  ('height', 2, 8, '8302-2', 'Body height', 'cm', 60, 210, null, null, null, null),
  ('height', 16, 8, '8302-2', 'Body height', 'cm', 80, 260, null, null, null, null),
  ('pain', 0, 9, '72514-3', 'Pain severity - 0-10 verbal numeric rating [Score] - Reported', '{score}', 0, 10, null, 3, null, 8);

-- Visits ---------------------------------------------------------------------------------------------------------------
-- Keys of two columns keep the parts of a visit with its patient. They are checked at commit: a merge moves rows table by table.

/* What a list's `next` holds, as core/paging.ts writes it: where the page ended. */
create function ehr.cursor(at timestamptz, id uuid) returns text language sql stable as $$
  select translate(encode(convert_to(json_build_array(core.json_time(at), id)::text, 'UTF8'), 'base64'), E'+/=\n', '-_')
$$;

create table ehr.encounter (
  id uuid primary key default uuidv7(),
  patient_id uuid not null references patients.patient,
  status text not null default 'arrived'
    check (status in ('planned', 'arrived', 'triaged', 'in-progress', 'onleave', 'finished', 'cancelled', 'entered-in-error', 'unknown')),
  class text not null default 'AMB', -- v3-ActEncounterCode
  practitioner_id uuid references facility.practitioner,
  department_id uuid references facility.organization,
  service_id uuid references facility.healthcare_service,
  appointment_id uuid, -- no foreign key: visits exist without scheduling
  reason text check (length(reason) <= 2000),
  cancel_reason text check (length(cancel_reason) <= 500),
  arrived_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  begins_at timestamptz not null generated always as (coalesce(arrived_at, started_at, '-infinity'::timestamptz)) stored,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint encounter_of_patient unique (id, patient_id), -- lets the parts below belong to a visit of the same patient only
  constraint encounter_ends_after_start check (ended_at >= started_at)
);
create unique index encounter_once_per_appointment on ehr.encounter (appointment_id) where status <> 'entered-in-error';
select core.keep_history('ehr.encounter');
create index encounter_updated on ehr.encounter (updated_at, id);
select core.patient_rows('ehr.encounter');
create index encounter_newest on ehr.encounter (patient_id, begins_at desc, id desc);
create index encounter_day on ehr.encounter (practitioner_id, begins_at);
create index encounter_begins on ehr.encounter (begins_at);
create index encounter_open on ehr.encounter (status, begins_at) where status in ('planned', 'arrived', 'triaged', 'in-progress', 'onleave');

create table ehr.condition (
  id uuid primary key default uuidv7(),
  patient_id uuid not null references patients.patient,
  encounter_id uuid,
  code_system text,
  code text,
  display text not null default '',
  clinical_status text default 'active' check (clinical_status in ('active', 'recurrence', 'relapse', 'inactive', 'remission', 'resolved')),
  verification_status text default 'confirmed'
    check (verification_status in ('unconfirmed', 'provisional', 'differential', 'confirmed', 'refuted', 'entered-in-error')),
  category text, -- usually encounter-diagnosis or problem-list-item; many systems send none
  onset_on date,
  abated_on date,
  recorded_at timestamptz,
  recorder_id uuid references facility.practitioner,
  imported boolean not null default false, -- history of another system may say the same thing twice
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint condition_encounter_of_same_patient foreign key (encounter_id, patient_id) references ehr.encounter (id, patient_id) deferrable initially deferred
);
select core.keep_history('ehr.condition');
create index condition_updated on ehr.condition (updated_at, id);
select core.patient_rows('ehr.condition');
create index condition_of_patient on ehr.condition (patient_id, recorded_at desc);
create index condition_of_encounter on ehr.condition (encounter_id) where encounter_id is not null;
create unique index condition_once_per_visit on ehr.condition (encounter_id, code)
  where category = 'encounter-diagnosis' and code_system = 'http://hl7.org/fhir/sid/icd-10-cm' and verification_status = 'confirmed' and not imported;

create table ehr.observation (
  id uuid primary key default uuidv7(),
  patient_id uuid references patients.patient, -- a Group or a newborn without a record of its own may be measured too
  encounter_id uuid,
  status text not null default 'final'
    check (status in ('registered', 'preliminary', 'final', 'amended', 'corrected', 'cancelled', 'entered-in-error', 'unknown')),
  category text, -- vital-signs, laboratory, …
  code_system text,
  code text,
  display text not null default '',
  value numeric,
  unit text, -- UCUM
  value_text text, -- a coded or written result
  value_system text,
  value_code text,
  interpretation text,
  components jsonb check (jsonb_typeof(components) = 'array'), -- [{system, code, display, value, unit, interpretation}]: they have no life of their own
  effective_at timestamptz,
  issued_at timestamptz,
  performer_id uuid references facility.practitioner,
  withheld_until timestamptz, -- from the patient, by a laboratory's policy of release; infinity: until somebody releases it
  kept_by text, -- the plugin that answers for it: corrected there and nowhere else
  observed_at timestamptz not null generated always as (coalesce(effective_at, issued_at, '-infinity'::timestamptz)) stored,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint observation_encounter_of_same_patient foreign key (encounter_id, patient_id) references ehr.encounter (id, patient_id) deferrable initially deferred
);
select core.keep_history('ehr.observation');
create index observation_updated on ehr.observation (updated_at, id);
select core.patient_rows('ehr.observation');
alter policy patient_own on ehr.observation using (
  patient_id = (select core.current_patient()) and (withheld_until is null or withheld_until <= core.now()));
create index observation_newest on ehr.observation (patient_id, observed_at desc, id desc);
create index observation_of_encounter on ehr.observation (encounter_id) where encounter_id is not null;

create table ehr.allergy_intolerance (
  id uuid primary key default uuidv7(),
  patient_id uuid not null references patients.patient,
  code_system text,
  code text,
  display text not null default '',
  type text check (type in ('allergy', 'intolerance')),
  category text,
  criticality text check (criticality in ('low', 'high', 'unable-to-assess')),
  clinical_status text default 'active' check (clinical_status in ('active', 'inactive', 'resolved')),
  verification_status text default 'confirmed' check (verification_status in ('unconfirmed', 'confirmed', 'refuted', 'entered-in-error')),
  reaction text check (length(reaction) <= 1000),
  recorded_at timestamptz,
  recorder_id uuid references facility.practitioner,
  doubled boolean not null default false, -- came by a merge, and the record had the same: both are shown
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  -- "No known allergy" is a statement of its own, not the absence of rows
  none_known boolean not null generated always as (coalesce(code = '716186003' and code_system = 'http://snomed.info/sct', false)) stored,
  substance text not null generated always as (coalesce(code_system || '|' || code, lower(display))) stored,
  active boolean not null generated always as (
    coalesce(clinical_status, 'active') = 'active' and coalesce(verification_status, 'confirmed') not in ('refuted', 'entered-in-error')
  ) stored
);
select core.keep_history('ehr.allergy_intolerance');
create index allergy_intolerance_updated on ehr.allergy_intolerance (updated_at, id);
select core.patient_rows('ehr.allergy_intolerance');
create unique index allergy_once_per_substance on ehr.allergy_intolerance (patient_id, substance) where active and not doubled;
create index allergy_of_patient on ehr.allergy_intolerance (patient_id);

-- Notes ----------------------------------------------------------------------------------------------------------------

create table ehr.composition (
  id uuid primary key default uuidv7(),
  patient_id uuid not null references patients.patient,
  encounter_id uuid,
  status text not null default 'preliminary' check (status in ('preliminary', 'final', 'amended', 'entered-in-error')),
  visit_note boolean not null default false, -- the one note that is written in this hospital for a visit
  title text,
  reason text not null default '' check (length(reason) <= 20000),
  findings text not null default '' check (length(findings) <= 20000),
  plan text not null default '' check (length(plan) <= 20000),
  addenda jsonb not null default '[]' check (jsonb_typeof(addenda) = 'array'), -- [{text, authorName, at}]
  author_id uuid references facility.practitioner,
  author_name text,
  written_at timestamptz,
  signed_at timestamptz,
  dated_at timestamptz not null generated always as (coalesce(written_at, '-infinity'::timestamptz)) stored,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint composition_encounter_of_same_patient foreign key (encounter_id, patient_id) references ehr.encounter (id, patient_id) deferrable initially deferred,
  constraint composition_signed_when_final check (not visit_note or (status in ('final', 'amended')) = (signed_at is not null) or status = 'entered-in-error')
);
select core.keep_history('ehr.composition');
create index composition_updated on ehr.composition (updated_at, id);
select core.patient_rows('ehr.composition');
create unique index note_once_per_visit on ehr.composition (encounter_id) where visit_note and status <> 'entered-in-error';
create index composition_newest on ehr.composition (patient_id, dated_at desc, id desc);
create index composition_of_encounter on ehr.composition (encounter_id) where encounter_id is not null;

/* A signed text is never rewritten, whoever asks: what was found later is an addendum. */
create function ehr.keep_signed_text() returns trigger language plpgsql as $$
begin
  raise exception using errcode = '23514', constraint = 'note_signed', message = 'a signed note is not rewritten';
end $$;
create trigger keep_signed_text before update on ehr.composition for each row
  when (old.visit_note and old.signed_at is not null and (
    old.reason <> new.reason or old.findings <> new.findings or old.plan <> new.plan or new.signed_at is null or new.status = 'preliminary'))
  execute function ehr.keep_signed_text();

-- Prescriptions --------------------------------------------------------------------------------------------------------

create table ehr.medication_request (
  id uuid primary key default uuidv7(),
  patient_id uuid not null references patients.patient,
  encounter_id uuid,
  status text not null default 'active'
    check (status in ('active', 'on-hold', 'cancelled', 'completed', 'entered-in-error', 'stopped', 'draft', 'unknown')),
  intent text not null default 'order'
    check (intent in ('proposal', 'plan', 'order', 'original-order', 'reflex-order', 'filler-order', 'instance-order', 'option')),
  medication_id uuid references ehr.medication,
  medication_system text,
  medication_code text,
  medication_display text not null default '',
  dosage_text text check (length(dosage_text) <= 2000),
  quantity integer check (quantity > 0), -- base units; other systems may leave it open
  unit text,
  dispensed_quantity integer not null default 0,
  requester_id uuid references facility.practitioner,
  requester_name text,
  authored_at timestamptz,
  allergy_check text not null default 'not-checked' check (allergy_check in ('clear', 'overridden', 'not-checked')),
  override_reason text check (length(override_reason) between 3 and 500),
  status_reason text check (length(status_reason) <= 500),
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint medication_request_encounter_of_same_patient foreign key (encounter_id, patient_id) references ehr.encounter (id, patient_id) deferrable initially deferred,
  constraint dispensed_within_prescribed check (dispensed_quantity between 0 and coalesce(quantity, 2147483647)),
  constraint override_has_reason check ((allergy_check = 'overridden') = (override_reason is not null))
);
select core.keep_history('ehr.medication_request');
create index medication_request_updated on ehr.medication_request (updated_at, id);
select core.patient_rows('ehr.medication_request');
create index medication_request_of_patient on ehr.medication_request (patient_id, authored_at desc);
create index medication_request_of_encounter on ehr.medication_request (encounter_id) where encounter_id is not null;
create index medication_request_open on ehr.medication_request (authored_at) where status = 'active';

-- What pharmacy has told, each event once: deliveries may repeat.
create table ehr.medication_request_fill (
  event_id bigint primary key,
  medication_request_id uuid not null references ehr.medication_request,
  patient_id uuid not null references patients.patient,
  quantity integer not null, -- negative when it came back
  filled_at timestamptz not null
);
select core.patient_rows('ehr.medication_request_fill');
create index medication_request_fill_of_request on ehr.medication_request_fill (medication_request_id);
