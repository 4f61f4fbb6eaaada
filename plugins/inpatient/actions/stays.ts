import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { followStay, mayWriteFor, openStayVisit } from '../../ehr/api.ts';
import { findPractitionerOfUser } from '../../facility/api.ts';
import {
  inHouse,
  withoutClearance,
  type Discharge,
  type DischargeOrder,
  type NewStay,
  type Plan,
  type Stay,
  type StayStatus,
} from '../model.ts';
import * as beds from '../queries/beds.ts';
import * as q from '../queries/stays.ts';
import { settleDays } from './bed-days.ts';
import { enter, freeAgain, hold, leave, release, returned, visitElements } from './moves.ts';

/** What a verb on a stay starts from: who, and the version that was read. */
export interface At {
  id: string;
  version: number;
  zone: string;
}

/** 404, then 412, then 409. The stay is held until the end of the transaction. */
const expect = async (tx: Db, { id, version }: At, statuses: readonly StayStatus[]): Promise<Stay> => {
  await q.lockStay(tx, id);
  const before = await q.getStay(tx, id);
  if (before.version !== version) throw refuse('version_stale', { version: before.version });
  if (!statuses.includes(before.status)) throw refuse('stay_status', { status: before.status });
  return before;
};

const tell = (tx: Db, what: string, { id, patientId, encounterId }: Stay, more: Record<string, string | null> = {}) =>
  publish(tx, `inpatient.${what}`, id, { patientId, encounterId, ...more });

/** The visit has another version: what it says of the stay has changed. */
const follow = (tx: Db, stay: Stay, more: { departmentId?: string | null } = {}) =>
  followStay(tx, stay.encounterId!, { status: 'in-progress', endedAt: null, ...more }, visitElements);

/**
 * The patient waits for a bed; with a bed, is admitted at once.
 * @throws 404; refusal stay_one_open_per_patient, and as admit
 */
export const requestStay = async (tx: Db, wanted: NewStay, zone: string): Promise<Stay> => {
  await mayWriteFor(tx, { patientId: wanted.patientId, encounterId: wanted.originId });
  const requester = await findPractitionerOfUser(tx, tx.actor.id);
  const id = await q.insertStay(tx, { ...wanted, requesterId: requester?.id ?? null });
  if (id === null) throw refuse('stay_one_open_per_patient');
  const stay = await q.getStay(tx, id);
  await tell(tx, 'stay-requested', stay, { wardId: stay.wardId });
  return wanted.bedId ? admit(tx, { id, version: stay.version, zone }, { bedId: wanted.bedId }) : stay;
};

/** Keeps a bed for the patient; another one instead of the one before. @throws as admit */
export const reserve = async (tx: Db, at: At, { bedId }: { bedId: string }): Promise<Stay> => {
  const stay = await expect(tx, at, ['requested', ...inHouse]);
  await release(tx, stay);
  await hold(tx, stay, bedId);
  await tell(tx, 'bed-reserved', stay, { bedId });
  return q.getStay(tx, at.id);
};

export const releaseReserved = async (tx: Db, at: At): Promise<Stay> => {
  const stay = await expect(tx, at, ['requested', ...inHouse]);
  if (stay.reserved === null) throw refuse('stay_nothing_reserved');
  await release(tx, stay);
  await tell(tx, 'bed-released', stay, { bedId: stay.reserved.bedId });
  return q.getStay(tx, at.id);
};

/**
 * Into this bed, else into the one that is kept. The visit begins.
 * @throws 404, version_stale; refusals stay_status, stay_needs_bed, bed_not_ready, bed_no_two_patients with free beds nearby, patient_in_one_bed
 */
export const admit = async (tx: Db, at: At, { bedId }: { bedId?: string }): Promise<Stay> => {
  const stay = await expect(tx, at, ['requested']);
  const wanted = bedId ?? stay.reserved?.bedId;
  if (!wanted) throw refuse('stay_needs_bed');
  await release(tx, stay);
  const taken = await enter(tx, stay, wanted);
  const encounterId = await openStayVisit(tx, {
    patientId: stay.patientId,
    practitionerId: stay.practitionerId,
    departmentId: taken.bed.departmentId,
    reason: stay.reason,
    startedAt: taken.at,
  });
  await q.setCourse(tx, at.id, { status: 'admitted', encounterId, admittedAt: taken.at });
  await tell(
    tx,
    'patient-admitted',
    { ...stay, encounterId },
    {
      bedId: wanted,
      wardId: taken.bed.wardId,
      source: stay.source,
    },
  );
  return q.getStay(tx, at.id);
};

/** The old bed is left and the new one taken in one transaction. @throws as admit */
export const transfer = async (tx: Db, at: At, { bedId }: { bedId?: string }): Promise<Stay> => {
  const stay = await expect(tx, at, inHouse);
  const wanted = bedId ?? stay.reserved?.bedId;
  if (!wanted) throw refuse('stay_needs_bed');
  if (wanted === stay.bed?.bedId) throw refuse('stay_same_bed');
  await release(tx, stay);
  const taken = await enter(tx, stay, wanted);
  await follow(tx, stay, { departmentId: taken.bed.departmentId });
  await tell(tx, 'patient-transferred', stay, {
    bedId: wanted,
    wardId: taken.bed.wardId,
    previousBedId: stay.bed!.bedId,
    previousWardId: stay.bed!.wardId,
  });
  await settleDays(tx, at.id, at.zone);
  return q.getStay(tx, at.id);
};

export const orderDischarge = async (tx: Db, at: At, { plannedDischargeOn }: DischargeOrder): Promise<Stay> => {
  const stay = await expect(tx, at, ['admitted']);
  const now = await beds.momentFor(tx, { bedId: stay.bed!.bedId, patientId: stay.patientId });
  await q.setCourse(tx, at.id, {
    status: 'discharge-ordered',
    dischargeOrderedAt: now,
    ...(plannedDischargeOn && { plannedDischargeOn }),
  });
  await tell(tx, 'discharge-ordered', stay);
  return q.getStay(tx, at.id);
};

/** Nothing medical keeps the patient any more. */
export const clear = async (tx: Db, at: At): Promise<Stay> => {
  const stay = await expect(tx, at, ['discharge-ordered']);
  const now = await beds.momentFor(tx, { bedId: stay.bed!.bedId, patientId: stay.patientId });
  await q.setCourse(tx, at.id, { status: 'cleared', clearedAt: now });
  await tell(tx, 'discharge-cleared', stay);
  return q.getStay(tx, at.id);
};

/** Back to the beginning: the patient stays after all. */
export const withdrawDischargeOrder = async (tx: Db, at: At): Promise<Stay> => {
  const stay = await expect(tx, at, ['discharge-ordered', 'cleared']);
  await q.setCourse(tx, at.id, { status: 'admitted', dischargeOrderedAt: null, clearedAt: null });
  await tell(tx, 'discharge-order-withdrawn', stay);
  return q.getStay(tx, at.id);
};

/** The bed goes to housekeeping, the visit ends, the days are counted. @throws as admit; stay_not_cleared */
export const discharge = async (tx: Db, at: At, { disposition }: Discharge): Promise<Stay> => {
  const stay = await expect(tx, at, inHouse);
  if (stay.status !== 'cleared' && !withoutClearance.includes(disposition)) throw refuse('stay_not_cleared');
  await end(tx, stay, disposition, at.zone);
  return q.getStay(tx, at.id);
};

/** Without asking what was ordered: also for a visit that another system has ended. Without a zone the job counts the days. */
export const end = async (
  tx: Db,
  stay: Stay,
  disposition: Discharge['disposition'],
  zone: string | null,
): Promise<void> => {
  await release(tx, stay);
  const left = await leave(tx, stay);
  await q.setCourse(tx, stay.id, { status: 'discharged', discharged: { at: left, disposition } });
  await followStay(tx, stay.encounterId!, { status: 'finished', endedAt: left }, visitElements);
  if (zone !== null) await settleDays(tx, stay.id, zone);
  await tell(tx, 'patient-discharged', stay, { bedId: stay.bed!.bedId, wardId: stay.bed!.wardId, disposition });
};

/** @throws stay_moved when the patient has been in more than one bed */
export const cancelAdmission = async (tx: Db, at: At, { reason }: { reason: string }): Promise<Stay> => {
  const stay = await expect(tx, at, ['requested', 'admitted']);
  if (stay.moves.length > 1) throw refuse('stay_moved');
  await withdraw(tx, stay, reason, at.zone);
  return q.getStay(tx, at.id);
};

export const withdraw = async (tx: Db, stay: Stay, reason: string, zone: string | null): Promise<void> => {
  await release(tx, stay);
  if (stay.bed) {
    await beds.lockBeds(tx, [stay.bed.bedId]);
    await beds.undo(tx, stay.id, 'active');
    await freeAgain(tx, stay.bed.bedId);
  }
  await q.setCourse(tx, stay.id, { status: 'cancelled', cancelReason: reason });
  if (stay.encounterId) await followStay(tx, stay.encounterId, { status: 'cancelled', endedAt: null }, visitElements);
  if (zone !== null) await settleDays(tx, stay.id, zone);
  await tell(tx, 'admission-cancelled', stay, { bedId: stay.bed?.bedId ?? null });
};

/** Back into the bed before, as long as nobody has it. @throws stay_no_transfer, bed_no_two_patients */
export const cancelTransfer = async (tx: Db, at: At): Promise<Stay> => {
  const stay = await expect(tx, at, inHouse);
  if (stay.moves.length < 2) throw refuse('stay_no_transfer');
  const bedId = await returned(tx, stay);
  await follow(tx, stay, {});
  await settleDays(tx, at.id, at.zone);
  await tell(tx, 'transfer-cancelled', stay, { bedId, previousBedId: stay.bed!.bedId });
  return q.getStay(tx, at.id);
};

/** The patient has not left after all. @throws bed_no_two_patients, stay_one_open_per_patient */
export const cancelDischarge = async (tx: Db, at: At): Promise<Stay> => {
  const stay = await expect(tx, at, ['discharged']);
  if (await q.findOpenStay(tx, stay.patientId)) throw refuse('stay_one_open_per_patient');
  const bedId = await returned(tx, stay);
  const status = stay.clearedAt ? 'cleared' : stay.dischargeOrderedAt ? 'discharge-ordered' : 'admitted';
  await q.setCourse(tx, at.id, { status, discharged: null });
  await follow(tx, stay, {});
  await settleDays(tx, at.id, at.zone);
  await tell(tx, 'discharge-cancelled', stay, { bedId });
  return q.getStay(tx, at.id);
};

export const plan = async (tx: Db, at: At, it: Plan): Promise<Stay> => {
  const stay = await expect(tx, at, ['requested', ...inHouse]);
  await q.setPlan(tx, at.id, it);
  await tell(tx, 'stay-planned', stay);
  return q.getStay(tx, at.id);
};
