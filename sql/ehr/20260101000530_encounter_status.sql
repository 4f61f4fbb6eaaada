-- Which status a visit had when: one row for each, without a gap, so that times per stage are read and not guessed.
create table ehr.encounter_status (
  encounter_id uuid not null,
  number smallint not null check (number > 0), -- in the order in which the visit had them
  patient_id uuid not null references patients.patient, -- the visit's
  status text not null
    check (status in ('planned', 'arrived', 'triaged', 'in-progress', 'onleave', 'finished', 'cancelled', 'entered-in-error', 'unknown')),
  began_at timestamptz not null,
  ended_at timestamptz, -- null: the one that it has now
  primary key (encounter_id, number),
  constraint encounter_status_of_visit foreign key (encounter_id, patient_id) references ehr.encounter (id, patient_id) on delete cascade deferrable initially deferred,
  constraint encounter_status_ends_after_start check (ended_at >= began_at)
);
select core.patient_rows('ehr.encounter_status');
create unique index encounter_status_one_now on ehr.encounter_status (encounter_id) where ended_at is null;
create index encounter_status_of_patient on ehr.encounter_status (patient_id);
-- An old version of a visit has the statuses of then. Only the visit's own triggers write them, so the visit counts up by itself.
insert into core.history_child (parent, child, child_column) values ('ehr.encounter', 'ehr.encounter_status', 'encounter_id');

/* How far a visit has come; from a status back to one of less is taking back. */
create function ehr.status_rank(status text) returns integer language sql immutable as $$
  select case status when 'planned' then 0 when 'arrived' then 1 when 'triaged' then 2 when 'finished' then 4 when 'cancelled' then 4 when 'entered-in-error' then 5 else 3 end
$$;

/* What the columns say of a visit that is written down as it is: a status before only where both its ends are known. */
create function ehr.statuses_of(present text, arrived timestamptz, started timestamptz, ended timestamptz, created timestamptz)
returns table (number smallint, status text, began_at timestamptz, ended_at timestamptz) language sql immutable as $$
  select (row_number() over (order by s.place))::smallint, s.status, s.began_at, s.ended_at
  from (values
    (1, 'arrived', arrived, started, present in ('in-progress', 'onleave', 'finished') and arrived <= started),
    (2, 'in-progress', started, ended, present = 'finished' and started <= ended),
    (3, present, coalesce(
      case when ehr.status_rank(present) = 4 then ended end, case when ehr.status_rank(present) >= 3 then started end, case when present <> 'planned' then arrived end, created
    ), null::timestamptz, true)
  ) s (place, status, began_at, ended_at, is_known)
  where s.is_known
$$;

create function ehr.begin_statuses() returns trigger language plpgsql as $$
begin
  insert into ehr.encounter_status (encounter_id, number, patient_id, status, began_at, ended_at)
  select e.id, s.number, e.patient_id, s.status, s.began_at, s.ended_at
  from made e cross join lateral ehr.statuses_of(e.status, e.arrived_at, e.started_at, e.ended_at, e.created_at) s;
  return null;
end $$;
create trigger begin_statuses after insert on ehr.encounter referencing new table as made for each statement execute function ehr.begin_statuses();

/* Another status from then on; the one before ends. */
create function ehr.append_status(visit uuid, patient uuid, to_status text, from_when timestamptz) returns void language plpgsql as $$
declare
  previous ehr.encounter_status;
begin
  select * into previous from ehr.encounter_status h where h.encounter_id = visit order by h.number desc limit 1;
  from_when := greatest(from_when, previous.began_at);
  update ehr.encounter_status h set ended_at = from_when where h.encounter_id = visit and h.number = previous.number;
  insert into ehr.encounter_status (encounter_id, number, patient_id, status, began_at)
  values (visit, coalesce(previous.number, 0) + 1, patient, to_status, from_when);
end $$;

/* Status number `n` began then, and the one before it ended; what lies around gives way. */
create function ehr.move_status(visit uuid, n integer, began timestamptz) returns void language sql as $$
  update ehr.encounter_status h
  set began_at = case when h.number < n then least(h.began_at, began) when h.number = n then began else greatest(h.began_at, began) end,
    ended_at = case when h.number < n - 1 then least(h.ended_at, began) when h.number = n - 1 then began when h.ended_at is not null then greatest(h.ended_at, began) end
  where h.encounter_id = visit and exists (select from ehr.encounter_status o where o.encounter_id = visit and o.number = n and o.began_at <> began)
$$;

/* The statuses follow the visit, whoever changes it. One that is taken back never was. */
create function ehr.follow_status() returns trigger language plpgsql as $$
declare
  taken_back timestamptz;
  present text;
begin
  if new.status <> old.status then
    with gone as (
      delete from ehr.encounter_status h where h.encounter_id = new.id and ehr.status_rank(h.status) > ehr.status_rank(new.status) returning h.began_at
    )
    select min(began_at) into taken_back from gone;
    select h.status into present from ehr.encounter_status h where h.encounter_id = new.id order by h.number desc limit 1;
    if present = new.status then
      update ehr.encounter_status h set ended_at = null
      where h.encounter_id = new.id and h.number = (select max(o.number) from ehr.encounter_status o where o.encounter_id = new.id);
    else
      if new.status = 'finished' and new.started_at is not null and ehr.status_rank(present) < 3 then -- nobody said so when it began
        perform ehr.append_status(new.id, new.patient_id, 'in-progress', core.now());
      end if;
      perform ehr.append_status(new.id, new.patient_id, new.status, coalesce(taken_back, core.now()));
    end if;
  end if;
  -- what the columns say of when counts
  perform ehr.move_status(new.id, (select min(h.number) from ehr.encounter_status h where h.encounter_id = new.id and h.status in ('arrived', 'triaged')), new.arrived_at);
  perform ehr.move_status(new.id, (select min(h.number) from ehr.encounter_status h where h.encounter_id = new.id and ehr.status_rank(h.status) = 3), new.started_at);
  if new.status in ('finished', 'cancelled') then
    perform ehr.move_status(new.id, (select max(h.number) from ehr.encounter_status h where h.encounter_id = new.id), new.ended_at);
  end if;
  return null;
end $$;
create trigger follow_status after update on ehr.encounter for each row
  when (row(old.status, old.arrived_at, old.started_at, old.ended_at) is distinct from row(new.status, new.arrived_at, new.started_at, new.ended_at))
  execute function ehr.follow_status();

-- Visits that were there before.
insert into ehr.encounter_status (encounter_id, number, patient_id, status, began_at, ended_at)
select e.id, s.number, e.patient_id, s.status, s.began_at, s.ended_at
from ehr.encounter e cross join lateral ehr.statuses_of(e.status, e.arrived_at, e.started_at, e.ended_at, e.created_at) s;
