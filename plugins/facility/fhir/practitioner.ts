import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { defineResource, reference, string, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import { genders } from '../model.ts';
import { permission } from './address.ts';

const Row = z.strictObject({
  id: z.uuid(),
  active: z.boolean(),
  familyName: z.string(),
  givenName: z.string(),
  prefix: z.string().nullable(),
  gender: z.enum(genders).nullable(),
});
type Row = z.infer<typeof Row>;
type Input = Omit<Row, 'id'>;

const toFhir = (it: Row): fhir.Practitioner => ({
  resourceType: 'Practitioner',
  id: it.id,
  active: it.active,
  name:
    it.familyName || it.givenName
      ? [
          {
            family: it.familyName || undefined,
            given: it.givenName ? it.givenName.split(' ') : undefined,
            prefix: it.prefix ? [it.prefix] : undefined,
          },
        ]
      : undefined,
  gender: it.gender ?? undefined,
});

const fromFhir = (it: fhir.Practitioner): Input => {
  const name = it.name?.find(({ use }) => use === 'official' || use === 'usual') ?? it.name?.[0];
  return {
    active: it.active ?? true,
    familyName: (name?.family ?? name?.text ?? '').slice(0, 120),
    givenName: (name?.given?.join(' ') ?? '').slice(0, 120),
    prefix: name?.prefix?.[0] ?? null,
    gender: it.gender ?? null,
  };
};

export const practitioner = defineResource({
  type: 'Practitioner',
  table: 'facility.practitioner',
  patient: null,
  permission,
  row: Row,
  columns: sql.fragment`it.id, it.active, it.family_name, it.given_name, it.prefix, it.gender`,
  search: {
    active: token(sql.fragment`it.active::text`),
    name: string('family_name', 'given_name', 'prefix'),
    family: string('family_name'),
    given: string('given_name'),
    gender: token('gender', { system: 'http://hl7.org/fhir/administrative-gender' }),
  },
  toFhir,
  fromFhir,
  create: (tx: Db, it: Input, { id }) =>
    tx.query(sql.unsafe`
      insert into facility.practitioner (id, active, family_name, given_name, prefix, gender)
      values (${id}, ${it.active}, ${it.familyName}, ${it.givenName}, ${it.prefix}, ${it.gender})
    `),
  update: (tx, id, version, it) =>
    tx.query(sql.unsafe`
      update facility.practitioner
      set active = ${it.active}, family_name = ${it.familyName}, given_name = ${it.givenName}, prefix = ${it.prefix}, gender = ${it.gender}
      where id = ${id} and version = ${version}
    `),
  instead: 'active=false',
});

const RoleRow = z.strictObject({
  id: z.uuid(),
  active: z.boolean(),
  practitionerId: z.uuid().nullable(),
  organizationId: z.uuid().nullable(),
  specialty: z.string().nullable(),
});
type RoleRow = z.infer<typeof RoleRow>;
type RoleInput = Omit<RoleRow, 'id'>;

const textOf = (it: fhir.CodeableConcept | undefined): string | null =>
  (it?.text ?? it?.coding?.find(({ display }) => display)?.display ?? it?.coding?.[0]?.code)?.slice(0, 200) ?? null;

export const practitionerRole = defineResource({
  type: 'PractitionerRole',
  table: 'facility.practitioner_role',
  patient: null,
  permission,
  row: RoleRow,
  columns: sql.fragment`it.id, it.active, it.practitioner_id, it.organization_id, it.specialty`,
  search: {
    active: token(sql.fragment`it.active::text`),
    practitioner: reference('practitioner_id', ['Practitioner']),
    organization: reference('organization_id', ['Organization']),
    specialty: token('specialty', { text: 'specialty', ignoreCase: true }),
  },
  toFhir: (it: RoleRow): fhir.PractitionerRole => ({
    resourceType: 'PractitionerRole',
    id: it.id,
    active: it.active,
    practitioner: it.practitionerId ? { reference: `Practitioner/${it.practitionerId}` } : undefined,
    organization: it.organizationId ? { reference: `Organization/${it.organizationId}` } : undefined,
    specialty: it.specialty ? [{ text: it.specialty }] : undefined,
  }),
  fromFhir: (it: fhir.PractitionerRole, refs: Refs): RoleInput => ({
    active: it.active ?? true,
    practitionerId: refs.find(it.practitioner, 'Practitioner'),
    organizationId: refs.find(it.organization, 'Organization'),
    specialty: textOf(it.specialty?.[0]),
  }),
  create: (tx: Db, it: RoleInput, { id }) =>
    tx.query(sql.unsafe`
      insert into facility.practitioner_role (id, active, practitioner_id, organization_id, specialty)
      values (${id}, ${it.active}, ${it.practitionerId}, ${it.organizationId}, ${it.specialty})
    `),
  update: (tx, id, version, it) =>
    tx.query(sql.unsafe`
      update facility.practitioner_role
      set active = ${it.active}, practitioner_id = ${it.practitionerId}, organization_id = ${it.organizationId}, specialty = ${it.specialty}
      where id = ${id} and version = ${version}
    `),
  instead: 'active=false',
});
