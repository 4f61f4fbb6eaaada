import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { registerPatient } from '../actions.ts';
import type { NewPatient, Patient } from '../model.ts';
import { findDuplicates, insertNotSame, oneAtATime } from './queries.ts';

/**
 * Registers somebody at the desk. Who certainly seems to be here already is registered only with a reason, which is kept.
 * Nobody is named in the refusal: who
 * they are is asked by itself, and is in the audit.
 * @throws refusal patient_here_already
 */
export const registerNew = async (tx: Db, { notSameReason, ...wanted }: NewPatient): Promise<Patient> => {
  await oneAtATime(tx, wanted);
  const same = (await findDuplicates(tx, wanted)).filter(({ grade }) => grade === 'certain');
  if (same.length > 0 && notSameReason === undefined) throw refuse('patient_here_already');
  const patient = await registerPatient(tx, wanted);
  if (notSameReason !== undefined && same.length > 0)
    await insertNotSame(
      tx,
      patient.id,
      same.map(({ id }) => id),
      notSameReason,
    );
  return patient;
};
