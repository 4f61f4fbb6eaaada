import { hospitalNow } from '../../../core/clock.ts';
import type { Db } from '../../../core/database.ts';
import { say, type Locale } from '../../../core/messages.ts';
import { refuse } from '../../../core/refuse.ts';
import { amendPatient, registerPatient } from '../actions.ts';
import { insertContact } from '../contacts/queries.ts';
import type { DeathPrecision, Gender, Patient, PatientFacts } from '../model.ts';
import { getPatient } from '../queries.ts';
import type { Deceased, Newborns, Unknown } from './model.ts';

const today = async (db: Db, zone: string): Promise<Temporal.PlainDate> =>
  Temporal.Instant.from(await hospitalNow(db))
    .toZonedDateTimeISO(zone)
    .toPlainDate();

const nothing = { phone: null, city: null } as const;

/** In one step, called by what is seen. The birth year is counted back from the age. */
export const registerUnknown = async (tx: Db, it: Unknown, at: { locale: Locale; zone: string }): Promise<Patient> => {
  const words = [
    say(`unknown_as_${it.gender}`, at.locale),
    ...(it.age === null ? [] : [say('unknown_about_years', at.locale, { years: it.age })]),
    ...(it.note === null ? [] : [it.note]),
  ];
  const year = (await today(tx, at.zone)).year - (it.age ?? 0);
  return registerPatient(tx, {
    ...nothing,
    familyName: say('unknown_family', at.locale),
    givenName: words.join(', ').slice(0, 120),
    nameKind: 'unknown',
    gender: it.gender,
    birthDate: it.age === null ? null : `${year}-01-01`,
    birthPrecision: it.age === null ? 'day' : 'year',
  });
};

/**
 * In the order of their birth, each linked to the mother, with her family name and address until they are named.
 * @throws refusals not_found (mother), newborn_in_future
 */
export const registerNewborns = async (
  tx: Db,
  motherId: string,
  { bornOn, children }: Newborns,
  at: { locale: Locale; zone: string },
): Promise<Patient[]> => {
  const mother = await getPatient(tx, motherId);
  if (bornOn > (await today(tx, at.zone)).toString()) throw refuse('newborn_in_future', { field: 'bornOn' });
  const made: Patient[] = [];
  for (const [n, { gender }] of children.entries()) {
    const facts: PatientFacts = {
      familyName: mother.familyName,
      givenName: nameOf(gender, mother, children.length > 1 ? n + 1 : null, at.locale),
      nameKind: 'newborn',
      gender,
      birthDate: bornOn,
      multipleBirth: children.length > 1 ? n + 1 : null,
      phone: mother.phone,
      addressLine: mother.addressLine,
      postalCode: mother.postalCode,
      city: mother.city,
      country: mother.country,
      language: mother.language,
    };
    const child = await registerPatient(tx, facts);
    await insertContact(tx, child.id, {
      relationship: 'MTH', relatedId: mother.id, familyName: null, givenName: null, phone: null, email: null,
      isEmergency: true, mayAct: true, startsOn: bornOn, endsOn: null,
    }); // prettier-ignore
    made.push(child);
  }
  return made;
};

const nameOf = (gender: Gender, mother: Patient, order: number | null, locale: Locale): string => {
  const of = { mother: mother.givenName || mother.familyName, order: order ?? '' };
  return say(`newborn_${gender === 'male' || gender === 'female' ? gender : 'child'}_of`, locale, of)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 120);
};

/** @throws refusals not_found, version_stale, deceased_in_future, deceased_before_birth */
export const setDeceased = async (
  tx: Db,
  id: string,
  version: number,
  { deceased, at }: Deceased,
  zone: string,
): Promise<Patient> => {
  const before = await getPatient(tx, id);
  const now = await hospitalNow(tx);
  const [deceasedAt, deceasedPrecision] = deceased ? momentOf(at, now) : [null, 'time' as const];
  const died = !deceased || at === null ? '' : at.includes('T') ? dayIn(at, zone) : at;
  if (
    deceasedAt !== null &&
    (at?.includes('T') ? isAfter(deceasedAt, now) : died > dayIn(now, zone).slice(0, died.length))
  )
    throw refuse('deceased_in_future', { field: 'at' });
  const born = before.birthDate?.slice(0, { day: 10, month: 7, year: 4 }[before.birthPrecision]) ?? '';
  const known = Math.min(died.length, born.length);
  if (died.slice(0, known) < born.slice(0, known)) throw refuse('deceased_before_birth', { field: 'at' });
  return amendPatient(tx, id, version, { ...before, deceasedAt, deceasedPrecision });
};

const isAfter = (a: string, b: string): boolean => Temporal.Instant.compare(a, b) > 0;
const dayIn = (at: string, zone: string): string =>
  Temporal.Instant.from(at).toZonedDateTimeISO(zone).toPlainDate().toString();

/** A part of a date is kept as its beginning in UTC; of a death without a date, when it was heard of. */
const momentOf = (at: string | null, now: string): [string, DeathPrecision] => {
  if (at === null) return [now, 'unknown'];
  if (at.includes('T')) return [at, 'time'];
  const exactly = at.length === 4 ? 'year' : at.length === 7 ? 'month' : 'day';
  return [`${`${at}-01-01`.slice(0, 10)}T00:00:00Z`, exactly];
};
