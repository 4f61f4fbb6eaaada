import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { insertLocation, touchLocation, updateLocation } from '../../facility/api.ts';
import type { Bed, NewBed, NewState, Ward, WardInput } from '../model.ts';
import * as q from '../queries/beds.ts';

/** Only of a bed without a patient. @throws 404, version_stale; refusal bed_has_patient */
export const changeState = async (tx: Db, at: { id: string; version: number }, to: NewState): Promise<Bed> => {
  const [bed] = await q.lockBeds(tx, [at.id]);
  if (!bed) throw refuse('not_found');
  if (bed.version !== at.version) throw refuse('version_stale', { version: bed.version });
  if (await q.isTaken(tx, at.id, null)) throw refuse('bed_has_patient');
  await q.setState(tx, at.id, to);
  await touchLocation(tx, at.id, ['operationalStatus']);
  await publish(tx, 'inpatient.bed-state-changed', at.id, {
    wardId: bed.wardId,
    state: to.state,
    previousState: bed.state,
  });
  return q.getBed(tx, at.id);
};

const placeOf = (it: WardInput) => ({ name: it.name, kind: 'ward' as const, departmentId: it.departmentId ?? null });

export const addWard = async (tx: Db, it: WardInput): Promise<Ward> => {
  const id = await insertLocation(tx, placeOf(it));
  await q.insertWard(tx, id, it);
  await publish(tx, 'inpatient.ward-changed', id);
  return q.getWard(tx, id);
};

/** @throws 404, version_stale */
export const amendWard = async (tx: Db, at: { id: string; version: number }, it: WardInput): Promise<Ward> => {
  const before = await q.getWard(tx, at.id);
  if ((await q.updateWard(tx, at.id, at.version, it)) === null)
    throw refuse('version_stale', { version: before.version });
  await updateLocation(tx, at.id, null, placeOf(it));
  await publish(tx, 'inpatient.ward-changed', at.id);
  return q.getWard(tx, at.id);
};

/** In its room, which is made when the ward has none of this name; without a room straight in the ward. @throws 404 */
export const addBed = async (tx: Db, it: NewBed): Promise<Bed> => {
  const { departmentId } = await q.getWard(tx, it.wardId);
  const place = { departmentId, active: true };
  const room =
    it.roomName === undefined
      ? it.wardId
      : ((await q.findRoom(tx, it.wardId, it.roomName)) ??
        (await insertLocation(tx, { ...place, name: it.roomName, kind: 'room', parentId: it.wardId })));
  const id = await insertLocation(tx, { ...place, name: it.name, kind: 'bed', parentId: room });
  await q.insertBed(tx, id, it);
  await publish(tx, 'inpatient.ward-changed', it.wardId);
  return q.getBed(tx, id);
};
