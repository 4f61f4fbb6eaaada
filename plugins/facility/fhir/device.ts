import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { defineResource, reference, string, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import { permission } from './address.ts';

const Row = z.strictObject({
  id: z.uuid(),
  status: z.enum(['active', 'inactive', 'entered-in-error', 'unknown']),
  name: z.string(),
  type: z.string().nullable(),
  organizationId: z.uuid().nullable(),
  locationId: z.uuid().nullable(),
  serialNumber: z.string().nullable(),
  patientId: z.uuid().nullable(),
});
type Row = z.infer<typeof Row>;
type Input = Omit<Row, 'id'>;

const toFhir = (it: Row): fhir.Device => ({
  resourceType: 'Device',
  id: it.id,
  status: it.status,
  serialNumber: it.serialNumber ?? undefined,
  deviceName: it.name ? [{ name: it.name, type: 'user-friendly-name' }] : undefined,
  type: it.type ? { text: it.type } : undefined,
  patient: it.patientId ? { reference: `Patient/${it.patientId}` } : undefined,
  owner: it.organizationId ? { reference: `Organization/${it.organizationId}` } : undefined,
  location: it.locationId ? { reference: `Location/${it.locationId}` } : undefined,
});

const names = (it: fhir.Device): string | undefined =>
  (it.deviceName?.find(({ type }) => type === 'user-friendly-name') ?? it.deviceName?.[0])?.name;
const wordsOf = (it: fhir.CodeableConcept | undefined): string | null =>
  (it?.text ?? it?.coding?.find(({ display }) => display)?.display ?? it?.coding?.[0]?.code)?.slice(0, 200) ?? null;

const fromFhir = (it: fhir.Device, refs: Refs): Input => ({
  status: it.status ?? 'active',
  name: (names(it) ?? wordsOf(it.type) ?? '').slice(0, 200),
  type: wordsOf(it.type),
  organizationId: refs.find(it.owner, 'Organization'),
  locationId: refs.find(it.location, 'Location'),
  serialNumber: it.serialNumber?.slice(0, 200) ?? null,
  patientId: refs.find(it.patient, 'Patient'),
});

/** Equipment of the house, and what a patient wears: that is the patient's data and stands in no list of the house. */
export const device = defineResource({
  type: 'Device',
  table: 'facility.device',
  patient: 'patient_id',
  permission,
  row: Row,
  columns: sql.fragment`it.id, it.status, it.name, it.type, it.organization_id, it.location_id, it.serial_number, it.patient_id`,
  search: {
    patient: reference('patient_id', ['Patient']),
    status: token('status', { system: 'http://hl7.org/fhir/device-status' }),
    'device-name': string('name'),
    organization: reference('organization_id', ['Organization']),
    location: reference('location_id', ['Location']),
  },
  toFhir,
  fromFhir,
  create: (tx: Db, it: Input, { id }) =>
    tx.query(sql.unsafe`
      insert into facility.device (id, status, name, type, organization_id, location_id, serial_number, patient_id)
      values (${id}, ${it.status}, ${it.name}, ${it.type}, ${it.organizationId}, ${it.locationId}, ${it.serialNumber}, ${it.patientId})
    `),
  update: (tx, id, version, it) =>
    tx.query(sql.unsafe`
      update facility.device
      set status = ${it.status}, name = ${it.name}, type = ${it.type}, organization_id = ${it.organizationId}, location_id = ${it.locationId},
        serial_number = ${it.serialNumber}, patient_id = ${it.patientId}
      where id = ${id} and version = ${version}
    `),
  instead: 'status=inactive',
});
