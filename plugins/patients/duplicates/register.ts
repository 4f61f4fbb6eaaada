import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { registerPatient } from '../actions.ts';
import { recordConsent } from '../consents/routes.ts';
import { addContact } from '../contacts/routes.ts';
import { addIdentifier } from '../identifiers/actions.ts';
import type { NewPatient, Patient } from '../model.ts';
import { findDuplicates, insertNotSame, oneAtATime } from './queries.ts';

/**
 * Registers somebody at the desk. Who certainly seems to be here already is registered only with a reason, which is kept.
 * Nobody is named in the refusal: who
 * they are is asked by itself, and is in the audit.
 * @throws refusal patient_here_already; those of identifiers, contacts and consents, naming the field
 */
export const registerNew = async (tx: Db, { notSameReason, ...all }: NewPatient): Promise<Patient> => {
  const { identifiers = [], contacts = [], consents = [], ...wanted } = all;
  await oneAtATime(tx, wanted);
  const same = (await findDuplicates(tx, { ...wanted, identifiers })).filter(({ grade }) => grade === 'certain');
  if (same.length > 0 && notSameReason === undefined) throw refuse('patient_here_already');
  const patient = await registerPatient(tx, wanted);
  for (const [n, it] of identifiers.entries()) await addIdentifier(tx, patient.id, it, `identifiers.${n}.value`);
  for (const [n, it] of contacts.entries()) await addContact(tx, patient.id, it, `contacts.${n}.`);
  for (const [n, it] of consents.entries()) await recordConsent(tx, patient.id, it, `consents.${n}.`);
  if (notSameReason !== undefined && same.length > 0)
    await insertNotSame(
      tx,
      patient.id,
      same.map(({ id }) => id),
      notSameReason,
    );
  return patient;
};
