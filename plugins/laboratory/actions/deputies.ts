import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { getPractitioner } from '../../facility/api.ts';
import type { Deputy, NewDeputy } from '../model/critical.ts';
import { handOver } from '../queries/critical.ts';
import * as q from '../queries/deputies.ts';

/** What waits for the one who is away is the deputy's at once. @throws not_found, deputy_is_another, deputy_is_away, deputy_ends_after_start, deputy_one_at_a_time */
export const addDeputy = async (tx: Db, it: NewDeputy, zone: string): Promise<Deputy> => {
  if (it.endsOn < it.startsOn) throw refuse('deputy_ends_after_start');
  for (const id of [it.practitionerId, it.deputyId]) await getPractitioner(tx, id);
  if (await q.isAway(tx, it, zone)) throw refuse('deputy_is_away');
  const id = await q.insertDeputy(tx, it, zone);
  if (id === null) throw refuse('deputy_one_at_a_time');
  for (const { id: result, patientId, ownerId } of await handOver(tx, it.practitionerId))
    await publish(tx, 'laboratory.critical-assigned', result, { patientId, ownerId });
  await publish(tx, 'laboratory.deputy-changed', id);
  return q.getDeputy(tx, id, zone);
};

/** @throws not_found, version_stale */
export const endDeputy = async (tx: Db, id: string, version: number, zone: string): Promise<void> => {
  const before = await q.getDeputy(tx, id, zone);
  if ((await q.endDeputy(tx, id, version)) === null) throw refuse('version_stale', { version: before.version });
  await publish(tx, 'laboratory.deputy-changed', id);
};
