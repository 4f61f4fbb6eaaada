import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import type { Availability, NewAvailability } from './model.ts';
import * as q from './queries.ts';

/** @throws refusal not_found, zone_unknown, availability_no_overlap */
export const setAvailability = async (
  tx: Db,
  practitionerId: string,
  defaultZone: string,
  wanted: NewAvailability,
): Promise<Availability> => {
  const before = await q.findAvailability(tx, practitionerId, defaultZone);
  if (!before) throw refuse('not_found');
  const zone = wanted.zone ?? before.zone;
  if (!isZone(zone)) throw refuse('zone_unknown');
  for (const it of [...wanted.windows, ...(wanted.exceptions ?? [])])
    if (it.endTime <= it.startTime) throw refuse('availability_ends_after_start');
  await q.replaceAvailability(tx, practitionerId, zone, wanted);
  await publish(tx, 'scheduling.availability-changed', practitionerId, {});
  return (await q.findAvailability(tx, practitionerId, zone))!;
};

export const isZone = (zone: string): boolean => {
  try {
    return /^[A-Z]/.test(zone) && Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
};
