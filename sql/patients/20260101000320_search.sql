/*
 * A million patients have some hundred thousand different name words. What is typed is compared with those words, by part, by
 * sound and with a typo, and only the words that come of it with the patients.
 */
create function patients.words(names text) returns text[] language sql immutable parallel safe as $$
  select array_remove(regexp_split_to_array(patients.fold(names), '[^[:alnum:]]+'), '')
$$;

/*
 * The word, and it with any one letter left out. Two words that differ by one slip of the finger (a letter too many, too few, another,
 * two swapped) have one of these in common.
 */
create function patients.slips(word text) returns text[] language sql immutable parallel safe as $$
  select array_agg(distinct overlay(word placing '' from n for 1)) || word from generate_series(1, length(word)) n
$$;

create table patients.name_word (
  word text collate "C" primary key,
  -- What sounds the same (Daitch and Mokotoff's codes); none for words in other scripts.
  sounds text[] not null generated always as (coalesce(public.daitch_mokotoff(word), '{}')) stored,
  slips text[] not null generated always as (patients.slips(word)) stored
);
create index name_word_part on patients.name_word using gin (word gin_trgm_ops);
create index name_word_sounds on patients.name_word using gin (sounds);
create index name_word_slips on patients.name_word using gin (slips);

alter table patients.patient
  add column family_folded text collate "C" generated always as (patients.fold(family_name)) stored,
  add column given_folded text collate "C" generated always as (patients.fold(given_name)) stored,
  add column words text[] generated always as (patients.words(family_name || ' ' || given_name || ' ' || coalesce(preferred_name, ''))) stored,
  add column record_digits text collate "C" generated always as (regexp_replace(record_number, '\D', '', 'g')) stored,
  add column phone_digits text collate "C" generated always as (regexp_replace(coalesce(phone, ''), '\D', '', 'g')) stored;

-- By these the first of a page are read in their order, however many begin alike.
create index patient_by_family on patients.patient (family_folded, given_folded, id);
create index patient_by_given on patients.patient (given_folded, family_folded, id);
create index patient_by_words on patients.patient using gin (words);
-- How rare most words are is only seen in many: without it, reading everybody looks cheaper than the index.
alter table patients.patient alter column words set statistics 1000;
create index patient_by_record_digits on patients.patient (record_digits);
create index patient_by_phone on patients.patient (phone_digits) where phone_digits <> '';

/* Words are kept in one order, so that two who register at once do not wait for each other; none is ever taken out. */
create function patients.keep_words() returns trigger language plpgsql security definer set search_path = patients, pg_temp as $$
begin
  insert into patients.name_word (word)
  select distinct it.word collate "C"
  from changed cross join unnest(changed.words) it (word)
  where not exists (select from patients.name_word known where known.word = it.word)
  order by 1
  on conflict do nothing;
  return null;
end $$;
create trigger keep_words_new after insert on patients.patient referencing new table as changed for each statement execute function patients.keep_words();
create trigger keep_words_changed after update on patients.patient referencing new table as changed for each statement execute function patients.keep_words();

grant select on patients.name_word to app;
grant execute on function patients.words(text), patients.slips(text) to app, patient;
