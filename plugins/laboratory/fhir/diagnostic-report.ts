import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { date, defineResource, reference, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import { codedOf, conceptOf, instantOf, refTo, tableOf, written } from '../../ehr/api.ts';
import { loinc } from '../loinc.ts';
import { reportStatus } from '../model/orders.ts';
import { onlyElsewhere } from './ours.ts';

const categorySystem = 'http://terminology.hl7.org/CodeSystem/v2-0074';
const id = z.uuid().nullable();
const text = z.string().nullable();
const Row = z.strictObject({
  id: z.uuid(),
  ours: z.boolean(),
  serviceRequestId: id,
  patientId: id,
  encounterId: id,
  status: z.enum(reportStatus),
  category: text,
  codeSystem: text,
  code: text,
  display: z.string(),
  effectiveAt: text,
  issuedAt: text,
  conclusion: text,
  specimens: z.array(z.uuid()).nullable(),
  observations: z.array(z.uuid()).nullable(),
});
type Row = z.infer<typeof Row>;
type Input = Omit<Row, 'id' | 'ours' | 'specimens' | 'observations'>;

const table = tableOf('laboratory.diagnostic_report', {
  serviceRequestId: 'uuid',
  patientId: 'uuid',
  encounterId: 'uuid',
  status: 'text',
  category: 'text',
  codeSystem: 'text',
  code: 'text',
  display: 'text',
  effectiveAt: 'timestamptz',
  issuedAt: 'timestamptz',
  conclusion: 'text',
});

const toFhir = (it: Row): fhir.DiagnosticReport => ({
  resourceType: 'DiagnosticReport',
  id: it.id,
  basedOn: it.serviceRequestId === null ? undefined : [{ reference: `ServiceRequest/${it.serviceRequestId}` }],
  status: it.status,
  category: it.category === null ? undefined : [{ coding: [{ system: categorySystem, code: it.category }] }],
  code: conceptOf({ system: it.codeSystem, code: it.code, display: it.display }) ?? {},
  subject: refTo('Patient', it.patientId),
  encounter: refTo('Encounter', it.encounterId),
  effectiveDateTime: written(it.effectiveAt),
  issued: written(it.issuedAt),
  specimen: it.specimens?.map((each) => ({ reference: `Specimen/${each}` })),
  result: it.observations?.map((each) => ({ reference: `Observation/${each}` })),
  conclusion: written(it.conclusion),
});

const fromFhir = (it: fhir.DiagnosticReport, refs: Refs): Input => {
  const { system, code, display } = codedOf(it.code, loinc);
  const [request] = (it.basedOn ?? [])
    .map((each) => refs.find(each, 'ServiceRequest'))
    .filter((found) => found !== null);
  return {
    serviceRequestId: request ?? null,
    patientId: refs.find(it.subject, 'Patient'),
    encounterId: refs.find(it.encounter, 'Encounter'),
    status: it.status,
    category: it.category?.flatMap(({ coding }) => coding ?? [])[0]?.code ?? null,
    codeSystem: system,
    code,
    display,
    effectiveAt: instantOf(it.effectiveDateTime ?? it.effectivePeriod?.start),
    issuedAt: instantOf(it.issued),
    conclusion: it.conclusion ?? null,
  };
};

/** What was measured here, as the chart has it. */
const members = (column: 'observation_id' | 'specimen_id') => sql.fragment`(
  select json_agg(distinct r.${sql.identifier([column])})
  from laboratory.result r
  where it.ours and r.service_request_id = it.service_request_id and r.status in ('verified', 'withdrawn')
)`;

export const diagnosticReport = defineResource({
  type: 'DiagnosticReport',
  table: 'laboratory.diagnostic_report',
  patient: 'patient_id',
  permission: { read: 'result:read', write: 'result:write' },
  row: Row,
  columns: sql.fragment`${table.columns}, it.ours, ${members('specimen_id')} as specimens, ${members('observation_id')} as observations`,
  search: {
    patient: reference('patient_id', ['Patient']),
    subject: reference('patient_id', ['Patient']),
    encounter: reference('encounter_id', ['Encounter']),
    'based-on': reference('service_request_id', ['ServiceRequest']),
    status: token('status', { system: 'http://hl7.org/fhir/diagnostic-report-status' }),
    category: token('category', { system: categorySystem }),
    code: token('code', { system: { column: 'code_system' }, text: 'display' }),
    date: date('effective_at'),
    issued: date('issued_at'),
  },
  toFhir,
  fromFhir,
  createMany: (tx, made: readonly { id: string; input: Input }[]) => table.insert(tx, made),
  update: async (tx: Db, reportId: string, version: number, it: Input) => {
    const isOurs = await tx.exists(sql.unsafe`
      select from laboratory.diagnostic_report d where d.id = ${reportId} and d.ours and ${maySee(tx, 'd.patient_id')}
    `);
    await onlyElsewhere(isOurs ? Promise.resolve(false) : table.update(tx, reportId, version, it));
  },
  instead: 'entered-in-error',
});
