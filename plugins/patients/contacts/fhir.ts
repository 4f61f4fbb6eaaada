import { z } from 'zod';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { anyOf, defineResource, reference, string, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import type { See } from '../../../fhir/search/parameter.ts';
import { relationships, type ContactColumns } from './model.ts';
import { insertContact, updateContact } from './queries.ts';

const text = z.string().nullable();
/** Somebody around a patient, as Patient.contact has them. */
export const Related = z.strictObject({
  relationship: z.string(),
  familyName: text,
  givenName: text,
  phone: text,
  email: text,
  isEmergency: z.boolean(),
  mayAct: z.boolean(),
  startsOn: text,
  endsOn: text,
});
export type Related = z.infer<typeof Related>;
const Row = Related.extend({
  id: z.uuid(),
  patientId: z.uuid(),
  relatedId: z.uuid().nullable(),
  active: z.boolean(),
});
type Row = z.infer<typeof Row>;

export const roleSystem = 'http://terminology.hl7.org/CodeSystem/v3-RoleCode';
/** http://hl7.org/fhir/R4/valueset-patient-contactrelationship.html: emergency contact; RoleClass: agent. */
const emergency = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0131', code: 'C' }] };
const agent = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleClass', code: 'AGNT' }] };

const relationshipsOf = (it: Related): fhir.CodeableConcept[] => [
  { coding: [{ system: roleSystem, code: it.relationship }] },
  ...(it.isEmergency ? [emergency] : []),
  ...(it.mayAct ? [agent] : []),
];
const telecomOf = ({ phone, email }: Related): fhir.ContactPoint[] => [
  ...(phone ? [{ system: 'phone' as const, value: phone }] : []),
  ...(email ? [{ system: 'email' as const, value: email }] : []),
];
const nameOf = ({ familyName, givenName }: Related): fhir.HumanName | undefined =>
  familyName === null ? undefined : { family: familyName, ...(givenName ? { given: givenName.split(' ') } : {}) };

/** A contact as a RelatedPerson, and within its Patient, says it with the same elements. */
export const elementsOf = (it: Related) => {
  const telecom = telecomOf(it);
  return {
    relationship: relationshipsOf(it),
    name: nameOf(it),
    telecom: telecom.length > 0 ? telecom : undefined,
    period:
      it.startsOn === null && it.endsOn === null
        ? undefined
        : { start: it.startsOn ?? undefined, end: it.endsOn ?? undefined },
  };
};

const toFhir = (it: Row): fhir.RelatedPerson => {
  const { name, ...elements } = elementsOf(it);
  return {
    resourceType: 'RelatedPerson',
    id: it.id,
    active: it.active,
    patient: { reference: `Patient/${it.patientId}` },
    ...elements,
    name: name && [name],
  };
};

const isCoded = (sent: readonly fhir.CodeableConcept[], { coding: [wanted] }: typeof emergency): boolean =>
  sent.some(({ coding }) => coding?.some(({ system, code }) => system === wanted!.system && code === wanted!.code));
const day = (written: string | undefined): string | null =>
  /^\d{4}-\d\d-\d\d/.test(written ?? '') ? written!.slice(0, 10) : null;

/** The relationship that we know among those sent; whoever is none of these is a friend, and what was sent is kept beside it. */
export const columnsOf = (
  it: Pick<fhir.PatientContact, 'relationship' | 'name' | 'telecom' | 'period'>,
): ContactColumns => {
  const sent = it.relationship ?? [];
  const codes = sent.flatMap(({ coding }) => coding?.map(({ code }) => code) ?? []);
  const point = (system: string) => it.telecom?.find((each) => each.system === system)?.value ?? null;
  const startsOn = day(it.period?.start);
  const endsOn = day(it.period?.end);
  return {
    relatedId: null,
    relationship: relationships.find((code) => codes.includes(code)) ?? 'FRND',
    familyName: (it.name?.family ?? it.name?.text)?.slice(0, 120) || null,
    givenName: it.name?.given?.join(' ').slice(0, 120) ?? null,
    phone: point('phone')?.slice(0, 40) ?? null,
    email: point('email')?.slice(0, 200) ?? null,
    isEmergency: isCoded(sent, emergency),
    mayAct: isCoded(sent, agent),
    startsOn,
    endsOn: startsOn !== null && endsOn !== null && endsOn < startsOn ? null : endsOn,
  };
};

type Input = ContactColumns & { patientId: string };
const fromFhir = (it: fhir.RelatedPerson, refs: Refs): Input => ({
  ...columnsOf({ ...it, name: it.name?.[0] }),
  patientId: refs.id(it.patient, 'Patient', 'patient'),
  active: it.active ?? true,
});

/** Of somebody who is a patient here as well, for whoever may see them. */
const theirs = (column: string, see: See): Fragment => {
  const name = sql.identifier([column]);
  return sql.fragment`coalesce(it.${name}, (select r.${name} from patients.patient r where r.id = it.related_id and ${see('r.id')})) as ${name}`;
};

/** Whose name is that of a patient here keeps it: the name is amended there. */
const amend = async (tx: Db, id: string, version: number, it: Input): Promise<unknown> => {
  const relatedId = await tx.oneFirst(sql.type(z.strictObject({ relatedId: z.uuid().nullable() }))`
    -- held by its parent
    select related_id from patients.contact where id = ${id}
  `);
  return updateContact(
    tx,
    id,
    version,
    relatedId === null ? it : { ...it, relatedId, familyName: null, givenName: null },
  );
};

export const relatedPerson = defineResource({
  type: 'RelatedPerson',
  table: 'patients.contact',
  patient: 'patient_id',
  permission: { read: 'patient:read', write: 'patient:write' },
  row: Row,
  columns: (_rows, see) => sql.fragment`
    it.id, it.patient_id, it.related_id, it.relationship, ${theirs('family_name', see)}, ${theirs('given_name', see)},
    ${theirs('phone', see)}, ${theirs('email', see)}, it.is_emergency, it.may_act, it.starts_on, it.ends_on, it.active
  `,
  search: {
    patient: reference('patient_id', ['Patient']),
    active: token(sql.fragment`it.active::text`),
    name: string('family_name', 'given_name'),
    phone: token('phone'),
    email: token('email', { ignoreCase: true }),
    telecom: anyOf(token('phone'), token('email')),
    relationship: token('relationship', { system: roleSystem }),
  },
  toFhir,
  fromFhir,
  create: (tx: Db, { patientId, ...it }: Input, { id }) => insertContact(tx, patientId, it, id),
  update: amend,
  instead: 'active=false',
});
