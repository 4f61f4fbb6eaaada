import { z } from 'zod';
import { sql, type Db } from '../../core/database.ts';
import { anyOf, child, date, defineResource, string, token, type fhir } from '../../fhir/resource.ts';
import { amendPatient, registerPatient } from './actions.ts';
import { hospitalNow } from '../../core/clock.ts';
import { refuse } from '../../core/refuse.ts';
import { Related } from './contacts/fhir.ts';
import { contactsOf, readContacts, relatedOf, takeContacts } from './contacts/in-patient.ts';
import type { ContactColumns } from './contacts/model.ts';
import { findDuplicates } from './duplicates/queries.ts';
import { takeIdentifiers } from './identifiers/actions.ts';
import { identifierOf, Numbered, numbersOf, readIdentifiers } from './identifiers/fhir.ts';
import type { IdentifierColumns } from './identifiers/model.ts';
import { Patient, type PatientFacts } from './model.ts';
import { getPatient } from './queries.ts';

/** The record number that OpenWard gives. */
export const recordNumberSystem = 'urn:openward:record-number';

const interpreterUrl = 'http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired';

const Row = Patient.omit({ version: true, updatedAt: true }).extend({
  identifiers: z.array(Numbered),
  contacts: z.array(Related),
  replacedBy: z.uuid().nullable(),
  replaces: z.array(z.uuid()),
});
type Row = z.infer<typeof Row>;

const written = (text: string | null): string | undefined => text ?? undefined;

const toFhir = (it: Row): fhir.Patient => ({
  resourceType: 'Patient',
  id: it.id,
  extension: it.interpreterNeeded ? [{ url: interpreterUrl, valueBoolean: true }] : undefined,
  identifier: [{ system: recordNumberSystem, value: it.recordNumber }, ...it.identifiers.map(identifierOf)],
  active: it.active,
  name: [
    {
      // What somebody is called by until their name is known.
      use: it.nameKind === 'own' ? 'official' : 'temp',
      family: it.familyName,
      ...(it.givenName ? { given: it.givenName.split(' ') } : {}),
      ...(it.prefix ? { prefix: [it.prefix] } : {}),
    },
    ...(it.preferredName ? [{ use: 'nickname' as const, given: [it.preferredName] }] : []),
  ],
  telecom: telecomOf(it),
  gender: it.gender,
  birthDate: it.birthDate?.slice(0, { day: 10, month: 7, year: 4 }[it.birthPrecision]),
  ...deceasedOf(it),
  address: addressOf(it),
  multipleBirthInteger: it.multipleBirth ?? undefined,
  contact: contactsOf(it.contacts),
  communication: communicationOf(it),
  link: linksOf(it),
});

const deceasedOf = ({
  deceasedAt,
  deceasedPrecision,
}: Row): Pick<fhir.Patient, 'deceasedBoolean' | 'deceasedDateTime'> =>
  deceasedAt === null
    ? {}
    : deceasedPrecision === 'unknown'
      ? { deceasedBoolean: true }
      : { deceasedDateTime: deceasedAt.slice(0, { time: undefined, day: 10, month: 7, year: 4 }[deceasedPrecision]) };

const communicationOf = ({ language, otherLanguages }: Row): fhir.PatientCommunication[] | undefined => {
  const spoken = (code: string) => ({ language: { coding: [{ system: 'urn:ietf:bcp:47', code }] } });
  const all = [
    ...(language ? [{ ...spoken(language), ...(otherLanguages.length > 0 ? { preferred: true } : {}) }] : []),
    ...otherLanguages.map(spoken),
  ];
  return all.length > 0 ? all : undefined;
};

/** Of two records of one person, each names the other. */
const linksOf = ({ replacedBy, replaces }: Row): fhir.PatientLink[] | undefined => {
  const links: fhir.PatientLink[] = [
    ...(replacedBy ? [{ other: { reference: `Patient/${replacedBy}` }, type: 'replaced-by' as const }] : []),
    ...replaces.map((id) => ({ other: { reference: `Patient/${id}` }, type: 'replaces' as const })),
  ];
  return links.length > 0 ? links : undefined;
};

const telecomOf = ({ phone, email }: Row): fhir.ContactPoint[] | undefined => {
  const points: fhir.ContactPoint[] = [
    ...(phone ? [{ system: 'phone' as const, value: phone }] : []),
    ...(email ? [{ system: 'email' as const, value: email }] : []),
  ];
  return points.length > 0 ? points : undefined;
};

const addressOf = ({ addressLine, city, postalCode, country }: Row): fhir.Address[] | undefined =>
  (addressLine ?? city ?? postalCode ?? country) === null
    ? undefined
    : [
        {
          line: addressLine ? [addressLine] : undefined,
          city: written(city),
          postalCode: written(postalCode),
          country: written(country),
        },
      ];

/** The name in use; among several the official or usual one that is still valid. */
const nameOf = (names: readonly fhir.HumanName[] = []): fhir.HumanName | undefined =>
  ['official', 'usual', undefined, 'temp']
    .map((use) => names.find((name) => name.use === use && !name.period?.end))
    .find((name) => name) ?? names[0];

type Input = PatientFacts & {
  /** It is only said that they have died. */
  isDeceased: boolean;
  /** The name stands for one that is not known. */
  isTemporary: boolean;
  identifiers: IdentifierColumns[];
  contacts: ContactColumns[];
  /** As another system names this hospital's own. */
  recordNumbers: string[];
};
const fromFhir = (it: fhir.Patient): Input => {
  const name = nameOf(it.name);
  const address = it.address?.find(({ use }) => use === 'home') ?? it.address?.[0];
  const languages = languagesOf(it.communication);
  const contact = (system: string) =>
    it.telecom?.find((point) => point.system === system && point.use !== 'old')?.value ?? null;
  return {
    familyName: name?.family ?? name?.text ?? 'Unknown',
    givenName: name?.given?.join(' ') ?? '',
    prefix: name?.prefix?.[0] ?? null,
    preferredName: it.name?.find(({ use }) => use === 'nickname')?.given?.[0] ?? null,
    gender: it.gender ?? 'unknown',
    isTemporary: name?.use === 'temp',
    birthDate: it.birthDate === undefined ? null : `${it.birthDate}-01-01`.slice(0, 10),
    birthPrecision: ({ 4: 'year', 7: 'month' } as const)[it.birthDate?.length ?? 10] ?? 'day',
    multipleBirth: inRange(it.multipleBirthInteger) ? it.multipleBirthInteger! : null,
    isDeceased: it.deceasedBoolean === true,
    deceasedAt: instantOf(it.deceasedDateTime),
    deceasedPrecision: ({ 4: 'year', 7: 'month', 10: 'day' } as const)[it.deceasedDateTime?.length ?? 0] ?? 'time',
    phone: contact('phone'),
    email: contact('email'),
    addressLine: address?.line?.[0] ?? null,
    postalCode: address?.postalCode ?? null,
    city: address?.city ?? null,
    country: address?.country ?? null,
    language: languages[0] ?? null,
    otherLanguages: languages.slice(1, 10),
    interpreterNeeded:
      it.extension?.some(({ url, valueBoolean }) => url === interpreterUrl && valueBoolean === true) ?? false,
    active: it.active ?? true,
    identifiers: readIdentifiers(it.identifier, recordNumberSystem),
    contacts: readContacts(it.contact),
    recordNumbers: (it.identifier ?? []).flatMap(({ system, value }) =>
      system === recordNumberSystem && value !== undefined ? [value] : [],
    ),
  };
};

const inRange = (order: number | undefined): boolean => order !== undefined && order >= 1 && order <= 9;

/** The preferred one first; those that are coded. */
const languagesOf = (spoken: readonly fhir.PatientCommunication[] = []): string[] => [
  ...new Set(
    [...spoken]
      .sort((a, b) => Number(b.preferred ?? false) - Number(a.preferred ?? false))
      .flatMap(({ language }) => language.coding?.[0]?.code ?? []),
  ),
];

/** Two people with one number of ours would be taken for one another. @throws refusal record_number_of_house */
const demandOwnNumber = (recordNumbers: readonly string[], own?: string): void => {
  if (recordNumbers.some((number) => number !== own)) throw refuse('record_number_of_house', { field: 'identifier' });
};

const create = async (tx: Db, input: Input, id: string) => {
  const { identifiers, contacts, isDeceased, isTemporary, recordNumbers, ...it } = input;
  demandOwnNumber(recordNumbers);
  await registerPatient(
    tx,
    {
      ...it,
      nameKind: isTemporary ? 'unknown' : 'own',
      ...(isDeceased ? { deceasedAt: await hospitalNow(tx), deceasedPrecision: 'unknown' } : {}),
    },
    id,
  );
  if (identifiers.length > 0) await takeIdentifiers(tx, id, identifiers, true);
  await takeContacts(tx, id, contacts, true);
};

const update = async (tx: Db, id: string, version: number, input: Input) => {
  const { identifiers, contacts, isDeceased, isTemporary, recordNumbers, ...it } = input;
  const before = await getPatient(tx, id);
  demandOwnNumber(recordNumbers, before.recordNumber);
  await amendPatient(tx, id, version, {
    ...it,
    nameKind: !isTemporary ? 'own' : before.nameKind === 'own' ? 'unknown' : before.nameKind,
    ...(isDeceased ? { deceasedAt: before.deceasedAt ?? (await hospitalNow(tx)), deceasedPrecision: 'unknown' } : {}),
  });
  await takeIdentifiers(tx, id, identifiers, false);
  await takeContacts(tx, id, contacts, false);
};

/** A time of death may be a year only; then the column takes its beginning, and what was sent is kept beside it. */
const instantOf = (written: string | undefined): string | null =>
  written === undefined
    ? null
    : written.includes('T')
      ? written
      : `${written}${'-01-01'.slice(written.length - 4)}T00:00:00Z`;

export const patient = defineResource({
  type: 'Patient',
  table: 'patients.patient',
  patient: 'id',
  permission: { read: 'patient:read', write: 'patient:write' },
  row: Row,
  columns: (rows, see) => sql.fragment`
    it.id, it.record_number, it.active, it.family_name, it.given_name, it.name_kind, it.prefix, it.preferred_name, it.gender, it.birth_date,
    it.birth_precision, it.multiple_birth, it.deceased_at, it.deceased_precision, it.phone, it.email, it.address_line, it.postal_code, it.city,
    it.country, it.language, it.other_languages, it.interpreter_needed, ${numbersOf(rows)}, ${relatedOf(rows, see)},
    it.replaced_by, coalesce(it.replaces, '{}') as replaces
  `,
  search: {
    identifier: anyOf(
      token('record_number', { system: recordNumberSystem }),
      child(
        'patients.identifier',
        'patient_id',
        token('value', { system: { column: 'system' } }),
        sql.fragment`child.active`,
      ),
    ),
    active: token(sql.fragment`it.active::text`),
    name: string('family_name', 'given_name', 'preferred_name'),
    family: string('family_name'),
    given: string('given_name'),
    gender: token('gender', { system: 'http://hl7.org/fhir/administrative-gender' }),
    birthdate: date('birth_date'),
    'death-date': date('deceased_at'),
    deceased: token(sql.fragment`(it.deceased_at is not null)::text`),
    phone: token('phone'),
    email: token('email', { ignoreCase: true }),
    address: string('address_line', 'city', 'postal_code', 'country'),
    'address-city': string('city'),
    'address-postalcode': string('postal_code'),
    'address-country': string('country'),
    language: token('language'),
  },
  toFhir,
  fromFhir,
  create: (tx, input, { id }) => create(tx, input, id),
  update,
  instead: 'active=false',
  match: (db, sent, input, limit) =>
    findDuplicates(
      db,
      {
        ...input,
        recordNumber: sent.identifier?.find(({ system }) => system === recordNumberSystem)?.value ?? null,
      },
      { limit },
    ),
});
