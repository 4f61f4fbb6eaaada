-- Taking time. All who change what an actor does hold its lock; those who change more than a row of their own hold it alone.

create function scheduling.lock_actors(actors uuid[], alone boolean) returns void language plpgsql as $$
declare
  actor uuid;
begin
  for actor in select distinct a from unnest(actors) a where a is not null order by a loop
    if alone then
      perform pg_advisory_xact_lock(hashtextextended(actor::text, 2));
    else
      perform pg_advisory_xact_lock_shared(hashtextextended(actor::text, 2));
    end if;
  end loop;
end $$;

create function scheduling.has_lanes(actors uuid[]) returns boolean language sql volatile as $$
  select exists (select from scheduling.lane l where l.actor_id = any (actors))
$$;

/* How many can be served at one time, overrides apart. */
create function scheduling.capacity_of(actor uuid) returns integer language sql stable as $$
  select 1 + count(*)::integer from scheduling.lane l where l.actor_id = actor and not l.beyond
$$;

/* How many at most are served at any instant of this time. */
create function scheduling.depth(actor uuid, during tstzrange) returns integer language sql volatile as $$
  with taken as materialized (
    select o.during from scheduling.occupancy o where o.actor_id = actor and o.blocking and o.during && depth.during
  )
  select coalesce(max((select count(*) from taken t where t.during @> instant.at)), 0)::integer
  from (select lower(depth.during) as at union select greatest(lower(t.during), lower(depth.during)) from taken t) instant
$$;

/*
 * Gives everybody around this time a lane anew, those by override last, and says which is left for the wish, if there is one.
 * The caller holds the actor's lock alone. Within the capacity there is always one: whoever starts first takes the lowest.
 */
create function scheduling.colour(actor uuid, around tstzrange, wish boolean) returns integer language plpgsql as $$
declare
  capacity integer := scheduling.capacity_of(actor);
  span tstzrange := around;
  wider tstzrange;
  row_ record;
  lanes jsonb := '{}';
  placed tstzrange[] := '{}';
  placed_lane integer[] := '{}';
  chosen integer;
  of_wish integer;
  moved uuid[] := '{}';
begin
  loop
    select range_merge(range_agg(o.during)) into wider
    from scheduling.occupancy o where o.actor_id = actor and o.blocking and o.during && span;
    wider := coalesce(range_merge(wider, span), span);
    exit when wider = span;
    span := wider;
  end loop;
  for row_ in
    select o.appointment_id, o.during, o.lane, o.override_id is not null as decided
    from scheduling.occupancy o where o.actor_id = actor and o.blocking and o.during && span
    union all
    select null, around, null, false where wish
    order by decided, during, appointment_id
  loop
    select min(n) into chosen
    from generate_series(1, capacity + cardinality(placed)) n
    where not exists (select from unnest(placed, placed_lane) p (during, lane) where p.lane = n and p.during && row_.during);
    placed := placed || row_.during;
    placed_lane := placed_lane || chosen;
    if row_.appointment_id is null then
      of_wish := chosen;
    elsif chosen <> row_.lane then
      moved := moved || row_.appointment_id;
      lanes := lanes || jsonb_build_object(row_.appointment_id::text, chosen);
      if chosen > 1 then
        insert into scheduling.lane (actor_id, lane, beyond) values (actor, chosen, true) on conflict do nothing;
      end if;
    end if;
  end loop;
  -- By delete and insert: a constraint that could wait until all are moved could not say that somebody was faster.
  with gone as (
    delete from scheduling.occupancy o where o.actor_id = actor and o.appointment_id = any (moved)
    returning o.appointment_id, o.patient_id, o.override_id, o.during, o.held_until
  )
  select jsonb_agg(to_jsonb(gone)) into lanes from (select g.*, (lanes ->> g.appointment_id::text)::integer as lane from gone g) gone;
  insert into scheduling.occupancy (appointment_id, actor_id, patient_id, lane, beyond, override_id, during, held_until)
  select m.appointment_id, actor, m.patient_id, m.lane, coalesce(l.beyond, false), m.override_id, m.during, m.held_until
  from jsonb_to_recordset(coalesce(lanes, '[]')) m (appointment_id uuid, patient_id uuid, override_id uuid, during tstzrange, held_until timestamptz, lane smallint)
  left join scheduling.lane l on l.actor_id = actor and l.lane = m.lane;
  return of_wish;
end $$;

/* The lane for this wish, null when there is none. `decided`: beyond the capacity if need be. The caller holds the actor's lock alone. */
create function scheduling.lane_for(actor uuid, wanted tstzrange, decided boolean) returns integer language plpgsql as $$
declare
  capacity integer := scheduling.capacity_of(actor);
  fits boolean := scheduling.depth(actor, wanted) < capacity;
  found integer;
begin
  if not fits and not decided then return null; end if;
  select min(n) into found
  from generate_series(1, case when fits then capacity else
    greatest(capacity, (select coalesce(max(o.lane), 0) from scheduling.occupancy o where o.actor_id = actor and o.blocking and o.during && wanted)) + 1 end) n
  where not exists (select from scheduling.occupancy o where o.actor_id = actor and o.lane = n and o.blocking and o.during && wanted);
  return coalesce(found, scheduling.colour(actor, wanted, true));
end $$;

/* Cancels the holds that are over and lie in this time of these actors. A constraint cannot read the clock. */
create function scheduling.expire_holds(actors uuid[], during tstzrange) returns uuid[] language plpgsql as $$
declare
  overdue uuid[];
begin
  overdue := array(
    select a.id from scheduling.appointment a
    where a.status = 'pending' and a.held_until <= core.now() and a.id in (
      select o.appointment_id from unnest(actors) actor
      cross join lateral (
        select o.appointment_id from scheduling.occupancy o where o.actor_id = actor and o.blocking and o.held_until is not null and o.during && expire_holds.during
      ) o
    )
    order by a.id
    for update
  );
  if cardinality(overdue) > 0 then
    update scheduling.appointment set status = 'cancelled', held_until = null where id = any (overdue);
    update scheduling.occupancy set blocking = false where appointment_id = any (overdue);
  end if;
  return overdue;
end $$;

/* Whether somebody may decide that a patient is booked at two places at one time: the rule of the house. */
create function scheduling.patient_may_overlap() returns boolean language sql stable as $$
  select exists (select from core.setting s where s.name = 'scheduling.rules' and s.value ->> 'patientOverlap' = 'warn')
$$;

/*
 * Gives the appointment all of its actors for its time, or says that one of them is taken: then the caller rolls back. With
 * `decided_by` also beyond the capacity of people of the house, places and things; the patient is at one place only, unless the
 * house has decided that this too may be decided.
 * It waits for an uncommitted rival, so a rival that gives up refuses nobody. A new booking shares the actors' locks; a move
 * holds them alone, as it gives up rows and takes others, and so does whoever weighs more than one lane. In id order.
 * Who comes to a group takes a seat of it, and nobody but the patient: the group has practitioner, room and equipment.
 */
create function scheduling.take(booking uuid, decided_by uuid, out taken boolean, out beyond boolean, out expired uuid[]) language plpgsql as $$
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
      placed := scheduling.lane_for(actor, mine, decided_by is not null and (actor is distinct from it.patient_id or scheduling.patient_may_overlap()));
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
create function scheduling.release(booking uuid) returns void language plpgsql as $$
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

/*
 * How many can be served at one time from now on. Lanes that are no longer there keep what is over; null when one of them is
 * still needed.
 */
create function scheduling.set_capacity(actor uuid, capacity integer) returns boolean language plpgsql as $$
begin
  perform scheduling.lock_actors(array[actor], true);
  if exists (
    select from scheduling.occupancy o
    where o.actor_id = actor and o.blocking and o.lane > capacity and o.override_id is null and upper(o.during) > core.now()
  ) then return false; end if;
  update scheduling.occupancy set blocking = false where actor_id = actor and blocking and lane > capacity and upper(during) <= core.now();
  set constraints scheduling.occupancy_lane_exists deferred;
  insert into scheduling.lane (actor_id, lane, beyond)
  select actor, n, false from generate_series(2, capacity) n
  on conflict (actor_id, lane) do update set beyond = false where lane.beyond;
  update scheduling.lane set beyond = true where actor_id = actor and lane > capacity and not beyond;
  update scheduling.occupancy o set beyond = l.beyond
  from scheduling.lane l
  where l.actor_id = actor and o.actor_id = actor and o.further_lane = l.lane and o.beyond <> l.beyond;
  delete from scheduling.lane l
  where l.actor_id = actor and l.beyond and not exists (select from scheduling.occupancy o where o.actor_id = actor and o.further_lane = l.lane);
  set constraints scheduling.occupancy_lane_exists immediate;
  return true;
end $$;

/* Holds that are over, wherever they lie: the oldest first. What somebody else is just changing waits for the next time. */
create function scheduling.sweep_holds(at_most integer) returns uuid[] language plpgsql as $$
declare
  overdue uuid[];
  hold uuid;
begin
  overdue := array(
    select a.id from scheduling.appointment a where a.held_until <= core.now() and a.status = 'pending' order by a.held_until, a.id limit at_most for update skip locked
  );
  update scheduling.appointment set status = 'cancelled', held_until = null where id = any (overdue);
  foreach hold in array overdue loop
    perform scheduling.release(hold);
  end loop;
  return overdue;
end $$;
