-- Wards, beds, and who lies where. Wards and beds are places of facility; here is what happens in them.

create table inpatient.ward (
  id uuid primary key references facility.location,
  level text not null default 'general' check (level in ('general', 'intensive')),
  charge_code text not null check (charge_code ~ '^[A-Z0-9][A-Z0-9.-]{0,39}$'), -- what a bed-day here is charged by
  position smallint not null default 0
);
select core.keep_history('inpatient.ward');

-- A bed without a patient is in one of these states; with one it is O, and which patient that is stands in bed_stay.
create table inpatient.bed (
  id uuid primary key references facility.location,
  ward_id uuid not null references inpatient.ward,
  state text not null default 'U' check (state in ('U', 'H', 'C', 'I', 'K')), -- HL7 v2 table 0116
  reason text check (length(reason) between 1 and 500),
  since timestamptz not null default core.now(),
  position smallint not null default 0,
  constraint bed_state_has_reason check (state not in ('C', 'I', 'K') or reason is not null)
);
select core.keep_history('inpatient.bed');
create index bed_of_ward on inpatient.bed (ward_id, position, id);

-- From the request for a bed to the discharge. The visit (class IMP) begins with the admission.
create table inpatient.stay (
  id uuid primary key default uuidv7(),
  patient_id uuid not null references patients.patient,
  encounter_id uuid,
  origin_id uuid, -- the visit at which a bed was asked for
  status text not null default 'requested' check (status in ('requested', 'admitted', 'discharge-ordered', 'cleared', 'discharged', 'cancelled')),
  ward_id uuid references inpatient.ward, -- the ward wished for
  practitioner_id uuid references facility.practitioner, -- who is in charge
  requester_id uuid references facility.practitioner,
  source text not null default 'other' -- http://terminology.hl7.org/CodeSystem/admit-source
    check (source in ('hosp-trans', 'emd', 'outp', 'born', 'gp', 'mp', 'nursing', 'psych', 'rehab', 'other')),
  reason text check (length(reason) <= 2000),
  isolation text check (isolation in ('contact', 'droplet', 'airborne', 'protective')),
  requested_at timestamptz not null default core.now(),
  admitted_at timestamptz,
  planned_discharge_on date,
  discharge_ordered_at timestamptz,
  cleared_at timestamptz,
  discharged_at timestamptz,
  disposition text -- http://terminology.hl7.org/CodeSystem/discharge-disposition
    check (disposition in ('home', 'alt-home', 'other-hcf', 'hosp', 'long', 'aadvice', 'exp', 'psy', 'rehab', 'snf', 'oth')),
  cancel_reason text check (length(cancel_reason) <= 500),
  created_at timestamptz not null default core.now(),
  constraint stay_of_patient unique (id, patient_id),
  constraint stay_once_per_encounter unique (encounter_id),
  constraint stay_encounter_of_same_patient foreign key (encounter_id, patient_id) references ehr.encounter (id, patient_id) deferrable initially deferred,
  constraint stay_admitted_has_visit check (status in ('requested', 'cancelled') or (encounter_id is not null and admitted_at is not null)),
  constraint stay_discharged_has_disposition check ((status = 'discharged') = (discharged_at is not null and disposition is not null)),
  constraint stay_ends_after_start check (discharged_at >= admitted_at)
);
select core.patient_rows('inpatient.stay');
create unique index stay_one_open_per_patient on inpatient.stay (patient_id) where status not in ('discharged', 'cancelled');
create index stay_of_patient_newest on inpatient.stay (patient_id, requested_at desc);
create index stay_waiting on inpatient.stay (requested_at) where status = 'requested';
create index stay_admitted on inpatient.stay (admitted_at, discharged_at) where admitted_at is not null;

-- One row for each time in a bed. A reservation takes the bed from now on, and the patient not yet.
create table inpatient.bed_stay (
  id uuid primary key default uuidv7(),
  stay_id uuid not null,
  patient_id uuid not null references patients.patient,
  bed_id uuid not null references inpatient.bed,
  ward_id uuid not null references inpatient.ward, -- the bed's at that time
  status text not null check (status in ('reserved', 'active', 'completed', 'cancelled')), -- R4 Encounter.location.status, and undone
  during tstzrange not null check (not isempty(during)),
  constraint bed_stay_of_stay foreign key (stay_id, patient_id) references inpatient.stay (id, patient_id) deferrable initially deferred,
  constraint bed_stay_open_has_no_end check ((status in ('reserved', 'active')) = (upper_inf(during) and status <> 'cancelled')),
  constraint bed_no_two_patients exclude using gist (bed_id with =, during with &&) where (status <> 'cancelled'),
  constraint patient_in_one_bed exclude using gist (patient_id with =, during with &&) where (status in ('active', 'completed'))
);
select core.patient_rows('inpatient.bed_stay');
select core.keep_history('inpatient.stay', '{inpatient.bed_stay}');
create unique index bed_reserved_once_per_stay on inpatient.bed_stay (stay_id) where status = 'reserved';
create index bed_stay_of_stay_index on inpatient.bed_stay (stay_id);
create index bed_stay_open on inpatient.bed_stay (bed_id) where status in ('reserved', 'active');
create index bed_stay_of_patient on inpatient.bed_stay (patient_id);
create index bed_stay_of_ward on inpatient.bed_stay using gist (ward_id, during) where status in ('active', 'completed');

-- What was counted. A day that turns out not to be due is taken back and stays; it is never deleted.
create table inpatient.bed_day (
  id uuid primary key default uuidv7(),
  stay_id uuid not null,
  patient_id uuid not null references patients.patient,
  day date not null, -- the day at whose end the patient lay in the ward's bed
  ward_id uuid not null references inpatient.ward,
  charge_code text not null,
  counted_at timestamptz not null default core.now(),
  reversed_at timestamptz,
  constraint bed_day_of_stay foreign key (stay_id, patient_id) references inpatient.stay (id, patient_id) deferrable initially deferred
);
select core.patient_rows('inpatient.bed_day');
create unique index bed_day_once on inpatient.bed_day (stay_id, day) where reversed_at is null;
create index bed_day_of_patient on inpatient.bed_day (patient_id);
create index bed_day_of_ward on inpatient.bed_day (ward_id, day) where reversed_at is null;

/*
 * The bed-days of a stay until a time: each midnight of the hospital's zone that was spent in a bed, charged by that bed's ward. A stay
 * that is over and saw no midnight is one day. `at` is that midnight, or the end.
 */
create function inpatient.days_due(stay uuid, zone text, until timestamptz)
returns table (day date, ward_id uuid, charge_code text, at timestamptz) language sql stable as $$
  with lain as (
    select b.ward_id, w.charge_code, b.during from inpatient.bed_stay b join inpatient.ward w on w.id = b.ward_id
    where b.stay_id = stay and b.status in ('active', 'completed')
  ),
  midnights as (
    select d.day, l.ward_id, l.charge_code, m.at
    from lain l
    cross join lateral (
      select g::date as day
      from generate_series((lower(l.during) at time zone zone)::date::timestamp, (least(upper(l.during), until) at time zone zone)::date::timestamp, interval '1 day') g
    ) d
    cross join lateral (select (d.day + 1)::timestamp at time zone zone as at) m
    where l.during @> m.at and m.at <= until
  )
  select * from midnights
  union all
  select (upper(l.during) at time zone zone)::date, l.ward_id, l.charge_code, upper(l.during)
  from (select * from lain order by lower(during) desc limit 1) l
  where not upper_inf(l.during) and not exists (select from midnights)
$$;
