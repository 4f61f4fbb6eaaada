import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';

/** What a booking needs to know before it writes, in one question. */
const Wish = z.strictObject({
  past: z.boolean(),
  practitionerKnown: z.boolean(),
  serviceKnown: z.boolean(),
  placeKnown: z.boolean(),
  devicesKnown: z.boolean(),
  available: z.boolean(),
  locationId: z.uuid().nullable(),
});

/** The place is the one wished for, else that of the window. */
const weighWish = (
  tx: Db,
  wish: {
    practitionerId: string | null;
    serviceId: string | null;
    startsAt: string;
    endsAt: string;
    locationId: string | null;
    deviceIds: readonly string[];
  },
): Promise<z.infer<typeof Wish>> =>
  tx.one(sql.type(Wish)`
    select ${wish.startsAt}::timestamptz < core.now() as past,
      exists (select from facility.practitioner where id = ${wish.practitionerId} and active) as practitioner_known,
      ${wish.serviceId}::uuid is null or exists (select from facility.healthcare_service where id = ${wish.serviceId}::uuid and active) as service_known,
      ${wish.locationId}::uuid is null or exists (select from facility.location where id = ${wish.locationId}::uuid and status <> 'inactive') as place_known,
      not exists (
        select from unnest(${sql.array([...wish.deviceIds], 'uuid')}) wanted
        where not exists (select from facility.device d where d.id = wanted and d.status = 'active' and d.patient_id is null) -- shows no patient
      ) as devices_known,
      coalesce(range_agg(w.during) @> tstzrange(${wish.startsAt}, ${wish.endsAt}), false) as available,
      coalesce(${wish.locationId}::uuid, (array_agg(w.location_id) filter (where w.during @> ${wish.startsAt}::timestamptz))[1]) as location_id
    from scheduling.windows(${sql.array(wish.practitionerId === null ? [] : [wish.practitionerId], 'uuid')}, ${wish.startsAt}, ${wish.endsAt}) w
  `);

interface Wished {
  /** Null: nobody's working hours apply, as for a room or a device alone. */
  practitionerId: string | null;
  serviceId: string | null;
  startsAt: string;
  endsAt: string;
  locationId: string | null;
  /** Equipment of the house that is asked for by name. */
  deviceIds?: readonly string[];
}
/** The place of a wish that may be booked. */
export const weigh = async (tx: Db, wish: Wished): Promise<string | null> => {
  if (Temporal.Instant.compare(wish.startsAt, wish.endsAt) >= 0) throw refuse('appointment_ends_after_start');
  const { past, practitionerKnown, serviceKnown, placeKnown, devicesKnown, available, locationId } = await weighWish(
    tx,
    { deviceIds: [], ...wish },
  );
  if (past) throw refuse('appointment_in_past');
  if (wish.practitionerId !== null && !practitionerKnown) throw refuse('practitioner_unknown');
  if (!serviceKnown) throw refuse('service_unknown');
  if (!placeKnown) throw refuse('place_unknown');
  if (!devicesKnown) throw refuse('device_unknown');
  if (wish.practitionerId !== null && !available) throw refuse('appointment_outside_availability');
  return locationId;
};
