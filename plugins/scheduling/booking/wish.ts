import { z } from 'zod';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { inClockGap } from './clock-gap.ts';
import type { Channel } from './model.ts';
import type { Written } from './written.ts';

/** What a booking needs to know before it writes, in one question. */
const Wish = z.strictObject({
  past: z.boolean(),
  tooSoon: z.boolean(),
  tooFar: z.boolean(),
  leadMinutes: z.int().nullable(),
  horizonDays: z.int().nullable(),
  practitionerKnown: z.boolean(),
  serviceKnown: z.boolean(),
  placeKnown: z.boolean(),
  devicesKnown: z.boolean(),
  available: z.boolean(),
  /** False: it is by video, and there is no video system. */
  canTakePlace: z.boolean(),
  zone: z.string().nullable(),
  locationId: z.uuid().nullable(),
  /** The service needs a room or a device that nobody has named. */
  picks: z.boolean(),
});

export interface Wished {
  /** Null: nobody's working hours apply, as for a room or a device alone, or somebody is yet to be picked. */
  practitionerId: string | null;
  serviceId: string | null;
  startsAt: string;
  endsAt: string;
  locationId: string | null;
  /** Equipment of the house that is asked for by name. */
  deviceIds?: readonly string[];
  channel?: Channel;
  written?: Written | undefined;
}

/** Those who may be picked for a service: the active ones of its department, as scheduling.pick has it. */
const poolOf = (serviceId: string | null): Fragment => sql.fragment`array(
  select r.practitioner_id
  from facility.practitioner_role r
  join facility.healthcare_service s on s.organization_id = r.organization_id
  join facility.practitioner p on p.id = r.practitioner_id and p.active
  where s.id = ${serviceId}::uuid and r.active
)`;

/** Whether anybody who may be picked for the service works then, free or not. */
export const doesAnybodyWork = (
  tx: Db,
  wish: { serviceId: string; startsAt: string; endsAt: string },
): Promise<boolean> =>
  tx.exists(sql.unsafe`
    select from unnest(${poolOf(wish.serviceId)}) who
    where scheduling.is_available(who, tstzrange(${wish.startsAt}, ${wish.endsAt}), ${wish.serviceId}::uuid)
  `);

/** The place is the one wished for, else that of the window. */
const weighWish = (tx: Db, { deviceIds = [], channel = 'desk', ...wish }: Wished): Promise<z.infer<typeof Wish>> =>
  tx.one(sql.type(Wish)`
    select ${wish.startsAt}::timestamptz < core.now() as past, ${wish.startsAt}::timestamptz < door.earliest as too_soon, ${wish.startsAt}::timestamptz > door.latest as too_far,
      door.lead_minutes, door.horizon_days,
      exists (select from facility.practitioner where id = ${wish.practitionerId} and active) as practitioner_known,
      ${wish.serviceId}::uuid is null or exists (select from facility.healthcare_service where id = ${wish.serviceId}::uuid and active) as service_known,
      scheduling.can_take_place(${wish.serviceId}::uuid) as can_take_place,
      ${wish.locationId}::uuid is null or exists (select from facility.location where id = ${wish.locationId}::uuid and status <> 'inactive') as place_known,
      not exists (
        select from unnest(${sql.array([...deviceIds], 'uuid')}) wanted
        where not exists (select from facility.device d where d.id = wanted and d.status = 'active' and d.patient_id is null) -- shows no patient
      ) as devices_known,
      coalesce(hours.during @> tstzrange(${wish.startsAt}, ${wish.endsAt}), false) as available,
      (
        select s.zone
        from scheduling.schedule s
        where s.active and s.practitioner_id = any(case when ${wish.practitionerId}::uuid is null then ${poolOf(wish.serviceId)} else array[${wish.practitionerId}::uuid] end)
        order by s.id
        limit 1
      ) as zone,
      coalesce(${wish.locationId}::uuid, hours.location_id) as location_id,
      exists (
        select from facility.healthcare_service s
        where s.id = ${wish.serviceId}::uuid and (s.needs_room and coalesce(${wish.locationId}::uuid, hours.location_id) is null or s.needs_device_type is not null)
      ) as picks
    from scheduling.bounds(${wish.serviceId}, ${channel}) door
    cross join (
      select range_agg(w.during) as during, (array_agg(w.location_id) filter (where w.during @> ${wish.startsAt}::timestamptz))[1] as location_id
      from scheduling.windows(${sql.array(wish.practitionerId === null ? [] : [wish.practitionerId], 'uuid')}, ${wish.startsAt}, ${wish.endsAt}, ${wish.serviceId}) w
    ) hours
  `);

/** While a leave of theirs is decided this waits, and then knows of it. */
export const awaitLeave = (tx: Db, practitionerId: string): Promise<unknown> =>
  tx.query(sql.unsafe`select pg_advisory_xact_lock_shared(hashtextextended(${practitionerId}, 5))`);

/** Of an appointment to come that takes its time again: a leave was perhaps taken meanwhile. @throws refusal appointment_outside_availability */
export const demandNoLeave = async (
  tx: Db,
  it: { practitionerId: string | null; startsAt: string | null; endsAt: string | null },
): Promise<void> => {
  if (it.practitionerId === null || it.startsAt === null || it.endsAt === null) return;
  await awaitLeave(tx, it.practitionerId);
  const isAway = await tx.exists(sql.unsafe`
    select from scheduling.leave l
    where l.practitioner_id = ${it.practitionerId} and tstzrange(l.starts_at, l.ends_at) && tstzrange(${it.startsAt}, ${it.endsAt}) and ${it.startsAt} > core.now()
  `);
  if (isAway) throw refuse('appointment_outside_availability');
};

/**
 * The place of a wish that may be booked, and whether a room or a device is still to be picked for it.
 * @throws refusals appointment_ends_after_start, appointment_in_past, appointment_too_soon, appointment_too_far, appointment_in_clock_gap, appointment_outside_availability, practitioner_unknown, service_unknown, telehealth_not_set, place_unknown, device_unknown
 */
export const weigh = async (tx: Db, wish: Wished): Promise<{ locationId: string | null; picks: boolean }> => {
  if (Temporal.Instant.compare(wish.startsAt, wish.endsAt) >= 0) throw refuse('appointment_ends_after_start');
  if (wish.practitionerId !== null) await awaitLeave(tx, wish.practitionerId);
  const it = await weighWish(tx, wish);
  if (it.past) throw refuse('appointment_in_past');
  if (wish.practitionerId !== null && !it.practitionerKnown) throw refuse('practitioner_unknown');
  if (!it.serviceKnown) throw refuse('service_unknown');
  if (!it.canTakePlace) throw refuse('telehealth_not_set', { setting: 'OPENWARD_TELEHEALTH_URL' });
  if (!it.placeKnown) throw refuse('place_unknown');
  if (!it.devicesKnown) throw refuse('device_unknown');
  if (it.tooSoon) throw refuse('appointment_too_soon', { minutes: it.leadMinutes });
  if (it.tooFar) throw refuse('appointment_too_far', { days: it.horizonDays });
  const { zone } = it;
  if (zone !== null && wish.written?.some((text) => text !== undefined && inClockGap(text, zone)))
    throw refuse('appointment_in_clock_gap', { zone });
  if (wish.practitionerId !== null && !it.available) throw refuse('appointment_outside_availability');
  return { locationId: it.locationId, picks: it.picks };
};
