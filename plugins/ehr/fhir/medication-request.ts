import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { date, defineResource, reference, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import { tellRequest } from '../actions/medications.ts';
import { requestStatus, rxnorm } from '../model.ts';
import { allergyConflicts } from '../queries/allergies.ts';
import { findInFormulary, findPrescribable } from '../queries/medications.ts';
import { codedOf, conceptOf, instantOf, refTo, written } from './parts.ts';
import { tableOf } from './table.ts';

const intents = [
  'proposal',
  'plan',
  'order',
  'original-order',
  'reflex-order',
  'filler-order',
  'instance-order',
  'option',
] as const;

const id = z.uuid();
const text = z.string().nullable();
const Row = z.strictObject({
  id,
  patientId: id,
  encounterId: id.nullable(),
  status: z.enum(requestStatus),
  intent: z.enum(intents),
  medicationId: id.nullable(),
  medicationSystem: text,
  medicationCode: text,
  medicationDisplay: z.string(),
  dosageText: text,
  quantity: z.int().nullable(),
  unit: text,
  requesterId: id.nullable(),
  requesterName: text,
  authoredAt: text,
  statusReason: text,
  allergyCheck: z.enum(['clear', 'overridden', 'not-checked']),
});
type Row = z.infer<typeof Row>;

const table = tableOf('ehr.medication_request', {
  patientId: 'uuid',
  encounterId: 'uuid',
  status: 'text',
  intent: 'text',
  medicationId: 'uuid',
  medicationSystem: 'text',
  medicationCode: 'text',
  medicationDisplay: 'text',
  dosageText: 'text',
  quantity: 'int4',
  unit: 'text',
  requesterId: 'uuid',
  requesterName: 'text',
  authoredAt: 'timestamptz',
  statusReason: 'text',
  allergyCheck: 'text',
});

const toFhir = (it: Row): fhir.MedicationRequest => ({
  resourceType: 'MedicationRequest',
  id: it.id,
  status: it.status,
  statusReason: it.statusReason === null ? undefined : { text: it.statusReason },
  intent: it.intent,
  // What was referred to stays a reference; what has a code says it.
  ...(it.medicationId !== null && it.medicationCode === null
    ? { medicationReference: { reference: `Medication/${it.medicationId}` } }
    : {
        medicationCodeableConcept: conceptOf({
          system: it.medicationSystem,
          code: it.medicationCode,
          display: it.medicationDisplay,
        }),
      }),
  subject: { reference: `Patient/${it.patientId}` },
  encounter: refTo('Encounter', it.encounterId),
  authoredOn: written(it.authoredAt),
  requester:
    it.requesterId !== null
      ? { reference: `Practitioner/${it.requesterId}` }
      : it.requesterName === null
        ? undefined
        : { display: it.requesterName },
  dosageInstruction: it.dosageText === null ? undefined : [{ text: it.dosageText }],
  dispenseRequest: it.quantity === null ? undefined : { quantity: { value: it.quantity, unit: written(it.unit) } },
});

type Input = Omit<Row, 'id' | 'allergyCheck'>;

const fromFhir = (it: fhir.MedicationRequest, refs: Refs): Input => {
  const { system, code, display } = codedOf(it.medicationCodeableConcept, rxnorm);
  const quantity = it.dispenseRequest?.quantity;
  const isWhole = Number.isInteger(quantity?.value) && quantity!.value! > 0 && quantity!.value! < 2 ** 31;
  return {
    patientId: refs.id(it.subject, 'Patient', 'subject'),
    encounterId: refs.find(it.encounter, 'Encounter'),
    status: it.status,
    intent: it.intent,
    medicationId: refs.find(it.medicationReference, 'Medication'),
    medicationSystem: system,
    medicationCode: code,
    medicationDisplay: display || it.medicationReference?.display || '',
    dosageText:
      it.dosageInstruction
        ?.map(({ text: words }) => words)
        .filter(Boolean)
        .join('; ')
        .slice(0, 2000) || null,
    quantity: isWhole ? quantity!.value! : null,
    unit: quantity?.unit ?? null,
    requesterId: refs.find(it.requester, 'Practitioner'),
    requesterName: it.requester?.display ?? null,
    authoredAt: instantOf(it.authoredOn),
    statusReason: it.statusReason ? codedOf(it.statusReason).display.slice(0, 500) || null : null,
  };
};

/** A code of the formulary leads to its medication, so that pharmacy can dispense it; a reference lends its name. */
const known = async (tx: Db, input: Input): Promise<Input> => {
  if (input.medicationId !== null) {
    const medication = await findPrescribable(tx, input.medicationId);
    return { ...input, medicationDisplay: input.medicationDisplay || (medication?.display ?? '') };
  }
  if (input.medicationSystem !== rxnorm || input.medicationCode === null) return input;
  const medication = await findInFormulary(tx, rxnorm, input.medicationCode);
  return medication ? { ...input, medicationId: medication.id } : input;
};

/** What is ordered here is checked like any prescription; history is kept as it was. @throws allergy_conflict */
const weigh = async (tx: Db, input: Input): Promise<Row['allergyCheck']> => {
  if (tx.origin === 'import' || input.status !== 'active') return 'not-checked';
  const medication = input.medicationId === null ? null : await findPrescribable(tx, input.medicationId);
  const conflicts = await allergyConflicts(
    tx,
    input.patientId,
    medication ?? { ingredientCodes: [], display: input.medicationDisplay },
  );
  if (conflicts.length > 0) throw refuse('allergy_conflict', { conflicts });
  return 'clear';
};

export const medicationRequest = defineResource({
  type: 'MedicationRequest',
  table: 'ehr.medication_request',
  patient: 'patient_id',
  permission: { read: 'medication-request:read', write: 'medication-request:write' },
  row: Row,
  columns: table.columns,
  search: {
    patient: reference('patient_id', ['Patient']),
    subject: reference('patient_id', ['Patient']),
    encounter: reference('encounter_id', ['Encounter']),
    requester: reference('requester_id', ['Practitioner']),
    medication: reference('medication_id', ['Medication']),
    code: token('medication_code', { system: { column: 'medication_system' }, text: 'medication_display' }),
    status: token('status', { system: 'http://hl7.org/fhir/CodeSystem/medicationrequest-status' }),
    intent: token('intent', { system: 'http://hl7.org/fhir/CodeSystem/medicationrequest-intent' }),
    authoredon: date('authored_at'),
  },
  toFhir,
  fromFhir,
  createMany: async (tx, made: readonly { id: string; input: Input }[]) => {
    const rows = [];
    for (const { id: requestId, input } of made) {
      const own = tx.origin === 'import' && input.medicationId === null ? input : await known(tx, input);
      rows.push({ id: requestId, input: { ...own, allergyCheck: await weigh(tx, own) } });
    }
    await table.insert(tx, rows);
    if (tx.origin === 'import') return;
    for (const { id: requestId, input } of rows)
      if (input.status === 'active') await tellRequest(tx, 'requested', requestId);
  },
  update: async (tx, requestId: string, version: number, input: Input) => {
    const own = await known(tx, input);
    const { status, allergyCheck } = await tx.one(sql.type(
      z.strictObject({ status: z.string(), allergyCheck: Row.shape.allergyCheck }),
    )`
      select status, allergy_check from ehr.medication_request where id = ${requestId}
    `);
    // Somebody has decided about it already.
    await table.update(tx, requestId, version, {
      ...own,
      allergyCheck: allergyCheck === 'overridden' ? undefined : await weigh(tx, own),
    });
    if (tx.origin === 'import' || status === input.status) return;
    if (input.status === 'active') await tellRequest(tx, 'requested', requestId);
    if (input.status === 'cancelled' || input.status === 'stopped') await tellRequest(tx, 'cancelled', requestId);
  },
  instead: 'entered-in-error',
});
