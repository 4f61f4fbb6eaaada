import type { Db } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import { refuse } from '../../core/refuse.ts';
import type { Patient, PatientFacts } from './model.ts';
import { findSurvivor, getPatient, insertPatient, updatePatient } from './queries.ts';

export const registerPatient = async (tx: Db, wanted: PatientFacts, id?: string): Promise<Patient> => {
  const patient = await insertPatient(tx, wanted, id);
  await publish(tx, 'patients.patient-registered', patient.id);
  return patient;
};

/** @throws refusal version_stale, patient_merged; 404 when there is no such patient for this person */
export const amendPatient = async (tx: Db, id: string, version: number, wanted: PatientFacts): Promise<Patient> => {
  const before = await getPatient(tx, id);
  const survivor = before.active ? null : await findSurvivor(tx, id);
  if (survivor !== null) throw refuse('patient_merged', { patientId: survivor });
  const patient = await updatePatient(tx, id, version, { ...kept(before, wanted), ...wanted });
  if (patient === null) throw refuse('version_stale', { version: before.version });
  await publish(tx, 'patients.patient-amended', id);
  return patient;
};

/**
 * What not every door speaks of stays as it was. Who gets a name is no longer unknown, nor nameless; a birth date of another day is
 * exact.
 */
const kept = (before: Patient, wanted: PatientFacts): Partial<PatientFacts> => ({
  nameKind: before.familyName === wanted.familyName && before.givenName === wanted.givenName ? before.nameKind : 'own',
  birthPrecision: before.birthDate === wanted.birthDate ? before.birthPrecision : 'day',
  multipleBirth: before.multipleBirth,
  deceasedPrecision: before.deceasedAt === (wanted.deceasedAt ?? null) ? before.deceasedPrecision : 'time',
  otherLanguages: before.otherLanguages,
  interpreterNeeded: before.interpreterNeeded,
});
