import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { findDeceased } from '../../patients/api.ts';

/** @throws refusals not_found, patient_deceased */
export const demandAlive = async (tx: Db, patientId: string): Promise<void> => {
  const deceased = await findDeceased(tx, patientId);
  if (deceased === null) throw refuse('not_found');
  if (deceased) throw refuse('patient_deceased');
};
