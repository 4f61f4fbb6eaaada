import { causeOf, type Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { getPatient } from '../queries.ts';
import { takeable, type MergePreview, type NewMerge, type NewUnmerge, type Unmerged } from './model.ts';
import { findMergedInto, merge, previewMerge, unmerge } from './queries.ts';

/** @throws refusal merge_with_itself; 404 when one of them is not there for this person */
export const previewOf = async (db: Db, keptId: string, goneId: string): Promise<MergePreview> => {
  if (keptId === goneId) throw refuse('merge_with_itself');
  const [patient, other] = [await getPatient(db, keptId), await getPatient(db, goneId)];
  return { patient, other, ...(await previewMerge(db, keptId, goneId)) };
};

/**
 * Moves everything of the other record to this one. @throws refusal merge_… saying what stands in the way, version_stale; 404
 */
export const mergePatients = async (tx: Db, keptId: string, keptVersion: number, wanted: NewMerge): Promise<string> => {
  const { otherId: goneId, otherVersion: goneVersion, reason, take } = wanted;
  const { patient, other, blocked } = await previewOf(tx, keptId, goneId);
  for (const id of [keptId, goneId]) if ((await findMergedInto(tx, id)) !== null) throw refuse('merge_already', { id });
  for (const [read, now] of [[keptVersion, patient] as const, [goneVersion, other] as const])
    if (read !== now.version) throw refuse('version_stale', { id: now.id, version: now.version });
  const [first] = Object.keys(blocked);
  if (first !== undefined) throw refuse(first, { blocked });
  const columns = take.flatMap((each) => takeable[each]);
  const id = await clashesTold(() => merge(tx, { keptId, keptVersion, goneId, goneVersion }, reason, columns));
  await publish(tx, 'patients.merged', keptId, { goneId });
  await publish(tx, 'patients.patient-amended', keptId);
  await publish(tx, 'patients.patient-amended', goneId);
  return id;
};

/** A constraint that no rule of a plugin speaks of: what cannot be there twice, is there twice. */
const clashesTold = async <R>(work: () => Promise<R>): Promise<R> => {
  try {
    return await work();
  } catch (error) {
    const { code, constraint } = causeOf(error);
    if (code === '23505' || code === '23P01') throw refuse('merge_clash', { constraint }, error);
    throw error;
  }
};

/** Takes a merge back. @throws refusal unmerge_…, version_stale; 404 */
export const unmergePatient = async (
  tx: Db,
  goneId: string,
  goneVersion: number,
  { intoVersion, reason }: NewUnmerge,
): Promise<Unmerged> => {
  await getPatient(tx, goneId);
  const keptId = await findMergedInto(tx, goneId);
  if (keptId === null) throw refuse('unmerge_not_merged');
  const moved = await clashesTold(() => unmerge(tx, { keptId, keptVersion: intoVersion, goneId, goneVersion }, reason));
  await publish(tx, 'patients.unmerged', goneId, { keptId });
  await publish(tx, 'patients.patient-amended', keptId);
  await publish(tx, 'patients.patient-amended', goneId);
  return { patient: await getPatient(tx, goneId), ...moved };
};
