import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { inSeriesJson } from '../../scheduling/api.ts';
import { BookableService, Visit, type Rules } from '../model.ts';

const visit = ({ cancelHours }: Rules) => sql.fragment`
  select a.id, a.version, a.status, a.starts_at, a.ends_at, a.practitioner_id, p.display_name as practitioner_name, l.name as location_name,
    d.name as department_name, a.service_id, s.name as service_name, a.reason, coalesce(s.telehealth, false) as telehealth, ${inSeriesJson('a.id')} as series,
    a.status in ('pending', 'booked') and a.practitioner_id is not null and a.service_id is not null
      and a.starts_at > core.now() + make_interval(hours => ${cancelHours}) as may_change
  from scheduling.appointment a
  left join facility.practitioner p on p.id = a.practitioner_id
  left join facility.location l on l.id = a.location_id
  left join facility.healthcare_service s on s.id = a.service_id
  left join facility.organization d on d.id = s.organization_id
`;

/** Still to come, or begun and not over, soonest first. */
export const listComingVisits = (own: Db, rules: Rules, limit: number): Promise<readonly Visit[]> =>
  own.any(sql.type(Visit)`
    ${visit(rules)}
    where a.status in ('pending', 'booked', 'arrived', 'checked-in') and a.ends_at > core.now() and a.held_until is null and ${maySee(own, 'a.patient_id')}
    order by a.starts_at, a.id
    limit ${limit}
  `);

export const getVisit = (own: Db, rules: Rules, id: string): Promise<Visit> =>
  own.one(sql.type(Visit)`
    ${visit(rules)} where a.id = ${id} and a.starts_at is not null and a.status <> 'entered-in-error' and ${maySee(own, 'a.patient_id')}
  `);

export const listServices = (
  db: Db,
  { services, approval }: Rules,
): Promise<readonly z.infer<typeof BookableService>[]> =>
  db.any(sql.type(BookableService)`
    select s.id, s.name, d.name as department_name, s.duration_minutes as minutes, s.id = any(${sql.array(approval, 'uuid')}) as approval
    from facility.healthcare_service s
    left join facility.organization d on d.id = s.organization_id
    where s.active and ${services === null ? sql.fragment`true` : sql.fragment`s.id = any(${sql.array(services, 'uuid')})`}
    order by d.name nulls last, s.name, s.id
    limit 200
  `);

export const areServices = (db: Db, ids: readonly string[]): Promise<boolean> =>
  db.oneFirst(sql.type(z.strictObject({ all: z.boolean() }))`
    select not exists (
      select from unnest(${sql.array([...ids], 'uuid')}) wanted where not exists (select from facility.healthcare_service s where s.id = wanted)
    ) as all
  `);

const Span = z.strictObject({ minutes: z.int(), leadMinutes: z.number(), aheadDays: z.number() });
/** How long the service takes, and how far from now the wish lies. */
export const spanOf = (db: Db, serviceId: string, startsAt: string): Promise<z.infer<typeof Span>> =>
  db.one(sql.type(Span)`
    select s.duration_minutes as minutes, (extract(epoch from ${startsAt}::timestamptz - core.now()) / 60)::float8 as lead_minutes,
      (extract(epoch from ${startsAt}::timestamptz - core.now()) / 86400)::float8 as ahead_days
    from facility.healthcare_service s
    where s.id = ${serviceId}
  `);

/** One after the other for one patient, so that two wishes at one moment cannot both be the last. */
export const lockBookings = (tx: Db, patientId: string): Promise<unknown> =>
  tx.query(sql.unsafe`select pg_advisory_xact_lock(hashtextextended(${`portal ${patientId}`}, 3))`);

export const countOpenBookings = (tx: Db, patientId: string): Promise<number> =>
  tx.oneFirst(sql.type(z.strictObject({ count: z.int() }))`
    select count(*)::integer as count
    from portal.booking b
    join scheduling.appointment a on a.id = b.appointment_id
    where b.patient_id = ${patientId} and a.status in ('pending', 'booked') and a.starts_at > core.now() and ${maySee(tx, 'b.patient_id')}
  `);

/** Times that are kept while they make up their mind; what the waitlist offers is none of theirs. */
export const countHolds = (tx: Db, patientId: string): Promise<number> =>
  tx.oneFirst(sql.type(z.strictObject({ count: z.int() }))`
    select count(*)::integer as count
    from scheduling.appointment a
    where a.patient_id = ${patientId} and a.status = 'pending' and a.held_until > core.now() and ${maySee(tx, 'a.patient_id')}
      and not exists (select from scheduling.waitlist_offer o where o.appointment_id = a.id and ${maySee(tx, 'o.patient_id')})
  `);

export const insertBooking = (
  tx: Db,
  it: { appointmentId: string; patientId: string; userId: string },
): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into portal.booking (appointment_id, patient_id, user_id) values (${it.appointmentId}, ${it.patientId}, ${it.userId})
  `);
