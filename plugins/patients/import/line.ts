import { createHash } from 'node:crypto';
import Joi from 'joi';
import { day, text } from '../../../core/routes.ts';
import { faultOf as faultOfIdentifier } from '../identifiers/actions.ts';
import type { IdentifierType } from '../identifiers/model.ts';
import { languageTag, phone } from '../model.ts';
import { genderOf, languageOf, plain, relationshipOf } from './headings.ts';
import {
  most,
  required,
  several,
  type DateOrder,
  type ImportedPerson,
  type LineProblem,
  type Meaning,
  type ProblemCode,
} from './model.ts';

/** How the lines of one file are read. */
export interface Reading {
  meanings: readonly string[];
  dateOrder: DateOrder | null;
  /** The letters that the file has for the sex. */
  genderLetters: ReadonlySet<string>;
  types: readonly IdentifierType[];
  /** YYYY-MM-DD. */
  today: string;
}

type Text = Exclude<
  Meaning,
  'identifierType' | 'identifierValue' | 'contactName' | 'contactRelationship' | 'contactPhone'
>;

/** As the forms of this house hold it; a problem where it does not. */
const rules: Record<Text | 'contactPhone' | 'contactName', Joi.StringSchema> = {
  familyName: text(120),
  givenName: text(120),
  birthDate: day(),
  gender: Joi.string(),
  phone: phone(),
  email: Joi.string().email({ tlds: false }).max(200),
  addressLine: text(200),
  postalCode: text(20),
  city: text(120),
  country: text(60),
  language: languageTag(),
  contactName: text(120),
  contactPhone: phone(),
};
const unreadable: Partial<Record<string, ProblemCode>> = {
  birthDate: 'birth-date-unreadable',
  gender: 'gender-unknown',
  phone: 'phone-unreadable',
  contactPhone: 'phone-unreadable',
  email: 'email-unreadable',
  language: 'language-unreadable',
};

/** Whom a line is of; null, and why, when it cannot be said. All that is wrong with it is told at once. */
export const readLine = (
  fields: readonly string[],
  reading: Reading,
): { person: ImportedPerson | null; problems: LineProblem[] } => {
  const { meanings } = reading;
  if (fields.length !== meanings.length) {
    const code = fields.length > meanings.length ? 'too-many-fields' : 'too-few-fields';
    const at = fields.length > meanings.length ? meanings.length + 1 : fields.length + 1;
    return { person: null, problems: [{ column: at, code, count: fields.length, wanted: meanings.length }] };
  }
  const problems: LineProblem[] = [];
  const wrong = (index: number | null, code: ProblemCode) => {
    problems.push({ column: index === null ? null : index + 1, code });
    return null;
  };
  for (const [index, field] of fields.entries()) {
    if (meanings[index] === '') continue;
    if (field.length > most.fieldLength) wrong(index, 'too-long');
    else if (/[\u0000-\u0008\u000e-\u001f\u007f\ufffd]/.test(field)) wrong(index, 'not-text');
    else if (field.includes('"')) wrong(index, 'quote');
  }
  const at = (meaning: string) => meanings.indexOf(meaning);
  const raw = (meaning: Meaning): string =>
    several.has(meaning)
      ? fields
          .filter((field, index) => meanings[index] === meaning && field !== '')
          .join(meaning === 'addressLine' ? ', ' : ' ')
      : (fields[at(meaning)] ?? '');

  const take = (meaning: keyof typeof rules, understand: (text: string) => string | undefined = (it) => it) => {
    const written = oneLine(raw(meaning));
    if (written === '') {
      if ((required as readonly string[]).includes(meaning)) wrong(at(meaning), 'missing');
      return null;
    }
    const understood = understand(written);
    const { error, value } = rules[meaning].validate(understood);
    if (understood === undefined || error)
      return wrong(
        at(meaning),
        error?.details[0]?.type === 'string.max' ? 'too-long' : (unreadable[meaning] ?? 'not-text'),
      );
    return value as string;
  };

  const birthDate = take('birthDate', (written) => dayOf(written, reading.dateOrder));
  if (birthDate !== null && birthDate > reading.today) wrong(at('birthDate'), 'birth-date-future');
  const person = {
    familyName: take('familyName') ?? '',
    givenName: take('givenName') ?? '',
    birthDate: birthDate ?? '',
    gender: take('gender', (word) => genderOf(word, reading.genderLetters)) ?? '',
    phone: take('phone'),
    email: take('email'),
    addressLine: take('addressLine'),
    postalCode: take('postalCode'),
    city: take('city'),
    country: take('country'),
    language: take('language', languageOf),
    identifiers: identifiersOf(fields, reading, wrong),
    contact: contactOf(),
  };
  return problems.length > 0 ? { person: null, problems: distinct(problems) } : { person, problems };

  function contactOf(): ImportedPerson['contact'] {
    const name = take('contactName');
    const number = take('contactPhone');
    const word = raw('contactRelationship');
    if (raw('contactName') === '' && raw('contactPhone') === '' && word === '') return null;
    if (raw('contactName') === '') return wrong(Math.max(at('contactName'), 0), 'contact-incomplete');
    const relationship = word === '' ? undefined : relationshipOf(word);
    if (word === '') return wrong(Math.max(at('contactRelationship'), at('contactName')), 'contact-incomplete');
    if (relationship === undefined) return wrong(at('contactRelationship'), 'relationship-unknown');
    if (name === null) return null;
    const [family = '', ...given] = name.split(',').map((part) => part.trim());
    return { familyName: family || name, givenName: given.join(', ') || null, relationship, phone: number };
  }
};

const oneLine = (written: string): string =>
  written
    .replace(/\s*[\r\n]+\s*/g, ', ')
    .replace(/\s+/g, ' ')
    .trim();

/** The first of each column is told, the rest follows from it. */
const distinct = (problems: LineProblem[]): LineProblem[] =>
  problems
    .filter((it, n) => problems.findIndex(({ column }) => column === it.column) === n)
    .sort((a, b) => (a.column ?? 0) - (b.column ?? 0));

/** With slashes or dashes in the order that the file has; with dots the day is first, as all who write so do. */
const dayOf = (written: string, order: DateOrder | null): string | undefined => {
  if (/^\d{4}-\d\d-\d\d$/.test(written)) return written;
  const [, first, sign, second, year] = /^(\d{1,2})([./-])(\d{1,2})\2(\d{4})$/.exec(written) ?? [];
  if (!first || !second) return undefined;
  const [date, month] = sign === '.' || order === 'dmy' ? [first, second] : order === 'mdy' ? [second, first] : [];
  return month === undefined ? undefined : `${year}-${month.padStart(2, '0')}-${date!.padStart(2, '0')}`;
};

type Wrong = (index: number | null, code: ProblemCode) => null;

/** The pair of type and value, and columns that are of one kind each. */
const identifiersOf = (fields: readonly string[], { meanings, types }: Reading, wrong: Wrong) => {
  const found: ImportedPerson['identifiers'] = [];
  const add = (type: IdentifierType | undefined, value: string, index: number) => {
    if (type === undefined) return;
    const fault = value.length > 100 ? 'too-long' : faultOfIdentifier(type, value);
    if (fault !== null) wrong(index, fault);
    else found.push({ code: type.code, system: type.system, value, column: index + 1 });
  };
  const typeAt = meanings.indexOf('identifierType');
  const valueAt = meanings.indexOf('identifierValue');
  const word = fields[typeAt] ?? '';
  const value = fields[valueAt] ?? '';
  if (value !== '' && word === '') wrong(typeAt === -1 ? valueAt : typeAt, 'identifier-type-missing');
  else if (value === '' && word !== '') wrong(valueAt === -1 ? typeAt : valueAt, 'identifier-value-missing');
  else if (value !== '') {
    const type = typeOf(word, types);
    if (type === undefined) wrong(typeAt, 'identifier-type-unknown');
    add(type, value, valueAt);
  }
  for (const [index, meaning] of meanings.entries()) {
    const field = fields[index] ?? '';
    if (!meaning.startsWith('identifier:') || field === '') continue;
    const type = types.find((it) => it.id === meaning.slice('identifier:'.length));
    if (type === undefined) wrong(index, 'identifier-type-unknown');
    add(type, field, index);
  }
  return found;
};

/** By code, system or name; of several with one code none is meant. */
const typeOf = (word: string, types: readonly IdentifierType[]): IdentifierType | undefined => {
  const meant = types.filter(
    (it) =>
      it.active &&
      (it.system === word || it.code === word.toUpperCase() || (it.name !== null && plain(it.name) === plain(word))),
  );
  return meant.length === 1 ? meant[0] : undefined;
};

/** The same for the same person, whatever columns, order and spaces the file had. */
export const hashOf = (person: ImportedPerson): string => {
  const { identifiers, ...rest } = person;
  const numbers = identifiers.map(({ system, value }) => `${system} ${value}`).sort();
  return createHash('sha256')
    .update(JSON.stringify([Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)), numbers]))
    .digest('base64url');
};
