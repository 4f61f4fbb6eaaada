-- Orders, specimens, results and critical results. Each ordered test is one row of laboratory.result; the chart gets its
-- observation when it is verified.

-- Catalogue: filled by the plugin's setUp, changed by the laboratory -----------------------------------------------------

create table laboratory.container (
  code text primary key,
  display text not null,
  names jsonb not null default '{}', -- the display in other languages: {es, ar}
  colour text not null check (colour in ('lavender', 'gold', 'blue', 'grey', 'green', 'red', 'yellow', 'brown')), -- of the cap
  specimen_code text not null, -- http://terminology.hl7.org/CodeSystem/v2-0487
  specimen_display text not null,
  specimen_names jsonb not null default '{}',
  position integer not null
);

create table laboratory.test (
  id uuid primary key default uuidv7(),
  code text not null check (code ~ '^[A-Z0-9]{1,12}$'),
  loinc text not null,
  display text not null,
  names jsonb not null default '{}',
  section text not null check (section in ('haematology', 'coagulation', 'chemistry', 'endocrinology', 'blood-gas', 'urine', 'microbiology')),
  container_code text not null references laboratory.container,
  kind text not null check (kind in ('numeric', 'coded', 'text')),
  unit text, -- UCUM
  decimals smallint not null default 0 check (decimals between 0 and 4),
  lowest numeric, -- beyond lowest and highest nothing was measured, something was mistyped
  highest numeric,
  options jsonb check (jsonb_typeof(options) = 'array'), -- [{code, display, interpretation}]
  delta_percent smallint check (delta_percent > 0), -- from the value before: beyond it somebody looks again
  charge_code text,
  release text not null default 'verified' check (release in ('verified', 'days', 'manual')), -- to the patient
  release_days smallint not null default 0 check (release_days between 0 and 90),
  escalate_minutes smallint not null default 30 check (escalate_minutes between 1 and 1440), -- a critical result that nobody acknowledges
  active boolean not null default true,
  position integer not null default 0,
  created_at timestamptz not null default core.now(),
  constraint test_code_once unique (code),
  constraint test_numeric_has_unit check (kind <> 'numeric' or (unit is not null and lowest < highest)),
  constraint test_coded_has_options check ((kind = 'coded') = (options is not null))
);
select core.keep_history('laboratory.test');
create index test_loinc on laboratory.test (loinc);

grant select on laboratory.test to patient; -- what tests there are; no patient data

create table laboratory.panel (
  id uuid primary key default uuidv7(),
  code text not null check (code ~ '^[A-Z0-9]{1,12}$'),
  loinc text not null,
  display text not null,
  names jsonb not null default '{}',
  section text not null,
  charge_code text,
  active boolean not null default true,
  position integer not null default 0,
  created_at timestamptz not null default core.now(),
  constraint panel_code_once unique (code)
);
create table laboratory.panel_test (
  panel_id uuid not null references laboratory.panel,
  test_id uuid not null references laboratory.test,
  position integer not null,
  primary key (panel_id, test_id)
);

-- What is usual, by sex and age in months, [lower, upper), and from when to when that was said: a result keeps its own copy.
create table laboratory.reference_range (
  id uuid primary key default uuidv7(),
  test_id uuid not null references laboratory.test,
  gender text not null default 'any' check (gender in ('any', 'female', 'male')),
  ages int4range not null default '[0,)' check (not isempty(ages) and lower(ages) >= 0),
  low numeric, -- below: L
  high numeric, -- above: H
  critical_low numeric, -- at or below: LL
  critical_high numeric, -- at or above: HH
  valid tstzrange not null default tstzrange(core.now(), null),
  created_by uuid default core.current_actor(),
  constraint reference_range_no_overlap exclude using gist (test_id with =, gender with =, ages with &&, valid with &&),
  constraint reference_range_in_order check (low <= high and critical_low <= coalesce(low, critical_low) and critical_high >= coalesce(high, critical_high) and critical_low < critical_high)
);

-- Who acts for whom while they are away: a critical result that would be theirs is the deputy's.
create table laboratory.deputy (
  id uuid primary key default uuidv7(),
  practitioner_id uuid not null references facility.practitioner,
  deputy_id uuid not null references facility.practitioner,
  during tstzrange not null,
  created_at timestamptz not null default core.now(),
  constraint deputy_is_another check (deputy_id <> practitioner_id),
  constraint deputy_one_at_a_time exclude using gist (practitioner_id with =, during with &&)
);
select core.keep_history('laboratory.deputy');

/* To whom a critical result goes that is this person's: the deputy's deputy too, as long as it goes round in no circle. */
create function laboratory.acts_for(practitioner uuid, at timestamptz) returns uuid language sql stable as $$
  with recursive step (id, n, seen) as (
    select practitioner, 0, array[practitioner]
    union all
    select d.deputy_id, step.n + 1, step.seen || d.deputy_id
    from step
    join laboratory.deputy d on d.practitioner_id = step.id and d.during @> at
    where d.deputy_id <> all (step.seen)
  )
  select id from step order by n desc limit 1
$$;

/* Whole months; an adult's where no birth date is known. */
create function laboratory.age_in_months(born date, at timestamptz) returns integer language sql stable as $$
  select coalesce(greatest(0, extract(year from age(at::date, born)) * 12 + extract(month from age(at::date, born)))::integer, 480)
$$;

/* What holds for this patient at that time. A range of the own sex goes before one of any; where the sex is not known, the widest of all. */
create function laboratory.range_of(test uuid, patient uuid, at timestamptz)
returns table (low numeric, high numeric, critical_low numeric, critical_high numeric) language sql stable as $$
  select min(r.low), max(r.high), min(r.critical_low), max(r.critical_high)
  from (
    select r.*, rank() over (order by r.gender = p.gender desc) as place
    from patients.patient p
    join laboratory.reference_range r on r.test_id = test and r.valid @> at and r.ages @> laboratory.age_in_months(p.birth_date, at)
    where p.id = patient and (r.gender in ('any', p.gender) or p.gender not in ('female', 'male'))
  ) r
  where r.place = 1
$$;

/* https://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation; null where nothing is said about what is usual. */
create function laboratory.flag(value numeric, low numeric, high numeric, critical_low numeric, critical_high numeric) returns text language sql immutable as $$
  select case
    when value <= critical_low then 'LL'
    when value >= critical_high then 'HH'
    when value < low then 'L'
    when value > high then 'H'
    when coalesce(low, high, critical_low, critical_high) is not null and value is not null then 'N'
  end
$$;

-- Orders ---------------------------------------------------------------------------------------------------------------

-- https://hl7.org/fhir/R4/valueset-request-status.html. One row for each test or panel; what was ordered at once shares its requisition.
create table laboratory.service_request (
  id uuid primary key default uuidv7(),
  requisition_id uuid, -- null: another system's, only written down
  patient_id uuid references patients.patient,
  encounter_id uuid,
  status text not null default 'active' check (status in ('draft', 'active', 'on-hold', 'revoked', 'completed', 'entered-in-error', 'unknown')),
  intent text not null default 'order'
    check (intent in ('proposal', 'plan', 'directive', 'order', 'original-order', 'reflex-order', 'filler-order', 'instance-order', 'option')),
  priority text check (priority in ('routine', 'urgent', 'asap', 'stat')),
  test_id uuid references laboratory.test,
  panel_id uuid references laboratory.panel,
  code_system text,
  code text,
  display text not null default '',
  reason text check (length(reason) <= 500),
  again_reason text check (length(again_reason) between 3 and 500), -- why the same test is ordered while one is open
  status_reason text check (length(status_reason) <= 500),
  requester_id uuid references facility.practitioner,
  requester_name text,
  responsible_id uuid references facility.practitioner, -- to whom a critical result goes
  authored_at timestamptz,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint service_request_encounter_of_same_patient foreign key (encounter_id, patient_id) references ehr.encounter (id, patient_id) deferrable initially deferred,
  constraint service_request_of_one_thing check (requisition_id is null or (patient_id is not null and num_nonnulls(test_id, panel_id) = 1))
);
select core.keep_history('laboratory.service_request');
select core.patient_rows('laboratory.service_request');
create index service_request_of_patient on laboratory.service_request (patient_id, authored_at desc, id desc);
create index service_request_of_encounter on laboratory.service_request (encounter_id) where encounter_id is not null;
create index service_request_of_requisition on laboratory.service_request (requisition_id) where requisition_id is not null;
create index service_request_updated on laboratory.service_request (updated_at, id);

-- Specimens ------------------------------------------------------------------------------------------------------------

create sequence laboratory.accession_seq start 100001;

/* L0100001 and a check digit: a mistyped or misread number is noticed, never taken for another patient's. */
create function laboratory.accession(number bigint) returns text language sql immutable as $$
  select 'L' || lpad(number::text, 7, '0') || patients.check_digit(lpad(number::text, 7, '0'))
$$;
create function laboratory.accession_holds(accession text) returns boolean language sql immutable as $$
  select coalesce(accession ~ '^L\d{8,12}$' and right(accession, 1) = patients.check_digit(substr(accession, 2, length(accession) - 2)), false)
$$;

create table laboratory.specimen (
  id uuid primary key default uuidv7(),
  requisition_id uuid, -- null: another system's
  accession text,
  patient_id uuid references patients.patient,
  encounter_id uuid,
  container_code text references laboratory.container,
  status text check (status in ('available', 'unavailable', 'unsatisfactory', 'entered-in-error')), -- null: not collected yet
  type_system text,
  type_code text,
  type_display text not null default '',
  priority text not null default 'routine',
  replaces_id uuid references laboratory.specimen,
  collected_at timestamptz,
  collected_by uuid,
  collector_name text,
  received_at timestamptz,
  received_by uuid,
  rejected_at timestamptz,
  rejected_by uuid,
  rejection text check (rejection in ('haemolysed', 'clotted', 'insufficient', 'wrong-container', 'unlabelled', 'mislabelled', 'leaked', 'too-old', 'lost', 'other')),
  rejection_note text check (length(rejection_note) <= 500),
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  -- bench steps; the tests on it say what comes after
  step text not null generated always as (case
    when rejected_at is not null then 'rejected' when received_at is not null then 'received' when collected_at is not null then 'collected' else 'ordered'
  end) stored,
  constraint accession_once unique (accession),
  constraint accession_check_digit check (requisition_id is null or laboratory.accession_holds(accession)),
  constraint specimen_encounter_of_same_patient foreign key (encounter_id, patient_id) references ehr.encounter (id, patient_id) deferrable initially deferred,
  constraint specimen_received_after_collected check (requisition_id is null or received_at is null or received_at >= collected_at),
  constraint specimen_received_was_collected check (requisition_id is null or received_at is null or collected_at is not null),
  constraint rejection_has_reason check ((rejected_at is null) = (rejection is null)),
  constraint rejection_other_is_explained check (rejection is distinct from 'other' or rejection_note is not null)
);
select core.keep_history('laboratory.specimen');
select core.patient_rows('laboratory.specimen');
create index specimen_of_patient on laboratory.specimen (patient_id, created_at desc);
create index specimen_of_requisition on laboratory.specimen (requisition_id) where requisition_id is not null;
create index specimen_at_step on laboratory.specimen (step, created_at) where requisition_id is not null and step in ('ordered', 'collected');
create index specimen_updated on laboratory.specimen (updated_at, id);

-- Results --------------------------------------------------------------------------------------------------------------

create table laboratory.result (
  id uuid primary key default uuidv7(),
  service_request_id uuid not null references laboratory.service_request,
  specimen_id uuid not null references laboratory.specimen,
  test_id uuid not null references laboratory.test,
  patient_id uuid not null references patients.patient,
  status text not null default 'ordered' check (status in ('ordered', 'entered', 'verified', 'withdrawn', 'cancelled')),
  repeated boolean not null default false, -- ordered again on purpose while one was open
  value numeric,
  value_code text,
  value_text text check (length(value_text) <= 2000),
  unit text,
  -- what judge() found when the value was written
  interpretation text,
  low numeric,
  high numeric,
  critical_low numeric,
  critical_high numeric,
  comment text check (length(comment) <= 500),
  sent_to text check (length(sent_to) <= 120), -- the laboratory elsewhere that performs it; null: this one
  acknowledged_at timestamptz, -- it has said that it has the order
  sent_flag text check (length(sent_flag) <= 20), -- how it marked the value; what holds here is the interpretation
  entered_at timestamptz,
  entered_by uuid,
  verified_at timestamptz,
  verified_by uuid,
  corrections integer not null default 0,
  correction_reason text check (length(correction_reason) between 3 and 500),
  corrected_at timestamptz,
  observation_id uuid references ehr.observation deferrable initially deferred,
  released_at timestamptz, -- the patient may see it from then on; null: waits for the doctor
  released_by uuid,
  withheld_at timestamptz,
  withheld_by uuid,
  withheld_reason text check (length(withheld_reason) between 3 and 500),
  created_at timestamptz not null default core.now(),
  constraint result_once_in_request unique (service_request_id, test_id),
  constraint result_has_value check ((status in ('entered', 'verified')) = (value is not null or value_text is not null)),
  constraint result_verified_is_in_chart check ((status in ('verified', 'withdrawn')) = (observation_id is not null)),
  constraint result_verified_by_somebody check ((status in ('verified', 'withdrawn')) = (verified_at is not null)),
  constraint result_withheld_has_reason check ((withheld_at is null) = (withheld_reason is null)),
  constraint result_withheld_is_not_released check (withheld_at is null or released_at is null)
);
select core.keep_history('laboratory.result');
select core.patient_rows('laboratory.result');
create unique index open_test_once on laboratory.result (patient_id, test_id) where status in ('ordered', 'entered') and not repeated;
create index result_open on laboratory.result (specimen_id) where status in ('ordered', 'entered');
create index result_of_specimen on laboratory.result (specimen_id);
create index result_of_patient on laboratory.result (patient_id, test_id, verified_at desc);
create unique index result_of_observation on laboratory.result (observation_id) where observation_id is not null;
-- The patient's own door shows what is released, whatever a query forgets.
alter policy patient_own on laboratory.result using (patient_id = (select core.current_patient()) and released_at <= core.now());

-- What a verified result said before: written by the trigger below and by nobody else.
create table laboratory.correction (
  id uuid primary key default uuidv7(),
  result_id uuid not null references laboratory.result,
  patient_id uuid not null references patients.patient,
  number integer not null,
  value numeric,
  value_code text,
  value_text text,
  unit text,
  interpretation text,
  verified_at timestamptz not null,
  verified_by uuid,
  reason text not null,
  at timestamptz not null default core.now(),
  by uuid default core.current_actor(),
  constraint correction_once unique (result_id, number)
);
select core.patient_rows('laboratory.correction');
alter policy patient_own on laboratory.correction using (
  patient_id = (select core.current_patient()) and exists (select from laboratory.result r where r.id = result_id and r.released_at <= core.now()));
revoke insert, update, delete on laboratory.correction from app;

/*
 * The one place that judges a value: rounds it to the test's decimals, refuses what cannot have been measured, copies the
 * range in force when the specimen was collected, and sets the flag. A verified value is never overwritten: it is
 * corrected with a reason, and what it said before is kept.
 */
create function laboratory.judge() returns trigger language plpgsql security definer set search_path = laboratory, core, pg_temp as $$
declare
  test laboratory.test;
  taken timestamptz;
  option jsonb;
  differs boolean := tg_op = 'INSERT' or (old.value, old.value_code, old.value_text) is distinct from (new.value, new.value_code, new.value_text);
begin
  if tg_op = 'UPDATE' and old.status in ('verified', 'withdrawn') then
    if new.status not in ('verified', 'withdrawn') or (old.status = 'withdrawn' and differs) then
      raise exception using errcode = '23514', constraint = 'verified_result_stays', message = 'a verified result is corrected, never taken back';
    end if;
    if old.status = 'verified' and (differs or new.status = 'withdrawn') then
      if new.corrections <> old.corrections + 1 or new.correction_reason is null then
        raise exception using errcode = '23514', constraint = 'correction_has_reason', message = 'a verified value changes by a correction with its reason';
      end if;
      insert into laboratory.correction (result_id, patient_id, number, value, value_code, value_text, unit, interpretation, verified_at, verified_by, reason)
      values (old.id, old.patient_id, new.corrections, old.value, old.value_code, old.value_text, old.unit, old.interpretation, coalesce(old.corrected_at, old.verified_at),
        old.verified_by, new.correction_reason);
    end if;
  end if;
  if not differs then
    return new;
  end if;
  select * into strict test from laboratory.test t where t.id = new.test_id;
  new.interpretation := null;
  if num_nonnulls(new.value, new.value_code, new.value_text) = 0 then
    new.unit := null;
    return new;
  end if;
  if test.kind = 'numeric' and new.value is not null then
    new.value := round(new.value, test.decimals);
    new.value_code := null;
    new.value_text := null;
    new.unit := test.unit;
    if new.value < test.lowest or new.value > test.highest then
      raise exception using errcode = '23514', constraint = 'result_implausible', message = 'nobody measures such a value';
    end if;
    select coalesce(s.collected_at, core.now()) into taken from laboratory.specimen s where s.id = new.specimen_id;
    select r.low, r.high, r.critical_low, r.critical_high into new.low, new.high, new.critical_low, new.critical_high
    from laboratory.range_of(new.test_id, new.patient_id, taken) r;
    new.interpretation := laboratory.flag(new.value, new.low, new.high, new.critical_low, new.critical_high);
  elsif test.kind = 'coded' and new.value_code is not null then
    select o into option from jsonb_array_elements(test.options) o where o ->> 'code' = new.value_code;
    if option is null then
      raise exception using errcode = '23514', constraint = 'result_not_an_option', message = 'the test has no such answer';
    end if;
    new.value := null;
    new.value_text := option ->> 'display';
    new.interpretation := option ->> 'interpretation';
  elsif test.kind = 'text' and new.value_text is not null then
    new.value := null;
    new.value_code := null;
  else
    raise exception using errcode = '23514', constraint = 'result_of_other_kind', message = 'a number, a choice or words, as the test says';
  end if;
  return new;
end $$;
create trigger judge before insert or update on laboratory.result for each row execute function laboratory.judge();

-- Reports --------------------------------------------------------------------------------------------------------------

-- https://hl7.org/fhir/R4/valueset-diagnostic-report-status.html; one for each request of ours, any from elsewhere
create table laboratory.diagnostic_report (
  id uuid primary key default uuidv7(),
  service_request_id uuid references laboratory.service_request,
  ours boolean not null default false,
  patient_id uuid references patients.patient,
  encounter_id uuid,
  status text not null default 'registered'
    check (status in ('registered', 'partial', 'preliminary', 'final', 'amended', 'corrected', 'appended', 'cancelled', 'entered-in-error', 'unknown')),
  category text,
  code_system text,
  code text,
  display text not null default '',
  effective_at timestamptz,
  issued_at timestamptz,
  conclusion text,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint diagnostic_report_encounter_of_same_patient foreign key (encounter_id, patient_id) references ehr.encounter (id, patient_id) deferrable initially deferred
);
select core.keep_history('laboratory.diagnostic_report');
select core.patient_rows('laboratory.diagnostic_report');
create unique index report_once_per_request on laboratory.diagnostic_report (service_request_id) where ours;
create index diagnostic_report_of_patient on laboratory.diagnostic_report (patient_id, effective_at desc);
create index diagnostic_report_of_encounter on laboratory.diagnostic_report (encounter_id) where encounter_id is not null;
create index diagnostic_report_updated on laboratory.diagnostic_report (updated_at, id);

/* A report and its request are what their results say; nothing else moves them. */
create function laboratory.settle() returns trigger language plpgsql as $$
begin
  update laboratory.diagnostic_report d set status = s.status, effective_at = s.taken, issued_at = s.issued
  from (
    select r.service_request_id, max(sp.collected_at) as taken, max(greatest(r.verified_at, r.corrected_at)) as issued,
      case
        when bool_and(r.status = 'cancelled') then 'cancelled'
        when bool_and(r.status in ('withdrawn', 'cancelled')) then 'entered-in-error'
        when bool_and(r.status in ('verified', 'withdrawn', 'cancelled')) then case when bool_or(r.corrections > 0) then 'corrected' else 'final' end
        when bool_or(r.status in ('verified', 'withdrawn')) then 'partial'
        when bool_or(r.status = 'entered') then 'preliminary'
        else 'registered'
      end as status
    from laboratory.result r
    join laboratory.specimen sp on sp.id = r.specimen_id
    where r.service_request_id in (select n.service_request_id from new_rows n)
    group by r.service_request_id
  ) s
  where d.ours and d.service_request_id = s.service_request_id and (d.status, d.effective_at, d.issued_at) is distinct from (s.status, s.taken, s.issued);
  update laboratory.service_request q set status = s.status
  from (
    select r.service_request_id,
      case when bool_and(r.status = 'cancelled') then 'revoked' when bool_and(r.status in ('verified', 'withdrawn', 'cancelled')) then 'completed' else 'active' end as status
    from laboratory.result r
    where r.service_request_id in (select n.service_request_id from new_rows n)
    group by r.service_request_id
  ) s
  where q.id = s.service_request_id and q.status <> s.status;
  return null;
end $$;
create trigger settle_new after insert on laboratory.result referencing new table as new_rows for each statement execute function laboratory.settle();
create trigger settle_changed after update on laboratory.result referencing new table as new_rows for each statement execute function laboratory.settle();

-- Critical results -----------------------------------------------------------------------------------------------------

create table laboratory.critical_result (
  id uuid primary key default uuidv7(),
  result_id uuid not null references laboratory.result,
  correction integer not null default 0, -- of which state of the result
  patient_id uuid not null references patients.patient,
  encounter_id uuid,
  owner_id uuid references facility.practitioner, -- who must act; null: nobody is named, so the department is asked at once
  department_id uuid references facility.organization,
  value text not null,
  unit text,
  interpretation text not null check (interpretation in ('LL', 'HH', 'AA')),
  raised_at timestamptz not null default core.now(),
  due_at timestamptz not null,
  escalated_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by uuid references facility.practitioner, -- a person with a name, whoever types it
  told_by uuid, -- the user who told them by telephone
  channel text check (channel in ('screen', 'telephone')),
  read_back text check (length(read_back) between 1 and 60), -- the value as it was repeated
  note text check (length(note) <= 500),
  created_at timestamptz not null default core.now(),
  constraint critical_once unique (result_id, correction),
  constraint acknowledgement_is_read_back check (num_nonnulls(acknowledged_at, acknowledged_by, channel, read_back) in (0, 4)),
  constraint telephone_call_has_caller check (channel is distinct from 'telephone' or told_by is not null),
  constraint read_back_is_the_value check (read_back = value)
);
select core.keep_history('laboratory.critical_result');
select core.patient_rows('laboratory.critical_result');
alter policy patient_own on laboratory.critical_result using (false); -- among those who treat
create index critical_result_open on laboratory.critical_result (due_at) where acknowledged_at is null;
create index critical_result_of_patient on laboratory.critical_result (patient_id, raised_at desc);

/* What was acknowledged, by whom and when, stays. */
create function laboratory.keep_acknowledgement() returns trigger language plpgsql as $$
begin
  raise exception using errcode = '23514', constraint = 'acknowledged_once', message = 'a critical result is acknowledged once';
end $$;
create trigger keep_acknowledgement before update on laboratory.critical_result for each row
  when (old.acknowledged_at is not null and (old.acknowledged_at, old.acknowledged_by, old.channel, old.read_back, old.note, old.owner_id)
    is distinct from (new.acknowledged_at, new.acknowledged_by, new.channel, new.read_back, new.note, new.owner_id))
  execute function laboratory.keep_acknowledgement();

/* No verified critical result without a task, whichever path it came by. */
create function laboratory.raise_critical() returns trigger language plpgsql as $$
begin
  insert into laboratory.critical_result (result_id, correction, patient_id, encounter_id, owner_id, department_id, value, unit, interpretation, due_at)
  select new.id, new.corrections, new.patient_id, q.encounter_id, owner.id, coalesce(card.department_id, e.department_id),
    coalesce(new.value::text, new.value_text), new.unit, new.interpretation,
    core.now() + case when q.responsible_id is null then interval '0' else make_interval(mins => t.escalate_minutes) end
  from laboratory.service_request q
  join laboratory.test t on t.id = new.test_id
  left join ehr.encounter e on e.id = q.encounter_id
  cross join lateral (select laboratory.acts_for(q.responsible_id, core.now()) as id) owner
  left join facility.practitioner_card card on card.id = owner.id
  where q.id = new.service_request_id;
  return null;
end $$;
create trigger raise_critical_new after insert on laboratory.result for each row
  when (new.status = 'verified' and new.interpretation in ('LL', 'HH', 'AA'))
  execute function laboratory.raise_critical();
create trigger raise_critical_changed after update on laboratory.result for each row
  when (new.status = 'verified' and new.interpretation in ('LL', 'HH', 'AA') and (old.status <> 'verified' or new.corrections <> old.corrections))
  execute function laboratory.raise_critical();
