import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import type { Availability, NewAvailability } from './model.ts';
import * as q from './queries.ts';

/** @throws refusals not_found, version_stale, zone_unknown, availability_ends_after_start, availability_no_overlap */
export const setAvailability = async (
  tx: Db,
  practitionerId: string,
  version: number,
  defaultZone: string,
  wanted: NewAvailability,
): Promise<Availability> => {
  const before = await q.findAvailability(tx, practitionerId, defaultZone);
  if (!before) throw refuse('not_found');
  const current = await q.lockAvailability(tx, practitionerId);
  if (current !== version) throw refuse('version_stale', { version: current });
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
