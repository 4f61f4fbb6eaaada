import { z } from 'zod';
import { sql } from '../../../core/database.ts';
import { date, defineResource, reference, string, token, type fhir } from '../../../fhir/resource.ts';
import { signInDoors } from './model.ts';
import { seenDetail, seenObject, seenPatients, showsPatient } from './sight.ts';

const text = z.string().nullable();
const Row = z.strictObject({
  id: z.uuid(),
  at: z.string(),
  actorId: z.uuid().nullable(),
  actorName: text,
  actorKind: z.string(),
  action: z.enum(['C', 'R', 'U', 'D', 'E']),
  subtype: text,
  route: z.string(),
  object: text,
  patientIds: z.array(z.uuid()),
  outcome: z.int(),
  detail: text,
  requestId: z.string(),
  source: text,
  purpose: z.string(),
});
type Row = z.infer<typeof Row>;

const typeSystem = 'http://terminology.hl7.org/CodeSystem/audit-event-type';
const dicom = 'http://dicom.nema.org/resources/ontology/DCM';
const interactionSystem = 'http://hl7.org/fhir/restful-interaction';
const entitySystem = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const roleSystem = 'http://terminology.hl7.org/CodeSystem/object-role';

const interactions = { C: 'create', R: 'read', U: 'update', D: 'delete', E: 'operation' } as const;
/** A list is a search, a file an export by DICOM's word for it; for paper there is no code. */
const subtypeOf = ({ action, subtype }: Row): fhir.Coding => {
  if (subtype === 'export') return { system: dicom, code: '110106', display: 'Export' };
  if (subtype === 'print') return { display: 'print' };
  return { system: interactionSystem, code: subtype === 'listed' ? 'search-type' : interactions[action] };
};

const isSignIn = ({ route }: Row): boolean => signInDoors.includes(route);

const toFhir = (it: Row): fhir.AuditEvent => ({
  resourceType: 'AuditEvent',
  id: it.id,
  type: isSignIn(it)
    ? { system: dicom, code: '110114', display: 'User Authentication' }
    : { system: typeSystem, code: 'rest', display: 'RESTful Operation' },
  subtype: isSignIn(it) ? [{ system: dicom, code: '110122', display: 'Login' }] : [subtypeOf(it)],
  action: it.action,
  recorded: it.at,
  outcome: String(it.outcome) as fhir.AuditEvent['outcome'],
  outcomeDesc: it.detail ?? undefined,
  purposeOfEvent: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: it.purpose }] }],
  agent: [
    {
      altId: it.actorId ?? undefined,
      name: it.actorName ?? it.actorKind,
      requestor: true,
      network: it.source === null ? undefined : { address: it.source, type: '2' },
    },
  ],
  source: { observer: { display: 'OpenWard' } },
  entity: [
    ...it.patientIds.map((id) => ({
      what: { reference: `Patient/${id}` },
      type: { system: entitySystem, code: '1', display: 'Person' },
      role: { system: roleSystem, code: '1', display: 'Patient' },
    })),
    {
      what: { identifier: { value: it.object ?? it.route } },
      type: { system: entitySystem, code: '2', display: 'System Object' },
      role: { system: roleSystem, code: '4', display: 'Domain Resource' },
      description: it.route,
      detail: [{ type: 'request', valueString: it.requestId }],
    },
  ],
});

const signsIn = sql.fragment`it.route = any(${sql.array(signInDoors, 'text')})`;

/** An entry may show many patients: any of them is asked for. */
const patient = reference(sql.fragment`it.actor_id`, ['Patient']);
const shown = {
  ...patient,
  matches: (...[alias, asked, see]: Parameters<typeof patient.matches>) => {
    const id = /^(?:Patient\/)?([0-9a-f-]{36})$/i.exec(asked.value)?.[1];
    return id ? showsPatient(alias, id, see) : sql.fragment`false`;
  },
  missing: (alias: string) => sql.fragment`cardinality(${sql.identifier([alias, 'patient_ids'])}) = 0`,
};

/** http://hl7.org/fhir/R4/auditevent.html, read only: what is written down stays. */
export const auditEvent = defineResource({
  type: 'AuditEvent',
  table: 'auth.audit_event',
  patient: null,
  permission: { read: 'audit:read', write: 'audit:read' },
  row: Row,
  columns: (_rows, see) => sql.fragment`
    it.id, it.at, it.actor_id, it.actor_name, it.actor_kind, it.action, it.subtype, it.route, ${seenObject('it', see)} as object,
    ${seenPatients('it', see)} as patient_ids, it.outcome, ${seenDetail('it', see)} as detail, it.request_id, host(it.source) as source, it.purpose
  `,
  search: {
    date: date('at'),
    patient: shown,
    entity: shown,
    altid: token(sql.fragment`it.actor_id::text`),
    'agent-name': string('actor_name'),
    address: string(sql.fragment`host(it.source)`),
    action: token('action', { system: 'http://hl7.org/fhir/audit-event-action' }),
    outcome: token(sql.fragment`it.outcome::text`, { system: 'http://hl7.org/fhir/audit-event-outcome' }),
    type: token(sql.fragment`case when ${signsIn} then '110114' else 'rest' end`),
    subtype: token(
      sql.fragment`case when ${signsIn} then '110122' else case it.subtype when 'listed' then 'search-type' when 'export' then '110106' when 'print' then null
        else case it.action when 'C' then 'create' when 'R' then 'read' when 'U' then 'update' when 'D' then 'delete' else 'operation' end end end`,
    ),
  },
  toFhir,
});
