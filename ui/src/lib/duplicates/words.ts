import * as m from '../messages.js';
import type { Look } from '../statuses.ts';
import type { DuplicatePair, Patient } from '../types.ts';
import { date, number } from '../format.ts';
import { getLocale } from '../locale.svelte.ts';

type Grade = DuplicatePair['grade'];

export const gradeWord = (grade: Grade): string =>
  ({ certain: m.register_grade_certain, probable: m.register_grade_probable, possible: m.register_grade_possible })[
    grade
  ]();

const grades = {
  certain: { colour: 'red', icon: 'user-check' },
  probable: { colour: 'amber', icon: 'users' },
  possible: { colour: 'grey', icon: 'users' },
} as const;
export const gradeLook = (grade: Grade): Look => ({ ...grades[grade], word: gradeWord(grade) });

const because = {
  name: m.duplicates_because_name,
  sound: m.duplicates_because_sound,
  'birth-date': m.duplicates_because_birth,
  'birth-date-near': m.duplicates_because_birth_near,
  phone: m.duplicates_because_phone,
  address: m.duplicates_because_address,
  identifier: m.duplicates_because_identifier,
};
export const becauseWords = ({ because: all }: Pick<DuplicatePair, 'because'>): string =>
  all.map((each) => because[each]()).join(' · ');

export type Takeable = 'name' | 'birthDate' | 'gender' | 'deceasedAt' | 'phone' | 'email' | 'address' | 'language';

/** What two records are compared by: how it reads, and whether another value may be taken over. */
export const fields: { key: Takeable | 'recordNumber'; title: () => string; read: (it: Patient) => string }[] = [
  { key: 'recordNumber', title: m.duplicates_number, read: (it) => it.recordNumber },
  {
    key: 'name',
    title: m.duplicates_name,
    read: (it) =>
      [it.prefix, `${it.familyName}, ${it.givenName}`, it.preferredName && `(${it.preferredName})`]
        .filter(Boolean)
        .join(' '),
  },
  { key: 'birthDate', title: m.duplicates_born, read: (it) => (it.birthDate ? date(it.birthDate) : '') },
  { key: 'gender', title: m.duplicates_gender, read: (it) => genders[it.gender]() },
  { key: 'deceasedAt', title: m.duplicates_died, read: (it) => (it.deceasedAt ? date(it.deceasedAt) : '') },
  { key: 'phone', title: m.register_phone, read: (it) => it.phone ?? '' },
  { key: 'email', title: m.register_email, read: (it) => it.email ?? '' },
  {
    key: 'address',
    title: m.record_address,
    read: (it) =>
      [it.addressLine, [it.postalCode, it.city].filter(Boolean).join(' '), it.country].filter(Boolean).join(', '),
  },
  {
    key: 'language',
    title: m.register_language,
    read: (it) => (it.language && new Intl.DisplayNames(getLocale(), { type: 'language' }).of(it.language)) || '',
  },
];
const genders = {
  male: m.gender_male,
  female: m.gender_female,
  other: m.gender_other,
  unknown: m.gender_unknown,
};

/** What moves, by the part of the house that it is of; nobody at a desk knows the tables. */
const kinds: [pattern: RegExp, title: () => string][] = [
  [/^scheduling\.appointment$/, m.duplicates_kind_appointments],
  [/^ehr\.encounter$/, m.duplicates_kind_visits],
  [/^inpatient\.stay$/, m.duplicates_kind_stays],
  [/^ehr\.allergy/, m.duplicates_kind_allergies],
  [/^ehr\.medication_request$/, m.duplicates_kind_prescriptions],
  [/^(ehr|fhir)\./, m.duplicates_kind_clinical],
  [/^laboratory\./, m.duplicates_kind_laboratory],
  [/^pharmacy\./, m.duplicates_kind_dispenses],
  [/^billing\.invoice$/, m.duplicates_kind_invoices],
  [/^billing\.payment$/, m.duplicates_kind_payments],
  [/^billing\./, m.duplicates_kind_charges],
  [/^insurance/, m.duplicates_kind_insurance],
  [/^messaging\./, m.duplicates_kind_messages],
  [/^portal\./, m.duplicates_kind_portal],
];

/** `Visits 3`, in the order above; what is of no kind comes together at the end. */
export const kindsOf = (counts: Record<string, number>): { title: string; count: string }[] => {
  const sums = new Map<string, number>();
  const titled = Object.entries(counts)
    .filter(([table]) => table !== 'ehr.encounter_status') // goes with its visit, which counts
    .map(([table, count]) => {
      const index = kinds.findIndex(([pattern]) => pattern.test(table));
      return { index: index === -1 ? kinds.length : index, count };
    });
  for (const { index, count } of titled.sort((a, b) => a.index - b.index)) {
    const title = kinds[index]?.[1]() ?? m.duplicates_kind_others();
    sums.set(title, (sums.get(title) ?? 0) + count);
  }
  return [...sums].map(([title, count]) => ({ title, count: number(count) }));
};

const blocked: Record<string, () => string> = {
  merge_open_visits: m.refusal_merge_open_visits,
  merge_open_stays: m.refusal_merge_open_stays,
  merge_two_beds: m.refusal_merge_two_beds,
  merge_same_time: m.refusal_merge_same_time,
  merge_coverages: m.refusal_merge_coverages,
};
export const blockedWord = (rule: string): string => (blocked[rule] ?? m.refusal_merge_clash)();
