import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { Series, takenKinds, type Change, type NewSeries, type Scope, type TakenKind } from './model.ts';

const Id = z.strictObject({ id: z.uuid() });

/** With all its dates, in order. */
export const getSeries = (db: Db, id: string): Promise<Series> =>
  db.one(sql.type(Series)`
    select s.id, s.version, s.patient_id, s.practitioner_id, p.display_name as practitioner_name, s.service_id, h.name as service_name, s.location_id, s.reason,
      s.zone, s.start_on, to_char(s.start_time, 'HH24:MI') as start_time, s.minutes, s.frequency, s.every, s.weekdays, s.nth, s.last_on, s.shift_days, s.device_ids,
      cardinality(s.cancelled_last) as cancelled_last,
      (
        select coalesce(json_agg(json_build_object(
          'on', o.occurs_on, 'appointmentId', a.id, 'status', a.status, 'startsAt', core.json_time(a.starts_at), 'endsAt', core.json_time(a.ends_at),
          'practitionerId', a.practitioner_id, 'isException', coalesce(${isException}, false), 'mayChange', coalesce(${mayChange}, false)
        ) order by o.occurs_on), '[]')
        from scheduling.occurrence o
        left join scheduling.appointment a on a.id = o.appointment_id
        where o.series_id = s.id
      ) as occurrences
    from scheduling.series s
    join facility.practitioner p on p.id = s.practitioner_id
    join facility.healthcare_service h on h.id = s.service_id
    where s.id = ${id} and ${maySee(db, 's.patient_id')}
  `);

/** It is otherwise than the series says. */
const isException = sql.fragment`(a.starts_at, a.ends_at, a.practitioner_id) is distinct from (o.starts_at, o.ends_at, o.practitioner_id)`;
const mayChange = sql.fragment`a.status in ('pending', 'booked') and a.held_until is null and a.starts_at > core.now()`;

export const insertSeries = (tx: Db, it: NewSeries, lastOn: string): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into scheduling.series (patient_id, practitioner_id, location_id, service_id, device_ids, reason, zone, start_on, start_time, minutes, frequency, every, weekdays, nth, last_on)
    values (${it.patientId}, ${it.practitionerId}, ${it.locationId ?? null}, ${it.serviceId}, ${sql.array(it.deviceIds ?? [], 'uuid')}, ${it.reason ?? null}, ${it.zone},
      ${it.startOn}, ${it.startTime}, ${it.minutes}, ${it.rule.frequency}, ${it.rule.every}, ${sql.array([...(it.rule.weekdays ?? [])], 'int2')}, ${it.rule.nth ?? null}, ${lastOn})
    returning id
  `);

export interface Stands {
  on: string;
  startsAt: string;
  endsAt: string;
  practitionerId: string;
}
/** `it` null: the date is left out, for good. */
export const insertOccurrence = (
  tx: Db,
  series: { id: string; patientId: string },
  on: string,
  appointmentId: string | null,
  it: Stands | null,
): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into scheduling.occurrence (series_id, occurs_on, patient_id, appointment_id, starts_at, ends_at, practitioner_id)
    values (${series.id}, ${on}, ${series.patientId}, ${appointmentId}, ${it?.startsAt ?? null}, ${it?.endsAt ?? null}, ${it?.practitionerId ?? null})
  `);

/** What the series says of an appointment from now on. */
export const setOccurrence = (tx: Db, appointmentId: string, it: Stands): Promise<unknown> =>
  tx.query(sql.unsafe`
    update scheduling.occurrence set starts_at = ${it.startsAt}, ends_at = ${it.endsAt}, practitioner_id = ${it.practitionerId}
    where appointment_id = ${appointmentId} and ${maySee(tx, 'patient_id')}
  `);

export const lockForSeries = (tx: Db, practitioners: readonly string[], serviceId: string): Promise<unknown> =>
  tx.query(sql.unsafe`select scheduling.lock_for_series(${sql.array([...practitioners], 'uuid')}, ${serviceId})`);

/** All that these appointments take, and all that others with this practitioner may, is held alone. */
export const lockAllOf = (
  tx: Db,
  ids: readonly string[],
  practitionerId: string,
  serviceId: string,
): Promise<unknown> =>
  tx.query(sql.unsafe`
    select scheduling.lock_all_of(${sql.array([...ids], 'uuid')}, array(select scheduling.actors_around(${practitionerId}, ${serviceId})))
  `);

export const giveWay = (tx: Db, ids: readonly string[]): Promise<unknown> =>
  tx.query(sql.unsafe`select scheduling.give_way(${sql.array([...ids], 'uuid')})`);

const Reached = z.strictObject({
  id: z.uuid(),
  on: z.string(),
  startsAt: z.string(),
  practitionerId: z.uuid(),
});
export type Reached = z.infer<typeof Reached>;

/** The date from which it is asked is always meant, also when it was changed on its own. */
const within = ({ scope, on = '', exceptions = 'keep' }: Scope) =>
  sql.and([
    scope === 'this' && sql.fragment`o.occurs_on = ${on}::date`,
    scope === 'following' && sql.fragment`o.occurs_on >= ${on}::date`,
    scope === 'following' && exceptions === 'keep' && sql.fragment`(not ${isException} or o.occurs_on = ${on}::date)`,
    scope === 'all' && exceptions === 'keep' && sql.fragment`(not ${isException} or o.occurs_on = ${on || null}::date)`,
  ]);

/** The appointments that a change reaches, each locked, with what the series said of it, of the one it is asked from as it stands; the next first. */
export const lockReached = async (tx: Db, id: string, scope: Scope): Promise<readonly Reached[]> => {
  await tx.query(sql.unsafe`
    select a.id from scheduling.appointment a join scheduling.occurrence o on o.appointment_id = a.id
    where o.series_id = ${id} and ${maySee(tx, 'a.patient_id')} order by a.id for update of a
  `);
  return tx.any(sql.type(Reached)`
    select a.id, o.occurs_on as on,
      case when o.occurs_on = ${scope.on ?? null}::date then a.starts_at else o.starts_at end as starts_at,
      case when o.occurs_on = ${scope.on ?? null}::date then coalesce(a.practitioner_id, o.practitioner_id) else o.practitioner_id end as practitioner_id
    from scheduling.occurrence o
    join scheduling.appointment a on a.id = o.appointment_id
    where o.series_id = ${id} and ${mayChange} and ${within(scope)} and ${maySee(tx, 'a.patient_id')}
    order by o.occurs_on
  `);
};

/** The note of those that it reaches, called-off ones among them. */
export const setReasons = (tx: Db, id: string, scope: Scope, reason: string | null): Promise<unknown> =>
  tx.query(sql.unsafe`
    update scheduling.appointment it set reason = ${reason}
    from scheduling.occurrence o join scheduling.appointment a on a.id = o.appointment_id
    where a.id = it.id and o.series_id = ${id} and (${mayChange} or a.status = 'cancelled' and a.starts_at > core.now())
      and ${within(scope)} and it.reason is distinct from ${reason}::text and ${maySee(tx, 'it.patient_id')}
  `);

/** Null when the version is no longer that one; as of the other updates. */
export const changeSeries = (tx: Db, id: string, version: number, to: Change): Promise<unknown> =>
  tx.maybeOne(sql.unsafe`
    update scheduling.series
    set cancelled_last = '{}', shift_days = shift_days + ${to.scope === 'this' ? 0 : (to.shiftDays ?? 0)}
      ${
        to.scope === 'this'
          ? sql.fragment``
          : sql.fragment`
        , start_time = coalesce(${to.startTime ?? null}::time, start_time), minutes = coalesce(${to.minutes ?? null}::integer, minutes),
        practitioner_id = coalesce(${to.practitionerId ?? null}::uuid, practitioner_id),
        location_id = case when ${to.locationId ?? null}::uuid is not null or ${to.practitionerId ?? null}::uuid is not null then ${to.locationId ?? null}::uuid else location_id end,
        reason = case when ${to.reason !== undefined} then ${to.reason ?? null} else reason end`
      }
    where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')}
    returning id
  `);

export const extendSeries = (tx: Db, id: string, version: number, lastOn: string): Promise<unknown> =>
  tx.maybeOne(sql.unsafe`
    update scheduling.series set last_on = ${lastOn}, cancelled_last = '{}'
    where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')}
    returning id
  `);

/** What undo takes back. */
export const setCancelled = (tx: Db, id: string, version: number, ids: readonly string[]): Promise<unknown> =>
  tx.maybeOne(sql.unsafe`
    update scheduling.series set cancelled_last = ${sql.array([...ids], 'uuid')}
    where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')}
    returning id
  `);

const Cancelled = z.strictObject({
  id: z.uuid(),
  version: z.int(),
  on: z.string(),
  startsAt: z.string(),
  endsAt: z.string(),
});
/** Those that the last cancellation called off and nobody has taken back since, each locked. */
export const lockCancelled = (tx: Db, id: string): Promise<readonly z.infer<typeof Cancelled>[]> =>
  tx.any(sql.type(Cancelled)`
    select a.id, a.version, o.occurs_on as on, a.starts_at, a.ends_at
    from scheduling.series s
    join scheduling.occurrence o on o.series_id = s.id
    join scheduling.appointment a on a.id = o.appointment_id
    where s.id = ${id} and a.id = any (s.cancelled_last) and a.status = 'cancelled' and ${maySee(tx, 's.patient_id')}
    order by a.id
    for update of a
  `);

/** Who or what of a wish is not free at its time, the patient first; null: all are. Their buffers count, but for the patient. */
export const whoIsTaken = async (
  db: Db,
  it: {
    patientId: string;
    practitionerId: string | null;
    locationId: string | null;
    alsoTaken: readonly string[];
    serviceId: string | null;
    startsAt: string;
    endsAt: string;
  },
): Promise<TakenKind | null> =>
  db.maybeOneFirst(sql.type(z.strictObject({ kind: z.enum(takenKinds) }))`
    select actor.kind
    from (
      select tstzrange(${it.startsAt}, ${it.endsAt}) as wanted,
        tstzrange(${it.startsAt}::timestamptz - make_interval(mins => coalesce(max(s.buffer_before_minutes), 0)),
          ${it.endsAt}::timestamptz + make_interval(mins => coalesce(max(s.buffer_after_minutes), 0))) as kept
      from facility.healthcare_service s where s.id = ${it.serviceId}::uuid
    ) time
    cross join (
      values (1, 'patient', ${it.patientId}::uuid), (2, 'practitioner', ${it.practitionerId}::uuid), (3, 'location', ${it.locationId}::uuid)
      union all select 4, 'device', d from unnest(${sql.array([...it.alsoTaken], 'uuid')}) d
    ) actor (place, kind, id)
    join lateral scheduling.busy(array[actor.id], lower(time.kept), upper(time.kept)) b on true
    where actor.id is not null and b.during && case actor.place when 1 then time.wanted else time.kept end
    order by actor.place
    limit 1
  `);
