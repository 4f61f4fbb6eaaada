-- Who pays beside the patient: payers and plans, coverages, the parts of an invoice, claims, answers, remittances.
-- Amounts are minor units of their currency. `elsewhere`: another system's, only written down; nothing here comes of it.

-- Payers and their plans ----------------------------------------------------------------------------------------------
create table insurance.payer (
  id uuid primary key default uuidv7(),
  code text not null check (code ~ '^[A-Z0-9-]{2,20}$'),
  name text not null check (length(name) between 1 and 120),
  subscriber_pattern text, -- a regular expression that the whole subscriber id matches
  filing_days integer check (filing_days > 0), -- after the service; what comes later is refused
  active boolean not null default true,
  created_at timestamptz not null default core.now(),
  constraint payer_code_unique unique (code)
);
select core.keep_history('insurance.payer');

/* Codes that a payer knows. Without any row it takes every code. */
create table insurance.payer_code (
  payer_id uuid not null references insurance.payer,
  code text not null,
  primary key (payer_id, code)
);

create table insurance.plan (
  id uuid primary key default uuidv7(),
  payer_id uuid not null references insurance.payer,
  name text not null check (length(name) between 1 and 120),
  currency billing.currency not null,
  deductible_minor bigint not null default 0 check (deductible_minor >= 0), -- a calendar year
  copay_minor bigint not null default 0 check (copay_minor >= 0), -- an invoice
  coinsurance_rate numeric(5, 4) not null default 0, -- the patient's part of what is left
  active boolean not null default true,
  created_at timestamptz not null default core.now(),
  constraint plan_name_unique unique (payer_id, name),
  constraint coinsurance_rate_is_a_share check (coinsurance_rate between 0 and 1)
);
select core.keep_history('insurance.plan');

grant select on insurance.payer, insurance.plan to patient; -- who insures and how; no patient data

/* `excluded`: the patient pays it. `authorisation`: the payer wants to be asked before. */
create table insurance.plan_code (
  plan_id uuid not null references insurance.plan,
  code text not null,
  rule text not null check (rule in ('excluded', 'authorisation')),
  primary key (plan_id, code)
);

-- Coverages -----------------------------------------------------------------------------------------------------------
-- https://hl7.org/fhir/R4/valueset-fm-status.html
create domain insurance.fm_status as text check (value in ('active', 'cancelled', 'draft', 'entered-in-error'));

create table insurance.coverage (
  id uuid primary key default uuidv7(),
  status insurance.fm_status not null default 'active',
  patient_id uuid not null references patients.patient,
  plan_id uuid references insurance.plan,
  subscriber_id text check (length(subscriber_id) between 1 and 60),
  starts_on date,
  ends_on date, -- the last day
  priority integer not null default 1 check (priority between 1 and 9),
  elsewhere boolean not null default false,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint coverage_has_plan check (elsewhere or (plan_id is not null and subscriber_id is not null and starts_on is not null)),
  constraint coverage_ends_after_start check (ends_on >= starts_on),
  constraint coverage_one_in_force exclude using gist (patient_id with =, priority with =, daterange(starts_on, ends_on, '[]') with &&)
    where (status = 'active' and not elsewhere)
);
select core.keep_history('insurance.coverage');
select core.patient_rows('insurance.coverage');
create index coverage_of_patient on insurance.coverage (patient_id, priority);
create index coverage_updated on insurance.coverage (updated_at, id);

-- Eligibility ----------------------------------------------------------------------------------------------------------
create table insurance.eligibility_request (
  id uuid primary key default uuidv7(),
  status insurance.fm_status not null default 'active',
  patient_id uuid not null references patients.patient,
  coverage_id uuid references insurance.coverage,
  service_on date,
  asked_at timestamptz not null default core.now(),
  elsewhere boolean not null default false,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint eligibility_asks_a_coverage check (elsewhere or (coverage_id is not null and service_on is not null))
);
select core.keep_history('insurance.eligibility_request');
select core.patient_rows('insurance.eligibility_request');
create index eligibility_of_coverage on insurance.eligibility_request (coverage_id, asked_at desc);
create index eligibility_of_patient on insurance.eligibility_request (patient_id);
create index eligibility_request_updated on insurance.eligibility_request (updated_at, id);

-- https://hl7.org/fhir/R4/valueset-remittance-outcome.html
create domain insurance.outcome as text check (value in ('queued', 'complete', 'error', 'partial'));

create table insurance.eligibility_response (
  id uuid primary key default uuidv7(),
  status insurance.fm_status not null default 'active',
  patient_id uuid not null references patients.patient,
  request_id uuid references insurance.eligibility_request,
  outcome insurance.outcome not null,
  in_force boolean, -- null: the payer did not say
  disposition text check (length(disposition) <= 500),
  copay_minor bigint check (copay_minor >= 0),
  answered_at timestamptz not null default core.now(),
  elsewhere boolean not null default false,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint eligibility_answered_once unique (request_id),
  constraint eligibility_answers_a_request check (elsewhere or request_id is not null)
);
select core.keep_history('insurance.eligibility_response');
select core.patient_rows('insurance.eligibility_response');
create index eligibility_response_of_patient on insurance.eligibility_response (patient_id);
create index eligibility_response_updated on insurance.eligibility_response (updated_at, id);

-- The parts of an invoice's lines --------------------------------------------------------------------------------------
create table insurance.share (
  charge_item_id uuid primary key references billing.charge_item,
  invoice_id uuid not null references billing.invoice,
  patient_id uuid not null references patients.patient,
  coverage_id uuid not null references insurance.coverage,
  amount_minor bigint not null check (amount_minor >= 0),
  excluded_minor bigint not null check (excluded_minor >= 0),
  deductible_minor bigint not null check (deductible_minor >= 0),
  copay_minor bigint not null check (copay_minor >= 0),
  coinsurance_minor bigint not null check (coinsurance_minor >= 0),
  serviced_on date not null, -- in the hospital's zone
  patient_minor bigint not null check (patient_minor >= 0), -- as computed; later as the payer has decided
  payer_minor bigint not null check (payer_minor >= 0),
  made_at timestamptz not null default core.now(),
  constraint share_is_the_whole_line check (patient_minor + payer_minor = amount_minor)
);
select core.patient_rows('insurance.share');
create index share_of_invoice on insurance.share (invoice_id);
create index share_of_coverage on insurance.share (coverage_id, made_at);

/*
 * How the lines of one invoice are shared, in their order: what the plan excludes is the patient's; of the rest first what
 * is left of the year's deductible, then the copay of the visit, then the coinsurance of each line, rounded once, half up.
 */
create function insurance.split(amounts bigint[], excluded boolean[], deductible_left bigint, copay bigint, rate numeric)
returns table (line integer, excluded_minor bigint, deductible_minor bigint, copay_minor bigint, coinsurance_minor bigint, payer_minor bigint)
language plpgsql immutable as $$
declare
  rest bigint;
begin
  for n in 1 .. coalesce(array_length(amounts, 1), 0) loop
    line := n;
    rest := amounts[n];
    excluded_minor := case when excluded[n] then rest else 0 end;
    rest := rest - excluded_minor;
    deductible_minor := least(rest, deductible_left);
    deductible_left := deductible_left - deductible_minor;
    rest := rest - deductible_minor;
    copay_minor := least(rest, copay);
    copay := copay - copay_minor;
    rest := rest - copay_minor;
    coinsurance_minor := least(rest, round(rest * rate)::bigint);
    payer_minor := rest - coinsurance_minor;
    return next;
  end loop;
end $$;

-- Rules as data ---------------------------------------------------------------------------------------------------------
/* What a claim must hold before it goes out: loaded from rules.csv, changed here by the hospital. */
create table insurance.rule (
  code text primary key,
  scope text not null check (scope in ('claim', 'line')),
  fact text not null,
  test text not null check (test in ('is', 'at-least', 'at-most', 'present')),
  value text not null,
  severity text not null check (severity in ('error', 'warning')),
  sentence text not null,
  active boolean not null default true
);

/* Why a payer denies: our own words, and what usually comes next. Loaded from reasons.csv. */
create table insurance.reason (
  code text primary key,
  sentence text not null,
  next_action text not null check (next_action in ('resubmit', 'appeal', 'bill-patient', 'write-off'))
);

-- Claims ---------------------------------------------------------------------------------------------------------------
insert into billing.number_series (name, prefix) values ('claim', 'CLM-');

create table insurance.claim (
  id uuid primary key default uuidv7(),
  number text,
  status insurance.fm_status not null default 'draft',
  -- rejected: it never entered adjudication, and is mended and sent again as it is. A denial is an adjudicated line's.
  workflow text not null default 'draft'
    check (workflow in ('draft', 'ready', 'submitted', 'accepted', 'pended', 'rejected', 'adjudicated', 'closed', 'cancelled')),
  use text not null default 'claim' check (use in ('claim', 'preauthorization', 'predetermination')),
  patient_id uuid not null references patients.patient,
  coverage_id uuid references insurance.coverage,
  invoice_id uuid references billing.invoice,
  encounter_id uuid,
  serviced_on date,
  total_minor bigint not null default 0 check (total_minor >= 0),
  currency billing.currency not null,
  -- 1 original, 7 replacement, 8 void
  frequency integer not null default 1 check (frequency in (1, 7, 8)),
  replaces_id uuid references insurance.claim,
  replaces_reference text check (length(replaces_reference) <= 100), -- the payer's number of the claim that this one replaces
  payer_reference text check (length(payer_reference) <= 100), -- the payer's number of this claim
  disposition text check (length(disposition) <= 500),
  submissions integer not null default 0, -- each has an identifier of its own for the payer
  submitted_at timestamptz,
  answered_at timestamptz,
  recall_until timestamptz, -- real time: as long as it can be taken back, nothing leaves the house
  elsewhere boolean not null default false,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint claim_number_unique unique (number),
  constraint claim_is_whole check (elsewhere or (number is not null and coverage_id is not null and invoice_id is not null and serviced_on is not null)),
  constraint claim_resubmission_names_the_original check (
    elsewhere or (frequency = 1 and replaces_id is null) or (frequency <> 1 and replaces_id is not null and replaces_reference is not null)
  ),
  constraint claim_status_of_workflow check (
    elsewhere or status = case workflow when 'draft' then 'draft' when 'ready' then 'draft' when 'cancelled' then 'cancelled' else 'active' end
  )
);
create index claim_queue on insurance.claim (workflow, created_at, id) where not elsewhere;
create index claim_of_patient on insurance.claim (patient_id, created_at desc);
create index claim_of_invoice on insurance.claim (invoice_id) where invoice_id is not null;
create index claim_replacing on insurance.claim (replaces_id) where replaces_id is not null;

create table insurance.claim_line (
  id uuid primary key default uuidv7(),
  claim_id uuid not null references insurance.claim,
  patient_id uuid not null references patients.patient,
  sequence integer not null check (sequence > 0),
  charge_item_id uuid not null references billing.charge_item,
  code text not null,
  display text not null,
  quantity integer not null check (quantity > 0),
  serviced_at timestamptz not null,
  submitted_minor bigint not null,
  expected_patient_minor bigint not null check (expected_patient_minor >= 0), -- what our own split said of it
  diagnoses integer[] not null default '{}', -- sequences of claim_diagnosis
  authorisation text check (length(authorisation) <= 60),
  live boolean not null default true, -- still asked for by this claim
  -- open → settled | denied → resolved (billed, written off) | resubmitted | appealed
  state text not null default 'open' check (state in ('open', 'settled', 'denied', 'appealed', 'resubmitted', 'resolved')),
  benefit_minor bigint check (benefit_minor >= 0),
  copay_minor bigint check (copay_minor >= 0),
  deductible_minor bigint check (deductible_minor >= 0),
  coinsurance_minor bigint check (coinsurance_minor >= 0),
  denied_minor bigint check (denied_minor >= 0),
  reason text references insurance.reason,
  next_action text check (next_action in ('resubmit', 'appeal', 'bill-patient', 'write-off')),
  paid_minor bigint not null default 0 check (paid_minor >= 0),
  constraint claim_line_once unique (claim_id, sequence),
  constraint claim_line_not_zero check (submitted_minor > 0),
  constraint claim_line_parts_are_the_whole check (
    submitted_minor = benefit_minor + copay_minor + deductible_minor + coinsurance_minor + denied_minor
  ),
  constraint claim_line_answered_whole check (num_nulls(benefit_minor, copay_minor, deductible_minor, coinsurance_minor, denied_minor) in (0, 5)),
  constraint claim_line_denial_has_reason_and_next_step check (coalesce(denied_minor, 0) = 0 or (reason is not null and next_action is not null)),
  constraint claim_line_denied_is_on_the_list check (state not in ('denied', 'appealed', 'resubmitted', 'resolved') or denied_minor > 0),
  constraint claim_line_paid_within_benefit check (paid_minor <= coalesce(benefit_minor, 0))
);
create unique index charge_on_one_live_claim on insurance.claim_line (charge_item_id) where live;
create index claim_line_denied on insurance.claim_line (claim_id) where state in ('denied', 'appealed');

/* What was decided about a denied line, and why: added, never changed. */
create table insurance.decision (
  id uuid primary key default uuidv7(),
  claim_line_id uuid not null references insurance.claim_line,
  patient_id uuid not null references patients.patient,
  action text not null check (action in ('resubmit', 'appeal', 'bill-patient', 'write-off')),
  reason text check (length(reason) between 1 and 500),
  decided_at timestamptz not null default core.now(),
  decided_by uuid default core.current_actor(),
  constraint write_off_has_reason check (action <> 'write-off' or reason is not null)
);
select core.patient_rows('insurance.decision');
select core.append_only('insurance.decision');
create index decision_of_line on insurance.decision (claim_line_id);
create unique index denied_line_decided_once on insurance.decision (claim_line_id) where action <> 'appeal';

create table insurance.claim_diagnosis (
  claim_id uuid not null references insurance.claim,
  patient_id uuid not null references patients.patient,
  sequence integer not null check (sequence > 0),
  code text not null,
  display text not null,
  condition_id uuid,
  primary key (claim_id, sequence)
);

create table insurance.claim_finding (
  claim_id uuid not null references insurance.claim,
  patient_id uuid not null references patients.patient,
  rule text not null references insurance.rule,
  line integer not null default 0, -- 0: the claim as a whole
  severity text not null check (severity in ('error', 'warning')),
  primary key (claim_id, rule, line)
);
select core.patient_rows('insurance.claim');
select core.patient_rows('insurance.claim_line');
select core.patient_rows('insurance.claim_diagnosis');
select core.patient_rows('insurance.claim_finding');
select core.keep_history('insurance.claim', '{insurance.claim_line, insurance.claim_diagnosis}');
create index claim_updated on insurance.claim (updated_at, id);

/* At the end of the transaction a claim is the sum of its lines. */
create function insurance.check_claim_total() returns trigger language plpgsql as $$
declare
  changed jsonb := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
  of_claim uuid := (changed ->> case tg_table_name when 'claim' then 'id' else 'claim_id' end)::uuid;
begin
  if exists (
    select from insurance.claim c
    where c.id = of_claim and not c.elsewhere
      and c.total_minor <> (select coalesce(sum(l.submitted_minor), 0) from insurance.claim_line l where l.claim_id = c.id)
  ) then
    raise exception 'a claim is the sum of its lines' using errcode = '23514', constraint = 'claim_is_the_sum_of_its_lines';
  end if;
  return null;
end $$;
create constraint trigger claim_is_the_sum_of_its_lines after insert or update of total_minor on insurance.claim
  deferrable initially deferred for each row execute function insurance.check_claim_total();
create constraint trigger claim_is_the_sum_of_its_lines after insert or delete or update of submitted_minor, claim_id on insurance.claim_line
  deferrable initially deferred for each row execute function insurance.check_claim_total();

-- The payer's answers: added, never changed by ours --------------------------------------------------------------------------
create table insurance.claim_response (
  id uuid primary key default uuidv7(),
  status insurance.fm_status not null default 'active',
  use text not null default 'claim' check (use in ('claim', 'preauthorization', 'predetermination')),
  patient_id uuid not null references patients.patient,
  claim_id uuid references insurance.claim,
  outcome insurance.outcome not null,
  payer_reference text check (length(payer_reference) <= 100),
  disposition text check (length(disposition) <= 500),
  answered_at timestamptz not null default core.now(),
  elsewhere boolean not null default false,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint claim_response_answers_a_claim check (elsewhere or claim_id is not null)
);
create table insurance.claim_response_line (
  response_id uuid not null references insurance.claim_response,
  patient_id uuid not null references patients.patient,
  sequence integer not null,
  submitted_minor bigint not null,
  benefit_minor bigint not null,
  copay_minor bigint not null,
  deductible_minor bigint not null,
  coinsurance_minor bigint not null,
  denied_minor bigint not null,
  reason text,
  primary key (response_id, sequence),
  constraint response_line_parts_are_the_whole check (
    submitted_minor = benefit_minor + copay_minor + deductible_minor + coinsurance_minor + denied_minor
  )
);
select core.patient_rows('insurance.claim_response');
select core.patient_rows('insurance.claim_response_line');
select core.keep_history('insurance.claim_response', '{insurance.claim_response_line}');
create index claim_response_of_claim on insurance.claim_response (claim_id, answered_at);
create index claim_response_of_patient on insurance.claim_response (patient_id);
create index claim_response_updated on insurance.claim_response (updated_at, id);
-- a claim is adjudicated once; what comes of it later is a resubmission or a decision of ours
create unique index claim_adjudicated_once on insurance.claim_response (claim_id) where outcome in ('complete', 'partial') and not elsewhere;

/* What a patient may read of it: made from the response that adjudicates. */
create table insurance.explanation_of_benefit (
  id uuid primary key default uuidv7(),
  status text not null default 'active' check (status in ('active', 'cancelled', 'draft', 'entered-in-error')),
  use text not null default 'claim' check (use in ('claim', 'preauthorization', 'predetermination')),
  outcome insurance.outcome not null default 'complete',
  patient_id uuid not null references patients.patient,
  response_id uuid references insurance.claim_response,
  elsewhere boolean not null default false,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint explanation_of_one_response unique (response_id),
  constraint explanation_explains_a_response check (elsewhere or response_id is not null)
);
select core.keep_history('insurance.explanation_of_benefit');
select core.patient_rows('insurance.explanation_of_benefit');
create index explanation_of_patient on insurance.explanation_of_benefit (patient_id);
create index explanation_updated on insurance.explanation_of_benefit (updated_at, id);

-- Remittances ------------------------------------------------------------------------------------------------------------
create table insurance.remittance (
  id uuid primary key default uuidv7(),
  status insurance.fm_status not null default 'active',
  outcome insurance.outcome default 'complete',
  payer_id uuid references insurance.payer,
  reference text check (length(reference) between 1 and 100),
  paid_on date,
  amount_minor bigint not null check (amount_minor >= 0),
  currency billing.currency not null,
  elsewhere boolean not null default false,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint remittance_posted_once unique (payer_id, reference),
  constraint remittance_is_a_payers check (elsewhere or (payer_id is not null and reference is not null and paid_on is not null))
);
select core.keep_history('insurance.remittance');
create index remittance_updated on insurance.remittance (updated_at, id);

create table insurance.remittance_line (
  id uuid primary key default uuidv7(),
  remittance_id uuid not null references insurance.remittance,
  sequence integer not null,
  patient_id uuid references patients.patient, -- null as long as nobody knows whose it is
  claim_reference text, -- as the payer says it
  claim_line_id uuid references insurance.claim_line,
  amount_minor bigint not null check (amount_minor > 0),
  matched_minor bigint not null default 0, -- what the claim's line was promised
  applied_minor bigint not null default 0, -- what the invoice had room for; the rest is credit
  constraint remittance_line_once unique (remittance_id, sequence),
  constraint remittance_line_applied_within_amount check (0 <= applied_minor and applied_minor <= matched_minor and matched_minor <= amount_minor),
  constraint remittance_line_applied_to_a_line check (matched_minor = 0 or claim_line_id is not null)
);
select core.patient_rows('insurance.remittance_line');
create index remittance_line_of_claim_line on insurance.remittance_line (claim_line_id);
create index remittance_line_of_patient on insurance.remittance_line (patient_id);
create index remittance_line_unmatched on insurance.remittance_line (remittance_id) where applied_minor < amount_minor;
