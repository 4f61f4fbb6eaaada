import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { patientExists } from '../queries.ts';
import type { BrokenGlass, Glass, GlassItem, NewReview } from './model.ts';
import { endGlass, findExactly, getGlass, insertGlass, insertReview } from './queries.ts';

const officers = { permission: 'access:review' } as const;

/**
 * Opens one hidden record for a time. Whether there is such a patient is said only now, to somebody who has given a reason that
 * others will read. @throws refusal glass_nobody, glass_several, glass_needless
 */
export const breakGlass = async (tx: Db, wanted: BrokenGlass): Promise<Glass> => {
  const found = await findExactly(tx, wanted);
  // Somebody of that name who is in sight hides whether there is another one who is not.
  for (const id of found) if (await patientExists(tx, id)) throw refuse('glass_needless', { patientId: id });
  const [patientId, another] = found;
  if (patientId === undefined) throw refuse('glass_nobody');
  if (another !== undefined) throw refuse('glass_several');
  const glass = await insertGlass(tx, patientId, wanted.reason);
  await publish(tx, 'patients.glass-broken', glass.id, {}, officers);
  return glass;
};

/** Gives the patient whose record closes. */
export const closeGlass = async (tx: Db, id: string): Promise<string> => {
  const patientId = await endGlass(tx, id);
  await publish(tx, 'patients.glass-ended', id, {}, officers);
  return patientId;
};

/** @throws refusal glass_decided; constraint review_by_another */
export const reviewGlass = async (tx: Db, id: string, it: NewReview): Promise<GlassItem> => {
  const before = await getGlass(tx, id);
  if (before.user.id === tx.actor.id) throw refuse('review_by_another');
  if ((await insertReview(tx, id, it)) === null) throw refuse('glass_decided');
  await publish(tx, 'patients.glass-reviewed', id, { verdict: it.verdict }, officers);
  return getGlass(tx, id);
};
