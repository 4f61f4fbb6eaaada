import type { Db } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import { refuse } from '../../core/refuse.ts';
import type { Patient, PatientInput, PatientSummary } from './model.ts';
import { getPatient, insertPatient, searchPatients, searchSimilar, updatePatient } from './queries.ts';

export const registerPatient = async (tx: Db, wanted: PatientInput, id?: string): Promise<Patient> => {
  const patient = await insertPatient(tx, wanted, id);
  await publish(tx, 'patients.patient-registered', patient.id);
  return patient;
};

/** @throws refusal version_stale; 404 when there is no such patient for this person */
export const amendPatient = async (tx: Db, id: string, version: number, wanted: PatientInput): Promise<Patient> => {
  const before = await getPatient(tx, id);
  const patient = await updatePatient(tx, id, version, wanted);
  if (patient === null) throw refuse('version_stale', { version: before.version });
  await publish(tx, 'patients.patient-amended', id);
  return patient;
};

/** Words as typed into the search field: 14-07-1945, 14.7.1945 and 1945-07-14 are birth dates, the rest names, numbers, phones. */
export const findPatients = async (db: Db, typed: string, limit: number): Promise<readonly PatientSummary[]> => {
  const words = typed
    .trim()
    .split(/[\s,;]+/)
    .filter(Boolean)
    .slice(0, 8);
  const date = words.map(dateOf).find((found) => found !== null) ?? null;
  const parts = words
    .filter((word) => dateOf(word) === null)
    .map((word) => (/^[\d()+/.-]+$/.test(word) ? word.replace(/\D/g, '') : word))
    .filter(Boolean);
  if (parts.length === 0 && date === null) return [];
  const found = await searchPatients(db, parts, date, limit);
  const letters = parts.filter((part) => /\p{L}/u.test(part)).join(' ');
  return found.length > 0 || date !== null || letters.length < 3
    ? found
    : searchSimilar(db, letters, Math.min(limit, 10));
};

const dateOf = (word: string): string | null => {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(word);
  const local = /^(\d{1,2})[./-](\d{1,2})[./-](\d{4})$/.exec(word);
  const [year, month, day] = iso ? [iso[1], iso[2], iso[3]] : local ? [local[3], local[2], local[1]] : [];
  if (!year || !month || !day) return null;
  try {
    return Temporal.PlainDate.from(
      { year: Number(year), month: Number(month), day: Number(day) },
      { overflow: 'reject' },
    ).toString();
  } catch {
    return null;
  }
};
