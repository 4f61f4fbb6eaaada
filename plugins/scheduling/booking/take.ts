import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import type { Slot } from '../slots/model.ts';
import { listSlots } from '../slots/queries.ts';
import type { Channel } from './model.ts';
import * as q from './queries.ts';
import { doesAnybodyWork } from './wish.ts';

/** People and places of an appointment take its time; false when one of them has it no more, and nothing may be committed. */
export const tryToTake = async (tx: Db, id: string, override: q.Override | null = null): Promise<boolean> => {
  const { taken, beyond, expired } = await q.takeTime(tx, id, override?.by ?? null);
  for (const hold of expired) await publish(tx, 'scheduling.hold-expired', hold, {});
  if (override && !beyond) await q.dropOverride(tx, id);
  return taken;
};

/**
 * As tryToTake, or it is refused with the next free times. `override`: beyond what they have time for, if need be; when there was none,
 * nothing of it is kept.
 */
export const take = async (
  tx: Db,
  id: string,
  { override = null, channel = 'desk' }: { override?: q.Override | null; channel?: Channel } = {},
): Promise<void> => {
  if (await tryToTake(tx, id, override)) return;
  const it = await q.factsOf(tx, id);
  if (!it.startsAt || !it.endsAt) throw refuse('appointment_has_time');
  const { practitionerId, locationId } = it;
  if (!practitionerId) throw refuse('occupancy_no_overlap', { next: [] });
  const room = locationId && !(await isUsualRoom(tx, { practitionerId, locationId })) ? locationId : null;
  const also = [it.patientId, room, ...it.alsoTaken].filter((actor) => actor !== null);
  throw refuse('occupancy_no_overlap', {
    next: await nextFree(tx, { ...it, startsAt: it.startsAt, endsAt: it.endsAt, practitionerId, also, channel }),
  });
};

/** Whether the practitioner works there anyway: then free times bring the room with them. */
const isUsualRoom = (tx: Db, by: { practitionerId: string; locationId: string }): Promise<boolean> =>
  tx.exists(sql.unsafe`
    select from scheduling.availability a where a.practitioner_id = ${by.practitionerId} and a.location_id = ${by.locationId}
  `);

interface Next {
  /** Null: anybody of the service's department. */
  practitionerId: string | null;
  serviceId: string | null;
  startsAt: string;
  endsAt: string;
  also: readonly string[];
  channel: Channel;
}
/** Three free times of the same length, the first ones after the wished start. */
export const nextFree = async (tx: Db, wish: Next): Promise<readonly Slot[]> => {
  const from = Temporal.Instant.from(wish.startsAt);
  return listSlots(tx, {
    practitionerId: wish.practitionerId ?? undefined,
    serviceId: wish.serviceId ?? undefined,
    length: Math.max(1, Math.round(from.until(wish.endsAt).total('minutes'))),
    from: wish.startsAt,
    to: from.add({ hours: 180 * 24 }).toString(),
    limit: 3,
    also: wish.also,
    channel: wish.channel,
  });
};

const Picked = z.strictObject({
  practitionerId: z.uuid().nullable(),
  locationId: z.uuid().nullable(),
  deviceId: z.uuid().nullable(),
});
/** Who and what the service takes besides what is named; whoever picks for one service does so in turn. Practitioner null: there is none. */
export const pick = (
  tx: Db,
  it: {
    serviceId: string;
    practitionerId: string | null;
    locationId: string | null;
    deviceIds: readonly string[];
    startsAt: string;
    endsAt: string;
  },
): Promise<z.infer<typeof Picked>> =>
  tx.one(sql.type(Picked)`
    select p.practitioner_id, p.location_id, p.device_id
    from scheduling.pick(${it.serviceId}, tstzrange(${it.startsAt}, ${it.endsAt}), ${it.practitionerId}, ${it.locationId}, ${sql.array([...it.deviceIds], 'uuid')}) p
  `);

/**
 * The same for whoever books: all that the service needs, or nothing. `alsoTaken` comes along, and says what need not be picked.
 * @throws refusals appointment_outside_availability (of everybody who would do), occupancy_no_overlap with their next three free times
 */
export const pickFor = async (
  tx: Db,
  wish: {
    patientId: string | null;
    practitionerId: string | null;
    locationId: string | null;
    serviceId: string;
    alsoTaken: readonly string[];
    startsAt: string;
    endsAt: string;
    channel: Channel;
  },
): Promise<Pick<q.AppointmentColumns, 'practitionerId' | 'locationId' | 'alsoTaken'>> => {
  const { deviceId, ...picked } = await pick(tx, { ...wish, deviceIds: wish.alsoTaken });
  if (picked.practitionerId === null) {
    if (wish.practitionerId === null && !(await doesAnybodyWork(tx, wish)))
      throw refuse('appointment_outside_availability');
    throw refuse('occupancy_no_overlap', {
      next: await nextFree(tx, { ...wish, also: [wish.patientId, ...wish.alsoTaken].filter((id) => id !== null) }),
    });
  }
  return { ...picked, alsoTaken: [...wish.alsoTaken, ...(deviceId === null ? [] : [deviceId])] };
};
