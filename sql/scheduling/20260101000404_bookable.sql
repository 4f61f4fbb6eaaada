-- What is bookable: one family of functions, asked by every door.

/*
 * The hours of these practitioners (of all when null) as instants, where they touch [from_at, until_at): the weekly windows and the
 * days that are otherwise, without holidays, closed hours and leave. `service`: those for it or for any; null: all.
 * A wall time that the clock skips counts from before the skip, one that it repeats is the second; the lag keeps a window
 * that ends in a skipped hour from overlapping the next.
 */
create function scheduling.windows(practitioners uuid[], from_at timestamptz, until_at timestamptz, service uuid default null)
returns table (practitioner_id uuid, schedule_id uuid, location_id uuid, during tstzrange)
language sql stable as $$
  with weekly as (
    select w.practitioner_id, w.schedule_id, w.location_id, w.service_id, tstzrange(greatest(w.starts_at, w.before), w.ends_at) as during
    from (
      select a.practitioner_id, a.schedule_id, a.location_id, a.service_id, i.starts_at, i.ends_at,
        lag(i.ends_at) over (partition by a.practitioner_id order by i.starts_at) as before
      from scheduling.availability a
      join scheduling.schedule s on s.id = a.schedule_id and s.active
      cross join lateral (select (from_at at time zone s.zone)::date as first, (until_at at time zone s.zone)::date as last) days
      cross join lateral generate_series(
        (days.first + (a.weekday - extract(isodow from days.first)::integer + 7) % 7)::timestamp, days.last::timestamp, interval '7 days'
      ) day
      cross join lateral (
        select (day::date + a.start_time) at time zone s.zone as starts_at, (day::date + a.end_time) at time zone s.zone as ends_at
      ) i
      where (practitioners is null or a.practitioner_id = any (practitioners))
        and day::date >= coalesce(a.valid_from, '-infinity') and day::date <= coalesce(a.valid_to, 'infinity')
        and (a.on_holidays or day::date not in (select h.on_date from scheduling.holiday h))
    ) w
    where w.ends_at > greatest(w.starts_at, w.before) and w.ends_at > from_at and w.starts_at < until_at
  ),
  otherwise as materialized (
    select e.practitioner_id, e.schedule_id, e.location_id, e.service_id, e.open,
      tstzrange((e.on_date + e.start_time) at time zone s.zone, (e.on_date + e.end_time) at time zone s.zone) as during
    from scheduling.availability_exception e
    join scheduling.schedule s on s.id = e.schedule_id and s.active
    where (practitioners is null or e.practitioner_id = any (practitioners))
      -- the days of all zones
      and e.on_date between (from_at at time zone 'UTC')::date - 1 and (until_at at time zone 'UTC')::date + 1
      and (e.on_date + e.start_time) at time zone s.zone < (e.on_date + e.end_time) at time zone s.zone
  ),
  away as materialized (
    select l.practitioner_id, tstzrange(l.starts_at, l.ends_at) as during
    from scheduling.leave l
    where (practitioners is null or l.practitioner_id = any (practitioners)) and tstzrange(l.starts_at, l.ends_at) && tstzrange(from_at - interval '1 day', until_at + interval '1 day')
  ),
  -- What closes weekly windows, and what closes everything
  off as materialized (
    select o.practitioner_id, range_agg(o.during) as weekly, coalesce(range_agg(o.during) filter (where o.all_), '{}') as everything
    from (select e.practitioner_id, e.during, false as all_ from otherwise e union all select a.practitioner_id, a.during, true from away a) o
    group by o.practitioner_id
  )
  select w.practitioner_id, w.schedule_id, w.location_id, part
  from weekly w
  left join off on off.practitioner_id = w.practitioner_id
  cross join lateral unnest(case when off.weekly is null then tstzmultirange(w.during) else tstzmultirange(w.during) - off.weekly end) part
  where (windows.service is null or w.service_id is null or w.service_id = windows.service)
  union all
  select e.practitioner_id, e.schedule_id, e.location_id, part
  from otherwise e
  left join off on off.practitioner_id = e.practitioner_id
  cross join lateral unnest(tstzmultirange(e.during) - coalesce(off.everything, '{}')) part
  where e.open and (windows.service is null or e.service_id is null or e.service_id = windows.service)
    and upper(part) > from_at and lower(part) < until_at
$$;

/* True when the practitioner is there for the whole time. */
create function scheduling.is_available(practitioner uuid, wanted tstzrange, service uuid default null) returns boolean language sql stable as $$
  select coalesce(range_agg(w.during) @> wanted, false) from scheduling.windows(array[practitioner], lower(wanted), upper(wanted), service) w
$$;

/* When these are all taken: as many at one time as can be served. Holds that are over do not count. */
create function scheduling.busy(actors uuid[], from_at timestamptz, until_at timestamptz) returns table (actor_id uuid, during tstzmultirange)
language sql stable as $$
  with shared as materialized (
    select l.actor_id, count(*)::integer as more from scheduling.lane l where l.actor_id = any (actors) and not l.beyond group by l.actor_id
  )
  select actor, taken.during
  from unnest(actors) actor
  cross join lateral (
    select range_agg(o.during) as during
    from scheduling.occupancy o
    where o.actor_id = actor and o.blocking and o.during && tstzrange(from_at, until_at) and (o.held_until is null or o.held_until > (select core.now()))
  ) taken
  where taken.during is not null and actor not in (select s.actor_id from shared s)
  union all
  select s.actor_id, full_.during
  from shared s
  cross join lateral (
    select range_agg(tstzrange(d.at, d.next)) as during
    from (
      select i.at, lead(i.at) over (order by i.at) as next, sum(i.step) over (order by i.at) as depth
      from (
        select i.at, sum(i.step) as step
        from scheduling.occupancy o
        cross join lateral (values (lower(o.during), 1), (upper(o.during), -1)) i (at, step)
        where o.actor_id = s.actor_id and o.blocking and o.during && tstzrange(from_at, until_at) and (o.held_until is null or o.held_until > (select core.now()))
        group by i.at
      ) i
    ) d
    where d.depth > s.more and d.at < d.next
  ) full_
  where full_.during is not null
$$;

/* Between which instants this service can be booked now through this door. */
create function scheduling.bounds(service uuid, channel text, out earliest timestamptz, out latest timestamptz, out lead_minutes integer, out horizon_days integer)
language sql stable as $$
  select core.now() + make_interval(mins => coalesce(rule.lead, 0)), coalesce(core.now() + make_interval(days => rule.horizon), 'infinity'), rule.lead, rule.horizon
  from (select) one
  left join lateral (
    select case channel when 'portal' then s.portal_lead_minutes when 'fhir' then s.fhir_lead_minutes else s.desk_lead_minutes end as lead,
      case channel when 'portal' then s.portal_horizon_days when 'fhir' then s.fhir_horizon_days else s.desk_horizon_days end as horizon
    from facility.healthcare_service s
    where s.id = service
  ) rule on true
$$;

/* Rooms and devices of which the service needs one each. A window's own room will do as well. */
create function scheduling.pool_of(service uuid) returns table (kind text, actor_id uuid) language sql stable as $$
  select 'room', l.id
  from facility.healthcare_service s
  join facility.location l on l.kind = 'room' and l.status = 'active' and (s.organization_id is null or l.organization_id = s.organization_id)
  where s.id = service and s.needs_room
    and not exists (select from facility.location w where w.id = l.parent_id and w.kind = 'ward')
  union all
  select 'device', d.id
  from facility.healthcare_service s
  join facility.device d on lower(d.type) = lower(s.needs_device_type) and d.status = 'active' and d.patient_id is null
    and (s.organization_id is null or d.organization_id is null or d.organization_id = s.organization_id)
  where s.id = service
$$;

/*
 * Free times of this length that start in [from_at, until_at), in no order. They follow one another from the start of each
 * gap, buffers between them. `also` names who and what else must be free: a patient, a room. `places` confines where.
 */
create function scheduling.free_between(
  practitioners uuid[], length interval, from_at timestamptz, until_at timestamptz, also uuid[], service uuid default null, places uuid[] default null
)
returns table (practitioner_id uuid, schedule_id uuid, location_id uuid, starts_at timestamptz, ends_at timestamptz)
language sql stable as $$
  with wish as materialized (
    select make_interval(mins => coalesce(max(s.buffer_before_minutes), 0)) as before, make_interval(mins => coalesce(max(s.buffer_after_minutes), 0)) as after,
      coalesce(bool_or(s.needs_room), false) as needs_room, coalesce(bool_or(s.needs_device_type is not null), false) as needs_device
    from facility.healthcare_service s where s.id = free_between.service
  ),
  open as materialized (
    select w.practitioner_id, w.schedule_id, w.location_id, w.during
    from scheduling.windows(practitioners, from_at, until_at, free_between.service) w
    join facility.practitioner p on p.id = w.practitioner_id and p.active
    where places is null or w.location_id = any (places)
  ),
  pool as materialized (select p.kind, p.actor_id from scheduling.pool_of(free_between.service) p),
  busy as materialized (
    -- a window that was open before belongs to the same day
    select b.actor_id as id, b.during
    from scheduling.busy(
      array(
        select o.practitioner_id from open o union select o.location_id from open o where o.location_id is not null union select unnest(also)
        union select p.actor_id from pool p
      ),
      from_at - interval '1 day', until_at + interval '1 day'
    ) b
  ),
  -- For whom buffers count, by so much earlier and later
  around as materialized (
    select b.id, case when wish.before + wish.after = interval '0' or exists (select from patients.patient p where p.id = b.id) -- times only, of whoever asks for them
      then b.during
      else (select range_agg(tstzrange(lower(r) - wish.after, upper(r) + wish.before)) from unnest(b.during) r) end as during
    from busy b cross join wish
  ),
  others as (select coalesce((select range_agg(r) from around b cross join lateral unnest(b.during) r where b.id = any (also)), '{}') as during)
  select o.practitioner_id, o.schedule_id, o.location_id, start, start + length
  from open o
  cross join others
  cross join wish
  left join around practitioner on practitioner.id = o.practitioner_id
  left join around room on room.id = o.location_id
  cross join lateral unnest(
    tstzmultirange(o.during) - coalesce(practitioner.during, '{}') - coalesce(room.during, '{}') - others.during
  ) gap
  cross join lateral generate_series(lower(gap), upper(gap) - length, length + wish.before + wish.after) start
  where start >= from_at and start < until_at
    and (not wish.needs_room or o.location_id is not null or exists (
      select from pool p where p.kind = 'room' and not exists (
        select from busy b where b.id = p.actor_id and b.during && tstzrange(start - wish.before, start + length + wish.after)
      )
    ))
    and (not wish.needs_device or exists (
      select from pool p where p.kind = 'device' and not exists (
        select from busy b where b.id = p.actor_id and b.during && tstzrange(start - wish.before, start + length + wish.after)
      )
    ))
$$;

/*
 * Bookable now: the first free times, earliest first, within what the door allows for the service. Looks no further ahead than it
 * must: the next free time is usually soon.
 */
create function scheduling.bookable(
  practitioners uuid[], length interval, from_at timestamptz, until_at timestamptz, at_most integer, also uuid[] default '{}',
  service uuid default null, channel text default 'desk', places uuid[] default null
)
returns table (practitioner_id uuid, schedule_id uuid, location_id uuid, starts_at timestamptz, ends_at timestamptz)
language plpgsql stable security definer set search_path = scheduling, core, public, pg_temp as $$
declare
  rule record := scheduling.bounds(service, channel);
  looked timestamptz := greatest(from_at, rule.earliest);
  last timestamptz := least(until_at, rule.latest + interval '1 microsecond'); -- the horizon itself is within
  ahead timestamptz;
  days integer := case when at_most <= 20 then 1 else 14 end;
  missing integer := at_most;
  found integer;
begin
  while looked < last and missing > 0 loop
    ahead := least(last, looked + make_interval(days => days));
    return query
      select f.practitioner_id, f.schedule_id, f.location_id, f.starts_at, f.ends_at
      from scheduling.free_between(practitioners, length, looked, ahead, also, service, places) f
      order by f.starts_at, f.practitioner_id
      limit missing;
    get diagnostics found = row_count;
    missing := missing - found;
    looked := ahead;
    days := days * 3;
  end loop;
end $$;
grant execute on function scheduling.bookable(uuid[], interval, timestamptz, timestamptz, integer, uuid[], uuid, text, uuid[]) to patient;

/*
 * Whom and what a booking of this service takes at this time, of those that it does not name: a practitioner of the department who has least
 * to do that day, a room, a device. Null: none is free.
 */
create function scheduling.pick(
  service uuid, wanted tstzrange, practitioner uuid, place uuid, devices uuid[],
  out practitioner_id uuid, out location_id uuid, out device_id uuid
) language plpgsql volatile as $$
declare
  it record;
  kept tstzrange;
begin
  perform pg_advisory_xact_lock(hashtextextended(service::text, 4)); -- who picks from one pool picks in turn
  select s.organization_id, s.needs_room, s.needs_device_type,
    tstzrange(lower(wanted) - make_interval(mins => s.buffer_before_minutes), upper(wanted) + make_interval(mins => s.buffer_after_minutes)) as kept
  into it from facility.healthcare_service s where s.id = service;
  kept := it.kept;
  practitioner_id := practitioner;
  location_id := place;
  if practitioner is null then
    select c.practitioner_id, coalesce(place, c.location_id) into practitioner_id, location_id
    from (
      select w.practitioner_id, (array_agg(w.location_id) filter (where w.during @> lower(wanted)))[1] as location_id
      from scheduling.windows(
        array(select r.practitioner_id from facility.practitioner_role r where r.active and r.practitioner_id is not null and r.organization_id = it.organization_id),
        lower(wanted), upper(wanted), service
      ) w
      join facility.practitioner p on p.id = w.practitioner_id and p.active
      group by w.practitioner_id
      having range_agg(w.during) @> wanted
    ) c
    where not exists (
      select from scheduling.busy(array_remove(array[c.practitioner_id, coalesce(place, c.location_id)], null), lower(kept), upper(kept)) b where b.during && kept
    )
    order by (
      select count(*) from scheduling.occupancy o
      where o.actor_id = c.practitioner_id and o.blocking and o.during && tstzrange(lower(wanted) - interval '12 hours', upper(wanted) + interval '12 hours')
    ), c.practitioner_id
    limit 1;
    if practitioner_id is null then return; end if;
    perform pg_advisory_xact_lock_shared(hashtextextended(practitioner_id::text, 5)); -- a leave was perhaps just decided
    if not scheduling.is_available(practitioner_id, wanted, service) then practitioner_id := null; return; end if;
  end if;
  if it.needs_room and location_id is null then
    select p.actor_id into location_id
    from scheduling.pool_of(service) p
    where p.kind = 'room' and not exists (select from scheduling.busy(array[p.actor_id], lower(kept), upper(kept)) b where b.during && kept)
    order by p.actor_id limit 1;
    if location_id is null then practitioner_id := null; return; end if;
  end if;
  if it.needs_device_type is not null and not exists (select from scheduling.pool_of(service) p where p.kind = 'device' and p.actor_id = any (devices)) then
    select p.actor_id into device_id
    from scheduling.pool_of(service) p
    where p.kind = 'device' and not exists (select from scheduling.busy(array[p.actor_id], lower(kept), upper(kept)) b where b.during && kept)
    order by p.actor_id limit 1;
    if device_id is null then practitioner_id := null; end if;
  end if;
end $$;
