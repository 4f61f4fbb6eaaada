import { number } from '../format.ts';
import * as m from '../messages.js';
import { identifierWord } from '../patients/words.ts';
import type { Look } from '../statuses.ts';
import type { IdentifierType, ImportHead, ImportLine, PatientImport } from '../types.ts';

/** What the server lets through: plugins/patients/import/model.ts. */
export const most = { megabytes: 8, lines: 50_000 };

export type Outcome = ImportLine['outcome'];
type Problem = ImportLine['problems'][number];

const looks: Record<Outcome, Pick<Look, 'colour' | 'icon'> & { word: () => string }> = {
  new: { colour: 'green', icon: 'user-plus', word: m.import_outcome_new },
  imported: { colour: 'green', icon: 'circle-check', word: m.import_outcome_imported },
  probable: { colour: 'amber', icon: 'users', word: m.import_outcome_probable },
  certain: { colour: 'red', icon: 'user-check', word: m.import_outcome_certain },
  'in-file': { colour: 'amber', icon: 'copy', word: m.import_outcome_in_file },
  taken: { colour: 'grey', icon: 'check', word: m.import_outcome_taken },
  broken: { colour: 'red', icon: 'triangle-alert', word: m.import_outcome_broken },
};
export const outcomes = Object.keys(looks) as Outcome[];
export const outcomeWord = (outcome: Outcome): string => looks[outcome].word();
export const outcomeLook = (outcome: Outcome): Look => ({ ...looks[outcome], word: outcomeWord(outcome) });

type Counts = NonNullable<PatientImport['counts']>;
export const countOf = (counts: Counts, outcome: Outcome): number =>
  outcome === 'in-file' ? counts.inFile : counts[outcome];

const statuses: Record<ImportHead['status'], Pick<Look, 'colour' | 'icon'> & { word: () => string }> = {
  columns: { colour: 'amber', icon: 'circle-alert', word: m.import_status_columns },
  checking: { colour: 'blue', icon: 'hourglass', word: m.import_status_checking },
  ready: { colour: 'purple', icon: 'eye', word: m.import_status_ready },
  taking: { colour: 'blue', icon: 'hourglass', word: m.import_status_taking },
  taken: { colour: 'green', icon: 'circle-check', word: m.import_status_taken },
};
export const statusLook = (status: ImportHead['status']): Look => ({
  ...statuses[status],
  word: statuses[status].word(),
});

const problems: Record<Problem['code'], (it: { line: string; count: string; wanted: string }) => string> = {
  missing: m.import_problem_missing,
  'too-long': m.import_problem_too_long,
  'not-text': m.import_problem_not_text,
  quote: m.import_problem_quote,
  'too-many-fields': m.import_problem_too_many_fields,
  'too-few-fields': m.import_problem_too_few_fields,
  'birth-date-unreadable': m.import_problem_birth_date_unreadable,
  'birth-date-future': m.import_problem_birth_date_future,
  'gender-unknown': m.import_problem_gender_unknown,
  'phone-unreadable': m.import_problem_phone_unreadable,
  'email-unreadable': m.import_problem_email_unreadable,
  'language-unreadable': m.import_problem_language_unreadable,
  'identifier-type-missing': m.import_problem_identifier_type_missing,
  'identifier-type-unknown': m.import_problem_identifier_type_unknown,
  'identifier-value-missing': m.import_problem_identifier_value_missing,
  'identifier-pattern': m.import_problem_identifier_pattern,
  'identifier-check-digit': m.import_problem_identifier_check_digit,
  'identifier-in-use': m.import_problem_identifier_in_use,
  'identifier-twice': m.import_problem_identifier_twice,
  'contact-incomplete': m.import_problem_contact_incomplete,
  'relationship-unknown': m.import_problem_relationship_unknown,
};

/** `Column 3 (Born): This is no day, such as 1980-03-01.` */
export const problemWord = (it: Problem, columns: PatientImport['columns']): string => {
  const figure = (value: number | undefined) => (value === undefined ? '' : number(value));
  const reason = problems[it.code]({ line: figure(it.line), count: figure(it.count), wanted: figure(it.wanted) });
  return it.column === null
    ? reason
    : m.import_problem_at({ column: number(it.column), heading: columns[it.column - 1]?.heading ?? '', reason });
};

/** What a column can mean; kinds of identifiers have columns of their own. */
export const meaningOptions = (types: readonly IdentifierType[]): { value: string; label: string }[] => [
  { value: 'familyName', label: m.register_family() },
  { value: 'givenName', label: m.register_given() },
  { value: 'birthDate', label: m.register_birth() },
  { value: 'gender', label: m.duplicates_gender() },
  { value: 'phone', label: m.register_phone() },
  { value: 'email', label: m.register_email() },
  { value: 'addressLine', label: m.register_address() },
  { value: 'postalCode', label: m.register_postal_code() },
  { value: 'city', label: m.register_city() },
  { value: 'country', label: m.register_country() },
  { value: 'language', label: m.register_language() },
  { value: 'identifierType', label: m.import_meaning_identifier_type() },
  { value: 'identifierValue', label: m.import_meaning_identifier_value() },
  { value: 'contactName', label: m.import_meaning_contact_name() },
  { value: 'contactRelationship', label: m.import_meaning_contact_relationship() },
  { value: 'contactPhone', label: m.import_meaning_contact_phone() },
  ...types
    .filter(({ active }) => active)
    .map((it) => ({ value: `identifier:${it.id}`, label: m.import_meaning_identifier({ kind: identifierWord(it) }) })),
];
