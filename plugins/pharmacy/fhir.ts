import { z } from 'zod';
import { sql, type Db } from '../../core/database.ts';
import { refuse } from '../../core/refuse.ts';
import { date, decimal, defineResource, reference, token, type fhir, type Refs } from '../../fhir/resource.ts';
import { dispense } from './actions.ts';
import { dispenseStatus } from './model.ts';

const id = z.uuid().nullable();
const text = z.string().nullable();
const Row = z.strictObject({
  id: z.uuid(), status: z.enum(dispenseStatus), patientId: id, encounterId: id, medicationRequestId: id, medicationId: id, medicationSystem: text,
  medicationCode: text, medicationDisplay: z.string(), medicationElsewhere: z.boolean(), quantity: text, unit: text, dispensedAt: text,
}); // prettier-ignore
type Row = z.infer<typeof Row>;

const refTo = (type: string, target: string | null): fhir.Reference | undefined =>
  target === null ? undefined : { reference: `${type}/${target}` };

const toFhir = (it: Row): fhir.MedicationDispense => ({
  resourceType: 'MedicationDispense',
  id: it.id,
  status: it.status,
  ...medicationOf(it),
  subject: refTo('Patient', it.patientId),
  context: refTo('Encounter', it.encounterId),
  authorizingPrescription:
    it.medicationRequestId === null ? undefined : [{ reference: `MedicationRequest/${it.medicationRequestId}` }],
  quantity: it.quantity === null ? undefined : { value: decimal(it.quantity), unit: it.unit ?? undefined },
  whenHandedOver: it.dispensedAt ?? undefined,
});

/** A reference that leads nowhere here is kept as it was sent, and said by nothing else. */
const medicationOf = (it: Row): Pick<fhir.MedicationDispense, 'medicationReference' | 'medicationCodeableConcept'> => {
  const text = it.medicationDisplay || undefined;
  if (it.medicationElsewhere) return {};
  if (it.medicationId !== null)
    return { medicationReference: { reference: `Medication/${it.medicationId}`, display: text } };
  const coding =
    it.medicationCode === null
      ? undefined
      : [{ system: it.medicationSystem ?? undefined, code: it.medicationCode, display: text }];
  return { medicationCodeableConcept: { coding, text } };
};

type Input = Omit<Row, 'id'>;

const fromFhir = (it: fhir.MedicationDispense, refs: Refs): Input => {
  const concept = it.medicationCodeableConcept;
  const coding = concept?.coding?.find(({ code }) => code !== undefined);
  const amount = it.quantity?.value;
  const medicationId = refs.find(it.medicationReference, 'Medication');
  return {
    status: it.status,
    patientId: refs.find(it.subject, 'Patient'),
    encounterId: refs.find(it.context, 'Encounter'),
    medicationRequestId: refs.find(it.authorizingPrescription?.[0], 'MedicationRequest'),
    medicationId,
    medicationElsewhere: it.medicationReference !== undefined && medicationId === null,
    medicationSystem: coding?.system ?? null,
    medicationCode: coding?.code ?? null,
    medicationDisplay: coding?.display ?? concept?.text ?? it.medicationReference?.display ?? '',
    quantity: amount !== undefined && amount > 0 ? String(amount) : null,
    unit: it.quantity?.unit ?? null,
    dispensedAt: instantOf(it.whenHandedOver),
  };
};

/** A date may be a year only; the column takes its beginning, and what was sent is kept beside it. */
const instantOf = (written: string | undefined): string | null =>
  written === undefined
    ? null
    : written.includes('T')
      ? written
      : `${written}${'-01-01'.slice(written.length - 4)}T00:00:00Z`;

/** Of a prescription that is open here and of a medicine on our shelf: then handing it out takes it from there. */
const isFromOurShelf = (tx: Db, requestId: string): Promise<boolean> =>
  tx.exists(sql.unsafe`
    -- held by its parent
    select from ehr.medication_request r
    where r.id = ${requestId} and r.status = 'active' and exists (select from pharmacy.lot where lot.medication_id = r.medication_id)
  `);

const insert = (tx: Db, dispenseId: string, it: Input): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into pharmacy.medication_dispense (id, status, patient_id, encounter_id, medication_request_id, medication_id, medication_system,
      medication_code, medication_display, medication_elsewhere, quantity, unit, dispensed_at)
    values (${dispenseId}, ${it.status}, ${it.patientId}, ${it.encounterId}, ${it.medicationRequestId}, ${it.medicationId}, ${it.medicationSystem},
      ${it.medicationCode}, ${it.medicationDisplay}, ${it.medicationElsewhere}, ${it.quantity}, ${it.unit}, ${it.dispensedAt})
  `);

/** What was taken from our shelf is corrected there; what came from elsewhere is only written down. @throws dispense_is_final */
const amend = async (tx: Db, dispenseId: string, version: number, it: Input): Promise<void> => {
  if (await tx.exists(sql.unsafe`select from pharmacy.stock_movement where dispense_id = ${dispenseId}`))
    throw refuse('dispense_is_final');
  await tx.query(sql.unsafe`
    -- held by its parent
    update pharmacy.medication_dispense
    set status = ${it.status}, patient_id = ${it.patientId}, encounter_id = ${it.encounterId}, medication_request_id = ${it.medicationRequestId},
      medication_id = ${it.medicationId}, medication_system = ${it.medicationSystem}, medication_code = ${it.medicationCode},
      medication_display = ${it.medicationDisplay}, medication_elsewhere = ${it.medicationElsewhere}, quantity = ${it.quantity}, unit = ${it.unit}, dispensed_at = ${it.dispensedAt}
    where id = ${dispenseId} and version = ${version}
  `);
};

export const medicationDispense = defineResource({
  type: 'MedicationDispense',
  table: 'pharmacy.medication_dispense',
  patient: 'patient_id',
  permission: { read: 'dispense:read', write: 'dispense:write' },
  row: Row,
  columns: sql.fragment`
    it.id, it.status, it.patient_id, it.encounter_id, it.medication_request_id, it.medication_id, it.medication_system, it.medication_code,
    it.medication_display, it.medication_elsewhere, it.quantity, it.unit, it.dispensed_at
  `,
  search: {
    patient: reference('patient_id', ['Patient']),
    subject: reference('patient_id', ['Patient']),
    context: reference('encounter_id', ['Encounter']),
    prescription: reference('medication_request_id', ['MedicationRequest']),
    medication: reference('medication_id', ['Medication']),
    code: token('medication_code', { system: { column: 'medication_system' }, text: 'medication_display' }),
    status: token('status', { system: 'http://terminology.hl7.org/CodeSystem/medicationdispense-status' }),
    whenhandedover: date('dispensed_at'),
  },
  toFhir,
  fromFhir,
  create: async (tx: Db, it: Input, { id: dispenseId }) => {
    const quantity = Number(it.quantity);
    const isOurs =
      tx.origin === 'here' &&
      it.status === 'completed' &&
      it.medicationRequestId !== null &&
      Number.isInteger(quantity) &&
      quantity > 0;
    if (isOurs && (await isFromOurShelf(tx, it.medicationRequestId!)))
      await dispense(tx, { medicationRequestId: it.medicationRequestId!, quantity }, dispenseId);
    else await insert(tx, dispenseId, it);
  },
  update: amend,
  instead: 'entered-in-error',
});
