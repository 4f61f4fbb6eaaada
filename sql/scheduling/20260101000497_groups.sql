-- Many come at one time to one practitioner: an appointment without a patient takes the practitioner, the room and the equipment, and has
-- seats. Who comes has an appointment of their own, with a seat.

create table scheduling.group_session (
  id uuid primary key references scheduling.appointment on delete cascade, -- what takes practitioner and room
  places smallint not null check (places between 2 and 100),
  note text check (length(note) <= 500)
);

/* How many there are is how many can come. */
create table scheduling.group_seat (
  group_id uuid not null references scheduling.group_session on delete cascade,
  seat smallint not null check (seat > 0),
  primary key (group_id, seat)
);
create function scheduling.place_seats() returns trigger language plpgsql as $$
begin
  insert into scheduling.group_seat (group_id, seat) select new.id, n from generate_series(1, new.places) n;
  return null;
end $$;
create trigger place_seats after insert on scheduling.group_session for each row execute function scheduling.place_seats();

create table scheduling.group_participant (
  appointment_id uuid primary key references scheduling.appointment on delete cascade,
  group_id uuid not null references scheduling.group_session,
  patient_id uuid not null references patients.patient,
  seat smallint, -- null until it is taken
  blocking boolean not null default false,
  constraint group_participant_has_seat check (seat is not null or not blocking),
  constraint group_has_seat foreign key (group_id, seat) references scheduling.group_seat (group_id, seat)
);
create unique index group_seat_once on scheduling.group_participant (group_id, seat) where blocking;
select core.patient_rows('scheduling.group_participant');
create index group_participant_group on scheduling.group_participant (group_id);
create index group_participant_patient on scheduling.group_participant (patient_id);

/* The group that an appointment belongs to, as long as it is at its time and with its practitioner. */
create function scheduling.group_of(booking uuid) returns uuid language sql stable as $$
  select p.group_id
  from scheduling.group_participant p
  join scheduling.appointment own on own.id = p.appointment_id
  join scheduling.appointment session on session.id = p.group_id
  where p.appointment_id = booking
    and (own.starts_at, own.ends_at, own.practitioner_id) is not distinct from (session.starts_at, session.ends_at, session.practitioner_id)
$$;

/* The lowest seat that is free; false when there is none, or the group does not take place. The caller holds the group. */
create function scheduling.take_seat(booking uuid, session uuid) returns boolean language plpgsql as $$
declare
  free smallint;
begin
  if not exists (select from scheduling.appointment a where a.id = session and scheduling.blocks(a.status)) then return false; end if;
  select min(s.seat) into free
  from scheduling.group_seat s
  where s.group_id = session and not exists (
    select from scheduling.group_participant p where p.group_id = session and p.seat = s.seat and p.blocking and p.appointment_id <> booking
  );
  if free is null then return false; end if;
  update scheduling.group_participant set seat = free, blocking = true where appointment_id = booking;
  return true;
end $$;

/* How many are still free. */
create function scheduling.seats_left(session uuid) returns integer language sql stable as $$
  select g.places - (select count(*)::integer from scheduling.group_participant p where p.group_id = g.id and p.blocking)
  from scheduling.group_session g
  join scheduling.appointment a on a.id = g.id and scheduling.blocks(a.status)
  where g.id = session
$$;

/*
 * Gives the appointment all of its actors for its time, or says that one of them is taken: then the caller rolls back. With
 * `decided_by` also beyond the capacity of people of the house, places and things; the patient is at one place only.
 * It waits for an uncommitted rival, so a rival that gives up refuses nobody. A new booking shares the actors' locks; a move
 * holds them alone, as it gives up rows and takes others, and so does whoever weighs more than one lane. In id order.
 * Who comes to a group takes a seat of it, and nobody but the patient: the group has practitioner, room and equipment.
 */
create or replace function scheduling.take(booking uuid, decided_by uuid, out taken boolean, out beyond boolean, out expired uuid[]) language plpgsql as $$
declare
  it record;
  kept tstzrange;
  mine tstzrange;
  actors uuid[];
  held uuid[];
  everybody uuid[];
  actor uuid;
  alone boolean;
  placed integer;
  group_ uuid := scheduling.group_of(booking);
begin
  select a.patient_id, a.held_until, tstzrange(a.starts_at, a.ends_at) as wanted,
    tstzrange(a.starts_at - make_interval(mins => coalesce(s.buffer_before_minutes, 0)), a.ends_at + make_interval(mins => coalesce(s.buffer_after_minutes, 0))) as kept,
    case when group_ is null then array[a.patient_id, a.practitioner_id, a.location_id] || a.also_taken else array[a.patient_id] end as actors
  into it
  from scheduling.appointment a
  left join facility.healthcare_service s on s.id = a.service_id
  where a.id = booking;
  if group_ is not null then
    perform pg_advisory_xact_lock(hashtextextended(group_::text, 6)); -- before the people of it, here as elsewhere
  end if;
  actors := array(select distinct a from unnest(it.actors) a where a is not null order by a);
  held := array(select o.actor_id from scheduling.occupancy o where o.appointment_id = booking);
  everybody := array(select distinct a from unnest(actors || held) a order by a);
  alone := decided_by is not null or cardinality(held) > 0 or scheduling.has_lanes(everybody);
  perform scheduling.lock_actors(everybody, alone);
  if not alone and scheduling.has_lanes(everybody) then
    alone := true; -- the first further lane came while this waited
    perform scheduling.lock_actors(everybody, true);
  end if;
  beyond := false;
  if cardinality(held) > 0 then
    perform scheduling.release(booking);
    delete from scheduling.occupancy o where o.appointment_id = booking;
  end if;
  if group_ is not null and not scheduling.take_seat(booking, group_) then
    taken := false;
    expired := '{}';
    return;
  end if;
  expired := scheduling.expire_holds(actors, it.kept);
  if not alone then
    insert into scheduling.occupancy (appointment_id, actor_id, patient_id, during, held_until)
    select booking, a, it.patient_id, case when a = it.patient_id then it.wanted else it.kept end, it.held_until from unnest(actors) a order by a
    on conflict do nothing;
    get diagnostics placed = row_count;
    taken := placed = cardinality(actors);
  else
    taken := true;
    foreach actor in array actors loop
      mine := case when actor = it.patient_id then it.wanted else it.kept end;
      placed := scheduling.lane_for(actor, mine, decided_by is not null and actor is distinct from it.patient_id);
      taken := placed is not null;
      exit when not taken;
      if placed > 1 then
        insert into scheduling.lane (actor_id, lane, beyond) values (actor, placed, true) on conflict do nothing;
      end if;
      if decided_by is not null and scheduling.depth(actor, mine) >= scheduling.capacity_of(actor) then
        beyond := true;
      end if;
      insert into scheduling.occupancy (appointment_id, actor_id, patient_id, lane, beyond, override_id, during, held_until)
      select booking, actor, it.patient_id, placed, coalesce(l.beyond, false),
        case when scheduling.depth(actor, mine) >= scheduling.capacity_of(actor) then decided_by end, mine, it.held_until
      from (select) one left join scheduling.lane l on l.actor_id = actor and l.lane = placed;
    end loop;
  end if;
  if not taken then
    delete from scheduling.occupancy o where o.appointment_id = booking; -- what was had of it is not in the way of the next free times
  end if;
end $$;

/* The time of an appointment is free again; an override that needs none any more moves down at once, so that nobody takes the lane beneath it. */
create or replace function scheduling.release(booking uuid) returns void language plpgsql as $$
declare
  shared uuid[] := array(
    select o.actor_id from scheduling.occupancy o
    where o.appointment_id = booking and o.blocking and exists (select from scheduling.lane l where l.actor_id = o.actor_id)
    order by o.actor_id
  );
  freed record;
begin
  perform scheduling.lock_actors(shared, true);
  update scheduling.occupancy set blocking = false where appointment_id = booking and blocking;
  update scheduling.group_participant set blocking = false where appointment_id = booking and blocking;
  for freed in select o.actor_id, o.during from scheduling.occupancy o where o.appointment_id = booking and o.actor_id = any (shared) loop
    perform scheduling.colour(freed.actor_id, freed.during, false);
  end loop;
end $$;
