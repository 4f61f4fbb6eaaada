create table box.box (
  id uuid primary key default uuidv7(),
  label text not null check (length(label) <= 60),
  in_box uuid references box.box,
  patient_id uuid,
  weight integer not null default 0,
  constraint box_not_below_zero check (weight >= 0),
  constraint box_label_unique unique (label)
);
create table box.item (id uuid primary key default uuidv7(), box_id uuid not null references box.box on delete cascade, name text not null);
select core.keep_history('box.box', '{box.item}');
select core.patient_rows('box.box');
create table box.heard (seq bigint generated always as identity, event_id bigint, subject_id uuid, note text, actor_id uuid, origin text);
