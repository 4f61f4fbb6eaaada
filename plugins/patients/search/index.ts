import type { Db } from '../../../core/database.ts';
import type { PatientSummary } from '../model.ts';
import {
  listAlike,
  listBeginning,
  listByBirthDate,
  listByIdentifier,
  listByNumbers,
  listByWords,
  listContaining,
  listSurvivors,
} from './queries.ts';
import { readTyped } from './typed.ts';

/**
 * Patients by a number that others gave them, then by any part of a name, number or phone, by birth date, in any order of words, without accents; best match first. When
 * nobody is found as typed: by sound, and with a slip of the finger.
 */
export const findPatients = async (db: Db, text: string, limit: number): Promise<readonly PatientSummary[]> =>
  withSurvivors(db, await findAll(db, text, limit));

/** Who was found by the name or number of a record that was merged is shown as who they are now. */
const withSurvivors = async (db: Db, found: readonly PatientSummary[]): Promise<readonly PatientSummary[]> => {
  const led = await listSurvivors(
    db,
    found.map(({ id }) => id),
  );
  if (led.length === 0) return found;
  const survivors = new Map(led.map(({ mergedId, ...survivor }) => [mergedId, survivor]));
  return joined(
    found.map((it) => survivors.get(it.id) ?? it),
    [],
    found.length,
  );
};

const findAll = async (db: Db, text: string, limit: number): Promise<readonly PatientSummary[]> => {
  const byIdentifier = isIdentifier(text) ? await listByIdentifier(db, text, limit) : [];
  return byIdentifier.length === limit ? byIdentifier : joined(byIdentifier, await findTyped(db, text, limit), limit);
};

/** A number with a digit among its first signs, four at least: what no name is, and few enough begin with. */
const isIdentifier = (text: string): boolean => /^[\p{L}\d][\p{L}\d\s./-]{3,99}$/u.test(text.trim()) && /\d/.test(text);

const findTyped = async (db: Db, text: string, limit: number): Promise<readonly PatientSummary[]> => {
  const typed = readTyped(text);
  const { names, numbers, birthDate } = typed;
  if (birthDate !== null) return listByBirthDate(db, typed, limit);
  if (names.length === 0) return numbers.length === 0 ? [] : listByNumbers(db, typed, limit);
  const beginning = names.length <= 2 ? await listBeginning(db, typed, limit) : [];
  if (beginning.length === limit) return beginning;
  const containing = await listByWords(db, typed, await listContaining(db, names), limit);
  const found = joined(beginning, containing, limit);
  if (found.length > 0 || numbers.length > 0 || !names.some((word) => word.length >= 3)) return found;
  return listByWords(db, typed, await listAlike(db, names), Math.min(limit, 10));
};

const joined = (
  first: readonly PatientSummary[],
  then: readonly PatientSummary[],
  limit: number,
): readonly PatientSummary[] => {
  const known = new Set<string>();
  return [...first, ...then].filter(({ id }) => !known.has(id) && known.add(id)).slice(0, limit);
};
