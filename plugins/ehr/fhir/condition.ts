import { z } from 'zod';
import { publish } from '../../../core/events.ts';
import { date, defineResource, reference, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import { conditionClinical, conditionVerification, icd10cm } from '../model.ts';
import { codedOf, conceptOf, dayOf, instantOf, refTo, statusConcept, statusOf, written } from './parts.ts';
import { tableOf } from './table.ts';

const clinical = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
const verification = 'http://terminology.hl7.org/CodeSystem/condition-ver-status';
const category = 'http://terminology.hl7.org/CodeSystem/condition-category';

const id = z.uuid();
const Row = z.strictObject({
  id,
  patientId: id,
  encounterId: id.nullable(),
  codeSystem: z.string().nullable(),
  code: z.string().nullable(),
  display: z.string(),
  clinicalStatus: z.enum(conditionClinical).nullable(),
  verificationStatus: z.enum(conditionVerification).nullable(),
  category: z.string().nullable(),
  onsetOn: z.string().nullable(),
  abatedOn: z.string().nullable(),
  recordedAt: z.string().nullable(),
  recorderId: id.nullable(),
  imported: z.boolean(),
});
type Row = z.infer<typeof Row>;

const table = tableOf('ehr.condition', {
  patientId: 'uuid',
  encounterId: 'uuid',
  codeSystem: 'text',
  code: 'text',
  display: 'text',
  clinicalStatus: 'text',
  verificationStatus: 'text',
  category: 'text',
  onsetOn: 'date',
  abatedOn: 'date',
  recordedAt: 'timestamptz',
  recorderId: 'uuid',
  imported: 'bool',
});

const toFhir = (it: Row): fhir.Condition => ({
  resourceType: 'Condition',
  id: it.id,
  clinicalStatus: statusConcept(clinical, it.clinicalStatus),
  verificationStatus: statusConcept(verification, it.verificationStatus),
  category: it.category === null ? undefined : [{ coding: [{ system: category, code: it.category }] }],
  code: conceptOf({ system: it.codeSystem, code: it.code, display: it.display }),
  subject: { reference: `Patient/${it.patientId}` },
  encounter: refTo('Encounter', it.encounterId),
  onsetDateTime: written(it.onsetOn),
  abatementDateTime: written(it.abatedOn),
  recordedDate: written(it.recordedAt),
  recorder: refTo('Practitioner', it.recorderId),
});

const fromFhir = (it: fhir.Condition, refs: Refs): Omit<Row, 'id' | 'imported'> => {
  const { system, code, display } = codedOf(it.code, icd10cm);
  return {
    patientId: refs.id(it.subject, 'Patient', 'subject'),
    encounterId: refs.find(it.encounter, 'Encounter'),
    codeSystem: system,
    code,
    display,
    clinicalStatus: statusOf(it.clinicalStatus, conditionClinical),
    verificationStatus: statusOf(it.verificationStatus, conditionVerification),
    category: it.category?.flatMap(({ coding }) => coding ?? [])[0]?.code ?? null,
    onsetOn: dayOf(it.onsetDateTime ?? it.onsetPeriod?.start),
    abatedOn: dayOf(it.abatementDateTime ?? it.abatementPeriod?.end),
    recordedAt: instantOf(it.recordedDate),
    recorderId: refs.find(it.recorder, 'Practitioner'),
  };
};

export const condition = defineResource({
  type: 'Condition',
  table: 'ehr.condition',
  patient: 'patient_id',
  permission: { read: 'condition:read', write: 'condition:write' },
  row: Row,
  columns: table.columns,
  search: {
    patient: reference('patient_id', ['Patient']),
    subject: reference('patient_id', ['Patient']),
    encounter: reference('encounter_id', ['Encounter']),
    code: token('code', { system: { column: 'code_system' }, text: 'display' }),
    category: token('category', { system: category }),
    'clinical-status': token('clinical_status', { system: clinical }),
    'verification-status': token('verification_status', { system: verification }),
    'onset-date': date('onset_on'),
    'abatement-date': date('abated_on'),
    'recorded-date': date('recorded_at'),
  },
  toFhir,
  fromFhir,
  createMany: async (tx, made: readonly { id: string; input: ReturnType<typeof fromFhir> }[]) => {
    const imported = tx.origin === 'import';
    await table.insert(
      tx,
      made.map((each) => ({ id: each.id, input: { ...each.input, imported } })),
    );
    if (imported) return;
    for (const { id: conditionId, input } of made)
      await publish(tx, 'ehr.condition-recorded', conditionId, {
        patientId: input.patientId,
        encounterId: input.encounterId,
        system: input.codeSystem,
        code: input.code,
        category: input.category,
      });
  },
  update: (tx, conditionId: string, version: number, input: ReturnType<typeof fromFhir>) =>
    table.update(tx, conditionId, version, input),
  instead: 'verificationStatus=entered-in-error',
});
