import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { date, defineResource, reference, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import { codedOf, conceptOf, instantOf, refTo, tableOf, written } from '../../ehr/api.ts';
import { accessionSystem, onlyElsewhere } from './ours.ts';

const text = z.string().nullable();
const Row = z.strictObject({
  id: z.uuid(),
  requisitionId: z.uuid().nullable(),
  patientId: z.uuid().nullable(),
  status: z.enum(['available', 'unavailable', 'unsatisfactory', 'entered-in-error']).nullable(),
  typeSystem: text,
  typeCode: text,
  typeDisplay: z.string(),
  accession: text,
  collectedAt: text,
  receivedAt: text,
  rejection: text,
  requests: z.array(z.uuid()).nullable(),
  replacesId: z.uuid().nullable(),
});
type Row = z.infer<typeof Row>;
type Input = Pick<
  Row,
  'patientId' | 'status' | 'typeSystem' | 'typeCode' | 'typeDisplay' | 'collectedAt' | 'receivedAt'
>;

const table = tableOf('laboratory.specimen', {
  patientId: 'uuid',
  status: 'text',
  typeSystem: 'text',
  typeCode: 'text',
  typeDisplay: 'text',
  collectedAt: 'timestamptz',
  receivedAt: 'timestamptz',
});

const toFhir = (it: Row): fhir.Specimen => ({
  resourceType: 'Specimen',
  id: it.id,
  accessionIdentifier: it.accession === null ? undefined : { system: accessionSystem, value: it.accession },
  status: written(it.status),
  type: conceptOf({ system: it.typeSystem, code: it.typeCode, display: it.typeDisplay }),
  subject: refTo('Patient', it.patientId),
  receivedTime: written(it.receivedAt),
  request: it.requests?.map((request) => ({ reference: `ServiceRequest/${request}` })),
  collection: it.collectedAt === null ? undefined : { collectedDateTime: it.collectedAt },
  note: it.rejection === null ? undefined : [{ text: it.rejection }],
});

const fromFhir = (it: fhir.Specimen, refs: Refs): Input => {
  const { system, code, display } = codedOf(it.type);
  return {
    patientId: refs.find(it.subject, 'Patient'),
    status: it.status ?? null,
    typeSystem: system,
    typeCode: code,
    typeDisplay: display,
    collectedAt: instantOf(it.collection?.collectedDateTime ?? it.collection?.collectedPeriod?.start),
    receivedAt: instantOf(it.receivedTime),
  };
};

export const specimen = defineResource({
  type: 'Specimen',
  table: 'laboratory.specimen',
  patient: 'patient_id',
  permission: { read: 'specimen:read', write: 'specimen:write' },
  row: Row,
  columns: sql.fragment`${table.columns}, it.requisition_id, it.accession, it.rejection, it.replaces_id, (
    select json_agg(distinct r.service_request_id) from laboratory.result r where r.specimen_id = it.id
  ) as requests`,
  search: {
    patient: reference('patient_id', ['Patient']),
    subject: reference('patient_id', ['Patient']),
    status: token('status', { system: 'http://hl7.org/fhir/specimen-status' }),
    type: token('type_code', { system: { column: 'type_system' }, text: 'type_display' }),
    accession: token('accession', { system: accessionSystem }),
    identifier: token('accession', { system: accessionSystem }),
    collected: date('collected_at'),
  },
  toFhir,
  fromFhir,
  createMany: (tx, made: readonly { id: string; input: Input }[]) => table.insert(tx, made),
  update: async (tx: Db, specimenId: string, version: number, it: Input) => {
    const isOurs = await tx.exists(sql.unsafe`
      select from laboratory.specimen s where s.id = ${specimenId} and s.requisition_id is not null and ${maySee(tx, 's.patient_id')}
    `);
    await onlyElsewhere(isOurs ? Promise.resolve(false) : table.update(tx, specimenId, version, it));
  },
  instead: 'entered-in-error',
});
