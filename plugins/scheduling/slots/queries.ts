import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { Slot } from './model.ts';

interface SlotWish {
  practitionerId?: string | undefined;
  serviceId?: string | undefined;
  departmentId?: string | undefined;
  /** Minutes; without it the service's duration. */
  length?: number;
  /** Left out: now. */
  from?: string | undefined;
  /** Left out: 14 days after `from`; half a year at most. */
  to?: string | undefined;
  limit: number;
  /** Who else must be free. */
  also?: readonly string[];
}

/** When a hidden patient is busy is as hidden as the patient: their time counts as that of nobody. */
const whoseTimeShows = (db: Db, actors: readonly string[]): Fragment => sql.fragment`array(
  select actor from unnest(${sql.array([...actors], 'uuid')}) actor
  left join patients.patient p on p.id = actor
  where p.id is null or ${maySee(db, 'p.id')}
)`;

/**
 * Free times, earliest first. Without a practitioner those of the service's department are asked; without a service the
 * first of the department gives the length.
 */
export const listSlots = (db: Db, wish: SlotWish): Promise<readonly Slot[]> =>
  db.any(sql.type(Slot)`
    with wish as (
      select s.id as service_id, coalesce(${wish.length ?? null}::integer, s.duration_minutes) as minutes, coalesce(${wish.from ?? null}::timestamptz, core.now()) as from_at,
        case when ${wish.practitionerId ?? null}::uuid is not null then array[${wish.practitionerId ?? null}::uuid] else array(
          select r.practitioner_id from facility.practitioner_role r
          where r.active and r.practitioner_id is not null and r.organization_id = coalesce(${wish.departmentId ?? null}::uuid, s.organization_id)
        ) end as practitioners
      from facility.healthcare_service s
      where case when ${wish.serviceId ?? null}::uuid is not null then s.id = ${wish.serviceId ?? null}::uuid
        else s.active and s.organization_id = coalesce(${wish.departmentId ?? null}::uuid,
          (select c.department_id from facility.practitioner_card c where c.id = ${wish.practitionerId ?? null}::uuid)) end
      order by s.name, s.id
      limit 1
    )
    select b.practitioner_id, p.display_name as practitioner_name, b.location_id, l.name as location_name, wish.service_id, b.starts_at as start, b.ends_at as "end"
    from wish
    cross join lateral scheduling.bookable(wish.practitioners, make_interval(mins => wish.minutes), wish.from_at,
      least(coalesce(${wish.to ?? null}::timestamptz, wish.from_at + interval '14 days'), wish.from_at + interval '184 days'), ${wish.limit}, ${whoseTimeShows(db, wish.also ?? [])}) b
    join facility.practitioner p on p.id = b.practitioner_id
    left join facility.location l on l.id = b.location_id
    order by b.starts_at, p.display_name, p.id
    limit ${wish.limit}
  `);
