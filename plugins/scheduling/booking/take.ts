import { sql, type Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import type { Slot } from '../slots/model.ts';
import { listSlots } from '../slots/queries.ts';
import * as q from './queries.ts';

/** People and places of an appointment take its time, or it is refused with the next free times. */
export const take = async (tx: Db, id: string): Promise<void> => {
  const { patientId, practitionerId, locationId, serviceId, startsAt, endsAt, alsoTaken } = await q.factsOf(tx, id);
  if (!startsAt || !endsAt) throw refuse('appointment_has_time');
  const actors = [patientId, practitionerId, locationId, ...alsoTaken];
  if (await q.takeTime(tx, { id, patientId, actors, startsAt, endsAt })) return;
  if (!practitionerId) throw refuse('occupancy_no_overlap', { next: [] });
  const room = locationId && !(await isUsualRoom(tx, { practitionerId, locationId })) ? locationId : null;
  const also = [patientId, room, ...alsoTaken].filter((actor) => actor !== null);
  throw refuse('occupancy_no_overlap', {
    next: await nextFree(tx, { practitionerId, serviceId, startsAt, endsAt, also }),
  });
};

/** Whether the practitioner works there anyway: then free times bring the room with them. */
const isUsualRoom = (tx: Db, by: { practitionerId: string; locationId: string }): Promise<boolean> =>
  tx.exists(sql.unsafe`
    select from scheduling.availability a where a.practitioner_id = ${by.practitionerId} and a.location_id = ${by.locationId}
  `);

/** Three free times of the same length with the same practitioner, the first ones after the wished start. */
const nextFree = async (
  tx: Db,
  wish: { practitionerId: string; serviceId: string | null; startsAt: string; endsAt: string; also: string[] },
): Promise<readonly Slot[]> => {
  const from = Temporal.Instant.from(wish.startsAt);
  return listSlots(tx, {
    practitionerId: wish.practitionerId,
    serviceId: wish.serviceId ?? undefined,
    length: Math.max(1, Math.round(from.until(wish.endsAt).total('minutes'))),
    from: wish.startsAt,
    to: from.add({ hours: 180 * 24 }).toString(),
    limit: 3,
    also: wish.also,
  });
};
