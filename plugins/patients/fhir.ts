import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { date, defineResource, string, token, type fhir } from '../../fhir/resource.ts';
import { amendPatient, registerPatient } from './actions.ts';
import { findDuplicates } from './duplicates/queries.ts';
import { Patient, type PatientInput } from './model.ts';

/** The record number that OpenWard gives. */
export const recordNumberSystem = 'urn:openward:record-number';

const Row = Patient.omit({ version: true, updatedAt: true }).extend({
  replacedBy: z.uuid().nullable(),
  replaces: z.array(z.uuid()),
});
type Row = z.infer<typeof Row>;

const written = (text: string | null): string | undefined => text ?? undefined;

const toFhir = (it: Row): fhir.Patient => ({
  resourceType: 'Patient',
  id: it.id,
  identifier: [{ system: recordNumberSystem, value: it.recordNumber }],
  active: it.active,
  name: [
    {
      use: 'official',
      family: it.familyName,
      ...(it.givenName ? { given: it.givenName.split(' ') } : {}),
      ...(it.prefix ? { prefix: [it.prefix] } : {}),
    },
    ...(it.preferredName ? [{ use: 'nickname' as const, given: [it.preferredName] }] : []),
  ],
  telecom: telecomOf(it),
  gender: it.gender,
  birthDate: written(it.birthDate),
  deceasedDateTime: written(it.deceasedAt),
  address: addressOf(it),
  communication: it.language
    ? [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: it.language }] } }]
    : undefined,
  link: linksOf(it),
});

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
  ['official', 'usual', undefined]
    .map((use) => names.find((name) => name.use === use && !name.period?.end))
    .find((name) => name) ?? names[0];

const fromFhir = (it: fhir.Patient): PatientInput => {
  const name = nameOf(it.name);
  const address = it.address?.find(({ use }) => use === 'home') ?? it.address?.[0];
  const contact = (system: string) =>
    it.telecom?.find((point) => point.system === system && point.use !== 'old')?.value ?? null;
  return {
    familyName: name?.family ?? name?.text ?? 'Unknown',
    givenName: name?.given?.join(' ') ?? '',
    prefix: name?.prefix?.[0] ?? null,
    preferredName: it.name?.find(({ use }) => use === 'nickname')?.given?.[0] ?? null,
    gender: it.gender ?? 'unknown',
    birthDate: /^\d{4}-\d\d-\d\d$/.test(it.birthDate ?? '') ? it.birthDate! : null,
    deceasedAt: instantOf(it.deceasedDateTime),
    phone: contact('phone'),
    email: contact('email'),
    addressLine: address?.line?.[0] ?? null,
    postalCode: address?.postalCode ?? null,
    city: address?.city ?? null,
    country: address?.country ?? null,
    language: it.communication?.[0]?.language.coding?.[0]?.code ?? null,
    active: it.active ?? true,
  };
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
  columns: sql.fragment`
    it.id, it.record_number, it.active, it.family_name, it.given_name, it.prefix, it.preferred_name, it.gender, it.birth_date, it.deceased_at,
    it.phone, it.email, it.address_line, it.postal_code, it.city, it.country, it.language,
    it.replaced_by, coalesce(it.replaces, '{}') as replaces
  `,
  search: {
    identifier: token('record_number', { system: recordNumberSystem }),
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
  create: (tx, input, { id }) => registerPatient(tx, input, id),
  update: amendPatient,
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
