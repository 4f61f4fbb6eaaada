import { sql, type Query } from '../../core/database.ts';

/** Sentence → query that must return no row. */
export const invariants: Record<string, Query> = {
  'nobody and nothing is taken twice at one time': sql.unsafe`
    select a.appointment_id, b.appointment_id as other
    from scheduling.occupancy a
    join scheduling.occupancy b on b.actor_id = a.actor_id and b.lane = a.lane and b.appointment_id > a.appointment_id and b.during && a.during and b.blocking
    where a.blocking
  `,
  // What was over before it was written down (history from elsewhere) takes nobody's time.
  'an appointment to come that blocks has a row for each of its people and places': sql.unsafe`
    select it.id
    from scheduling.appointment it
    cross join lateral unnest(case when scheduling.group_of(it.id) is null then array[it.patient_id, it.practitioner_id, it.location_id] || it.also_taken else array[it.patient_id] end) actor
    where scheduling.blocks(it.status) and it.ends_at > core.now() and actor is not null
      and not exists (
        select from scheduling.occupancy o
        where o.appointment_id = it.id and o.actor_id = actor and o.blocking and o.during @> tstzrange(it.starts_at, it.ends_at)
      )
  `,
  'nobody and nothing serves more than it can, but by override': sql.unsafe`
    select o.actor_id, o.appointment_id
    from scheduling.occupancy o
    where o.blocking and o.override_id is null and o.lane > scheduling.capacity_of(o.actor_id) and upper(o.during) > core.now()
  `,
  'the lanes are as many as the capacity that was set': sql.unsafe`
    select l.actor_id
    from (select actor_id, 1 + count(*) as lanes from scheduling.lane where not beyond group by actor_id) l
    full join (select id, capacity from scheduling.capacity where capacity > 1) c on c.id = l.actor_id
    where l.lanes is distinct from c.capacity
  `,
  'a hold that is over is known where free time is looked for': sql.unsafe`
    select o.appointment_id
    from scheduling.occupancy o
    join scheduling.appointment it on it.id = o.appointment_id
    where o.blocking and o.held_until is distinct from it.held_until
  `,
  'an appointment that does not block takes nobody': sql.unsafe`
    select it.id
    from scheduling.occupancy o
    join scheduling.appointment it on it.id = o.appointment_id
    where o.blocking and not scheduling.blocks(it.status)
  `,
  'the appointments of a series are of its patient': sql.unsafe`
    select o.series_id, o.occurs_on
    from scheduling.occurrence o
    join scheduling.series s on s.id = o.series_id
    left join scheduling.appointment a on a.id = o.appointment_id
    where o.patient_id <> s.patient_id or a.patient_id <> s.patient_id
  `,
  'who comes to a group has a seat of it, and nobody else has': sql.unsafe`
    select p.appointment_id
    from scheduling.group_participant p
    join scheduling.appointment it on it.id = p.appointment_id
    where it.ends_at > core.now() and p.blocking <> (scheduling.blocks(it.status) and scheduling.group_of(it.id) is not null)
  `,
  'a group that is called off has nobody who comes': sql.unsafe`
    select p.appointment_id
    from scheduling.group_participant p
    join scheduling.appointment session on session.id = p.group_id
    where p.blocking and not scheduling.blocks(session.status)
  `,
  'who accepted an offer has its time, and waits no longer': sql.unsafe`
    select o.id
    from scheduling.waitlist_offer o
    join scheduling.waitlist_entry w on w.id = o.entry_id
    join scheduling.appointment a on a.id = o.appointment_id
    where o.status = 'accepted' and (w.status <> 'booked' or w.appointment_id <> a.id or w.patient_id <> a.patient_id)
  `,
};
