import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { findPractitionerOfUser, getPractitioner } from '../../facility/api.ts';
import type { Acknowledgement, Call, CriticalResult } from '../model/critical.ts';
import * as q from '../queries/critical.ts';

/** As whom the user asks for critical results; null when they are nobody's practitioner. */
export const askerOf = async (db: Db): Promise<q.Asker | null> => {
  const found = await findPractitionerOfUser(db, db.actor.id);
  return found && { id: found.id, departmentId: found.departmentId };
};

/** What was read back counts as the value when the number is the same: 6,90 is 6.9. */
const sameAs = (value: string, readBack: string): string => {
  const [said, meant] = [readBack, value].map((text) => Number(text.trim().replace(',', '.')));
  return said === meant || readBack.trim().toLowerCase() === value.toLowerCase() ? value : readBack.trim();
};

const settle = async (tx: Db, id: string, version: number, told: q.Told): Promise<CriticalResult> => {
  const me = await askerOf(tx);
  const before = await q.getCritical(tx, id, me);
  if (before.acknowledgedAt !== null) throw refuse('acknowledged_once', { by: before.acknowledgedByName });
  const done = await q.acknowledge(tx, id, version, { ...told, readBack: sameAs(before.value, told.readBack) });
  if (done === null) throw refuse('version_stale', { version: before.version });
  await publish(tx, 'laboratory.critical-acknowledged', id, {
    patientId: before.patient.id,
    by: told.practitionerId,
    channel: told.channel,
  });
  return q.getCritical(tx, id, me);
};

/** Read and repeated by the person who acts. @throws 404, version_stale; refusal acknowledge_needs_name, acknowledged_once, read_back_is_the_value */
export const acknowledgeCritical = async (
  tx: Db,
  id: string,
  version: number,
  it: Acknowledgement,
): Promise<CriticalResult> => {
  const me = await askerOf(tx);
  if (!me) throw refuse('acknowledge_needs_name');
  return settle(tx, id, version, {
    practitionerId: me.id,
    channel: 'screen',
    readBack: it.readBack,
    note: it.note ?? null,
  });
};

/** Told by telephone, repeated by the person called. @throws as above */
export const callCritical = async (tx: Db, id: string, version: number, it: Call): Promise<CriticalResult> => {
  const { id: practitionerId } = await getPractitioner(tx, it.practitionerId);
  return settle(tx, id, version, {
    practitionerId,
    channel: 'telephone',
    readBack: it.readBack,
    note: it.note ?? null,
  });
};

/** @throws 404, version_stale; refusal acknowledged_once */
export const assignCritical = async (
  tx: Db,
  id: string,
  version: number,
  practitionerId: string,
): Promise<CriticalResult> => {
  const me = await askerOf(tx);
  const before = await q.getCritical(tx, id, me);
  if (before.acknowledgedAt !== null) throw refuse('acknowledged_once', { by: before.acknowledgedByName });
  await getPractitioner(tx, practitionerId);
  if ((await q.assign(tx, id, version, practitionerId)) === null)
    throw refuse('version_stale', { version: before.version });
  await publish(tx, 'laboratory.critical-assigned', id, { patientId: before.patient.id, ownerId: practitionerId });
  return q.getCritical(tx, id, me);
};
