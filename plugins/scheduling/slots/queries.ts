import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import type { Channel } from '../booking/model.ts';
import { Slot } from './model.ts';

interface SlotWish {
  practitionerId?: string | undefined;
  serviceId?: string | undefined;
  departmentId?: string | undefined;
  /** As the roles of practitioners have it, in whatever case. */
  specialty?: string | undefined;
  /** Where: a room, or a place with all that lies in it. */
  locationId?: string | undefined;
  /** Minutes; without it the service's duration. */
  length?: number | undefined;
  /** Left out: now. */
  from?: string | undefined;
  /** Left out: 14 days after `from`; half a year at most. */
  to?: string | undefined;
  limit: number;
  /** Who else must be free. */
  also?: readonly string[];
  /** What the service allows at this door. */
  channel?: Channel;
}

/** When a hidden patient is busy is as hidden as the patient: their time counts as that of nobody. */
const whoseTimeShows = (db: Db, actors: readonly string[]): Fragment => sql.fragment`array(
  select actor from unnest(${sql.array([...actors], 'uuid')}) actor
  left join patients.patient p on p.id = actor
  where p.id is null or ${maySee(db, 'p.id')}
)`;

/** The places that lie in this one, itself among them. */
const within = (locationId: string | undefined): Fragment =>
  locationId === undefined
    ? sql.fragment`null::uuid[]`
    : sql.fragment`array(
        with recursive down (id, depth) as (
          select ${locationId}::uuid, 1 union all select l.id, down.depth + 1 from down join facility.location l on l.parent_id = down.id where down.depth < 12
        )
        select id from down
      )`;

/**
 * Free times, earliest first: of a practitioner, else of those of the department (of the service's when none is named), else of those of a
 * specialty. Without a service the first of the department, or of one with the specialty, gives length and rules.
 */
export const listSlots = (db: Db, wish: SlotWish): Promise<readonly Slot[]> => {
  const [practitionerId, serviceId, departmentId] = [wish.practitionerId, wish.serviceId, wish.departmentId].map(
    (id) => sql.fragment`${id ?? null}::uuid`,
  ) as [Fragment, Fragment, Fragment];
  const specialty = sql.fragment`${wish.specialty ?? null}::text`;
  return db.any(sql.type(Slot)`
    with wish as (
      select s.id as service_id, coalesce(${wish.length ?? null}::integer, s.duration_minutes) as minutes, coalesce(${wish.from ?? null}::timestamptz, core.now()) as from_at,
        case when ${practitionerId} is not null then array[${practitionerId}] else array(
          select r.practitioner_id from facility.practitioner_role r
          where r.active and r.practitioner_id is not null
            and (coalesce(${departmentId}, s.organization_id) is null or r.organization_id = coalesce(${departmentId}, s.organization_id))
            and (${specialty} is null or lower(r.specialty) = lower(${specialty}))
        ) end as practitioners
      from (select) one
      left join facility.healthcare_service s on case when ${serviceId} is not null then s.id = ${serviceId}
        else s.active and s.organization_id = coalesce(${departmentId}, (select c.department_id from facility.practitioner_card c where c.id = ${practitionerId}),
          (select r.organization_id from facility.practitioner_role r where r.active and lower(r.specialty) = lower(${specialty}) order by r.id limit 1)) end
      order by s.name, s.id
      limit 1
    )
    select b.practitioner_id, p.display_name as practitioner_name, b.location_id, l.name as location_name, wish.service_id, b.starts_at as start, b.ends_at as "end"
    from wish
    cross join lateral scheduling.bookable(wish.practitioners, make_interval(mins => wish.minutes), wish.from_at,
      least(coalesce(${wish.to ?? null}::timestamptz, wish.from_at + interval '14 days'), wish.from_at + interval '184 days'), ${wish.limit},
      ${whoseTimeShows(db, wish.also ?? [])}, wish.service_id, ${wish.channel ?? 'desk'}, ${within(wish.locationId)}) b
    join facility.practitioner p on p.id = b.practitioner_id
    left join facility.location l on l.id = b.location_id
    where wish.minutes is not null
    order by b.starts_at, p.display_name, p.id
    limit ${wish.limit}
  `);
};
