import { z } from 'zod';
import { publish } from '../../../core/events.ts';
import { date, defineResource, reference, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import { allergyClinical, allergyVerification, criticalities, noKnownAllergy, rxnorm } from '../model.ts';
import { endNoneKnown, lockAllergies } from '../queries/allergies.ts';
import { codedOf, conceptOf, instantOf, refTo, statusConcept, statusOf, written } from './parts.ts';
import { tableOf } from './table.ts';

const clinical = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical';
const verification = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification';

const id = z.uuid();
const text = z.string().nullable();
const Row = z.strictObject({
  id,
  patientId: id,
  codeSystem: text,
  code: text,
  display: z.string(),
  type: z.enum(['allergy', 'intolerance']).nullable(),
  category: text,
  criticality: z.enum(criticalities).nullable(),
  clinicalStatus: z.enum(allergyClinical).nullable(),
  verificationStatus: z.enum(allergyVerification).nullable(),
  reaction: text,
  recordedAt: text,
  recorderId: id.nullable(),
});
type Row = z.infer<typeof Row>;

const table = tableOf('ehr.allergy_intolerance', {
  patientId: 'uuid',
  codeSystem: 'text',
  code: 'text',
  display: 'text',
  type: 'text',
  category: 'text',
  criticality: 'text',
  clinicalStatus: 'text',
  verificationStatus: 'text',
  reaction: 'text',
  recordedAt: 'timestamptz',
  recorderId: 'uuid',
});

const toFhir = (it: Row): fhir.AllergyIntolerance => ({
  resourceType: 'AllergyIntolerance',
  id: it.id,
  clinicalStatus: statusConcept(clinical, it.clinicalStatus),
  verificationStatus: statusConcept(verification, it.verificationStatus),
  type: written(it.type),
  category: it.category === null ? undefined : [it.category as 'food'],
  criticality: written(it.criticality),
  code: conceptOf({ system: it.codeSystem, code: it.code, display: it.display }),
  patient: { reference: `Patient/${it.patientId}` },
  recordedDate: written(it.recordedAt),
  recorder: refTo('Practitioner', it.recorderId),
  reaction: it.reaction === null ? undefined : [{ manifestation: [{ text: it.reaction }] }],
});

const fromFhir = (it: fhir.AllergyIntolerance, refs: Refs): Omit<Row, 'id'> => {
  const { system, code, display } = codedOf(it.code, rxnorm);
  const [manifestation] = it.reaction?.[0]?.manifestation ?? [];
  return {
    patientId: refs.id(it.patient, 'Patient', 'patient'),
    codeSystem: system,
    code,
    // Without a code the substance of a reaction says what it is.
    display: display || codedOf(it.reaction?.[0]?.substance).display || 'Unspecified',
    type: it.type ?? null,
    category: it.category?.[0] ?? null,
    criticality: it.criticality ?? null,
    clinicalStatus: statusOf(it.clinicalStatus, allergyClinical),
    verificationStatus: statusOf(it.verificationStatus, allergyVerification),
    reaction: manifestation ? codedOf(manifestation).display.slice(0, 1000) || null : null,
    recordedAt: instantOf(it.recordedDate),
    recorderId: refs.find(it.recorder, 'Practitioner'),
  };
};

export const allergy = defineResource({
  type: 'AllergyIntolerance',
  table: 'ehr.allergy_intolerance',
  patient: 'patient_id',
  permission: { read: 'allergy:read', write: 'allergy:write' },
  row: Row,
  columns: table.columns,
  search: {
    patient: reference('patient_id', ['Patient']),
    code: token('code', { system: { column: 'code_system' }, text: 'display' }),
    category: token('category', { system: 'http://hl7.org/fhir/allergy-intolerance-category' }),
    type: token('type', { system: 'http://hl7.org/fhir/allergy-intolerance-type' }),
    criticality: token('criticality', { system: 'http://hl7.org/fhir/allergy-intolerance-criticality' }),
    'clinical-status': token('clinical_status', { system: clinical }),
    'verification-status': token('verification_status', { system: verification }),
    date: date('recorded_at'),
    recorder: reference('recorder_id', ['Practitioner']),
  },
  toFhir,
  fromFhir,
  createMany: async (tx, made: readonly { id: string; input: ReturnType<typeof fromFhir> }[]) => {
    const isNone = (input: { code: string | null }) => input.code === noKnownAllergy.code;
    for (const patientId of new Set(
      made.filter(({ input }) => !isNone(input)).map(({ input }) => input.patientId),
    ).values()) {
      await lockAllergies(tx, patientId);
      await endNoneKnown(tx, patientId);
    }
    await table.insert(tx, made);
    if (tx.origin === 'import') return;
    for (const { id: allergyId, input } of made)
      await publish(tx, 'ehr.allergy-recorded', allergyId, {
        patientId: input.patientId,
        system: input.codeSystem,
        code: input.code,
        criticality: input.criticality,
        noneKnown: isNone(input),
      });
  },
  update: (tx, allergyId: string, version: number, input: ReturnType<typeof fromFhir>) =>
    table.update(tx, allergyId, version, input),
  instead: 'verificationStatus=entered-in-error',
});
