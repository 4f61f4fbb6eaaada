import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { touchLocation } from '../../facility/api.ts';
import type { Stay } from '../model.ts';
import * as beds from '../queries/beds.ts';

/** Elements of the FHIR visit and place that this plugin tells. */
export const visitElements = ['location', 'hospitalization', 'status', 'period'];
const placeElements = ['operationalStatus'];
const changed = (tx: Db, bedId: string) => touchLocation(tx, bedId, placeElements);

const free = async (tx: Db, bedId: string) => ({ free: await beds.listFreeBeds(tx, bedId, 5) });

/** Beds held, the wished one ready. @throws not_found, bed_not_ready */
const ready = async (tx: Db, bedId: string, others: readonly string[]): Promise<beds.Held> => {
  const bed = (await beds.lockBeds(tx, [bedId, ...others])).find(({ id }) => id === bedId);
  if (!bed) throw refuse('bed_unknown');
  if (bed.state !== 'U') throw refuse('bed_not_ready', { state: bed.state, ...(await free(tx, bedId)) });
  return bed;
};

/** Into a bed, out of the one before, which goes to housekeeping. */
export const enter = async (tx: Db, stay: Stay, bedId: string): Promise<{ bed: beds.Held; at: string }> => {
  const bed = await ready(tx, bedId, stay.bed ? [stay.bed.bedId] : []);
  const at = await beds.momentFor(tx, { bedId, patientId: stay.patientId });
  if (stay.bed) await beds.leaveBed(tx, stay.id, at);
  const taken = await beds.takeBed(tx, { stayId: stay.id, patientId: stay.patientId, bed, status: 'active', at });
  if (taken === null) throw await whyNot(tx, stay, bedId);
  if (stay.bed) await toHousekeeping(tx, stay.bed.bedId);
  await changed(tx, bedId);
  return { bed, at };
};

export const hold = async (tx: Db, stay: Stay, bedId: string): Promise<void> => {
  const bed = await ready(tx, bedId, []);
  const at = await beds.momentFor(tx, { bedId, patientId: stay.patientId });
  const taken = await beds.takeBed(tx, { stayId: stay.id, patientId: stay.patientId, bed, status: 'reserved', at });
  if (taken === null) throw refuse('bed_no_two_patients', await free(tx, bedId));
};

const whyNot = async (tx: Db, stay: Stay, bedId: string) =>
  !(await beds.isTaken(tx, bedId, stay.id)) && (await beds.isInBed(tx, stay.patientId))
    ? refuse('patient_in_one_bed')
    : refuse('bed_no_two_patients', await free(tx, bedId));

/** Whatever bed is kept for the stay is kept no longer. */
export const release = async (tx: Db, stay: Stay): Promise<void> => {
  if (stay.reserved) await beds.undo(tx, stay.id, 'reserved');
};

/** Gives when the patient left. */
export const leave = async (tx: Db, stay: Stay): Promise<string> => {
  const bedId = stay.bed!.bedId;
  await beds.lockBeds(tx, [bedId]);
  const at = await beds.momentFor(tx, { bedId, patientId: stay.patientId });
  await beds.leaveBed(tx, stay.id, at);
  await toHousekeeping(tx, bedId);
  return at;
};

/** Back into the bed that was left last, as if it had not been left. @throws bed_no_two_patients */
export const returned = async (tx: Db, stay: Stay): Promise<string> => {
  const last = await beds.findLastBed(tx, stay.id);
  if (!last) throw refuse('stay_no_transfer');
  await beds.lockBeds(tx, [last.bedId, ...(stay.bed ? [stay.bed.bedId] : [])]);
  if (await beds.isTaken(tx, last.bedId, stay.id)) throw refuse('bed_no_two_patients', await free(tx, last.bedId));
  if (stay.bed) {
    await beds.undo(tx, stay.id, 'active');
    await freeAgain(tx, stay.bed.bedId);
  }
  await release(tx, stay);
  await beds.returnTo(tx, last.id);
  await freeAgain(tx, last.bedId);
  return last.bedId;
};

const toHousekeeping = async (tx: Db, bedId: string): Promise<void> => {
  await beds.setState(tx, bedId, { state: 'H' });
  await changed(tx, bedId);
};

/** The state under the patient, and of a bed that was never lain in. */
export const freeAgain = async (tx: Db, bedId: string): Promise<void> => {
  await beds.setState(tx, bedId, { state: 'U' });
  await changed(tx, bedId);
};
