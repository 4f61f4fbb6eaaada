-- Names are found by any part, in any order, without accents, with a typo: one folded text with a trigram index.
create function patients.fold(words text) returns text language sql immutable parallel safe as $$
  select lower(public.unaccent('public.unaccent', coalesce(words, '')))
$$;

create sequence patients.record_number_seq start 100001;

/* OW-104-227-8: six or more digits in groups, then a check digit (Damm's algorithm finds every single-digit error and swap). */
create function patients.check_digit(digits text) returns text language plpgsql immutable as $$
declare
  damm constant integer[] := array[
    [0,3,1,7,5,9,8,6,4,2], [7,0,9,2,1,5,4,8,6,3], [4,2,0,6,8,7,1,3,5,9], [1,7,5,0,9,8,3,4,2,6], [6,1,2,3,0,4,5,9,7,8],
    [3,6,7,4,2,0,9,5,8,1], [5,8,6,9,7,2,0,1,3,4], [8,9,4,5,3,6,2,0,1,7], [9,4,3,8,6,1,7,2,0,5], [2,5,8,1,4,3,6,7,9,0]];
  interim integer := 0;
  digit text;
begin
  foreach digit in array string_to_array(digits, null) loop
    interim := damm[interim + 1][digit::integer + 1];
  end loop;
  return interim::text;
end $$;

create function patients.record_number(number bigint) returns text language sql immutable as $$
  select 'OW-' || regexp_replace(digits, '(\d+)(\d{3})$', '\1-\2') || '-' || patients.check_digit(digits)
  from lpad(number::text, greatest(6, length(number::text)), '0') digits -- lpad cuts what is longer
$$;

create table patients.patient (
  id uuid primary key default uuidv7(),
  record_number text not null default patients.record_number(nextval('patients.record_number_seq')),
  active boolean not null default true,
  family_name text not null check (length(family_name) between 1 and 120),
  given_name text not null check (length(given_name) <= 120),
  prefix text,
  preferred_name text,
  gender text not null default 'unknown' check (gender in ('male', 'female', 'other', 'unknown')),
  birth_date date,
  deceased_at timestamptz,
  phone text,
  email text,
  address_line text,
  postal_code text,
  city text,
  country text,
  language text,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  -- what search reads: names, number without punctuation, phone digits, birth date
  found_by text generated always as (
    patients.fold(family_name || ' ' || given_name || ' ' || coalesce(preferred_name, '')) || ' ' ||
    lower(record_number) || ' ' || regexp_replace(record_number, '\D', '', 'g') || ' ' || regexp_replace(coalesce(phone, ''), '\D', '', 'g')
  ) stored,
  patient_id uuid generated always as (id) stored, -- row-level security asks every table the same question
  constraint patient_record_number_unique unique (record_number)
);
select core.keep_history('patients.patient');
select core.patient_rows('patients.patient');
create index patient_found_by on patients.patient using gin (found_by gin_trgm_ops);
create index patient_birth_date on patients.patient (birth_date);
create index patient_name on patients.patient (family_name, given_name, id);
create index patient_updated on patients.patient (updated_at, id);

grant execute on function patients.fold(text), patients.record_number(bigint), patients.check_digit(text) to app, patient;
