import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { date, defineResource, reference, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import { codedOf, conceptOf, instantOf, refTo, tableOf, written } from '../../ehr/api.ts';
import { cancelRequest, placeOrder } from '../actions/orders.ts';
import { loinc } from '../loinc.ts';
import { requestStatus } from '../model/orders.ts';
import { onlyElsewhere, requisitionSystem } from './ours.ts';

const intents = [
  'proposal', 'plan', 'directive', 'order', 'original-order', 'reflex-order', 'filler-order', 'instance-order', 'option',
] as const; // prettier-ignore
const priorities = ['routine', 'urgent', 'asap', 'stat'] as const;

const id = z.uuid().nullable();
const text = z.string().nullable();
const Row = z.strictObject({
  id: z.uuid(),
  requisitionId: id,
  patientId: id,
  encounterId: id,
  status: z.enum(requestStatus),
  intent: z.enum(intents),
  priority: z.enum(priorities).nullable(),
  codeSystem: text,
  code: text,
  display: z.string(),
  reason: text,
  statusReason: text,
  requesterId: id,
  authoredAt: text,
});
type Row = z.infer<typeof Row>;
type Input = Omit<Row, 'id' | 'requisitionId' | 'statusReason'>;

const columns = {
  patientId: 'uuid',
  encounterId: 'uuid',
  status: 'text',
  intent: 'text',
  priority: 'text',
  codeSystem: 'text',
  code: 'text',
  display: 'text',
  reason: 'text',
  requesterId: 'uuid',
  authoredAt: 'timestamptz',
} as const;
const table = tableOf('laboratory.service_request', columns);

const toFhir = (it: Row): fhir.ServiceRequest => ({
  resourceType: 'ServiceRequest',
  id: it.id,
  requisition: it.requisitionId === null ? undefined : { system: requisitionSystem, value: it.requisitionId },
  status: it.status,
  intent: it.intent,
  priority: written(it.priority),
  code: conceptOf({ system: it.codeSystem, code: it.code, display: it.display }),
  subject: refTo('Patient', it.patientId) ?? {},
  encounter: refTo('Encounter', it.encounterId),
  authoredOn: written(it.authoredAt),
  requester: refTo('Practitioner', it.requesterId),
  reasonCode: it.reason === null ? undefined : [{ text: it.reason }],
  note: it.statusReason === null ? undefined : [{ text: it.statusReason }],
});

const fromFhir = (it: fhir.ServiceRequest, refs: Refs): Input => {
  const { system, code, display } = codedOf(it.code, loinc);
  return {
    patientId: refs.find(it.subject, 'Patient'),
    encounterId: refs.find(it.encounter, 'Encounter'),
    status: it.status,
    intent: it.intent,
    priority: it.priority ?? null,
    codeSystem: system,
    code,
    display,
    reason: it.reasonCode?.[0]?.text?.slice(0, 500) ?? null,
    requesterId: refs.find(it.requester, 'Practitioner'),
    authoredAt: instantOf(it.authoredOn),
  };
};

const Offered = z.strictObject({ testId: id, panelId: id });

/** What this laboratory offers under a LOINC code. */
const offered = (tx: Db, code: string): Promise<z.infer<typeof Offered> | null> =>
  tx.maybeOne(sql.type(Offered)`
    select test_id, panel_id
    from (
      select null::uuid as test_id, p.id as panel_id, 0 as rank, p.position from laboratory.panel p where p.active and p.loinc = ${code}
      union all
      select t.id, null, 1, t.position from laboratory.test t where t.active and t.loinc = ${code}
    ) found
    order by rank, position
    limit 1
  `);

/** An active order for what we offer is an order here; everything else is written down as it came. */
const create = async (tx: Db, it: Input, { id: requestId }: { id: string }): Promise<void> => {
  const isOrder = tx.origin === 'here' && it.status === 'active' && ['order', 'original-order'].includes(it.intent);
  const ours = isOrder && it.patientId && it.codeSystem === loinc && it.code ? await offered(tx, it.code) : null;
  if (!ours || !it.patientId) return table.insert(tx, [{ id: requestId, input: it }]);
  await placeOrder(
    tx,
    {
      patientId: it.patientId,
      ...(it.encounterId && { encounterId: it.encounterId }),
      items: [ours.panelId ? { panelId: ours.panelId } : { testId: ours.testId ?? '' }],
      priority: it.priority === null ? 'routine' : it.priority === 'asap' ? 'urgent' : it.priority,
      ...(it.reason && { reason: it.reason }),
    },
    requestId,
  );
};

/** Of ours only its end may be told: revoked is cancelled. @throws ordered_here */
const update = async (tx: Db, requestId: string, version: number, it: Input): Promise<void> => {
  const isOurs = await tx.exists(sql.unsafe`
    select from laboratory.service_request q where q.id = ${requestId} and q.requisition_id is not null and ${maySee(tx, 'q.patient_id')}
  `);
  if (!isOurs) return void (await table.update(tx, requestId, version, it));
  if (it.status !== 'revoked') await onlyElsewhere(Promise.resolve(false));
  await cancelRequest(tx, requestId, version, it.reason ?? 'revoked');
};

export const serviceRequest = defineResource({
  type: 'ServiceRequest',
  table: 'laboratory.service_request',
  patient: 'patient_id',
  permission: { read: 'service-request:read', write: 'service-request:write' },
  row: Row,
  columns: sql.fragment`${table.columns}, it.requisition_id, it.status_reason`,
  search: {
    patient: reference('patient_id', ['Patient']),
    subject: reference('patient_id', ['Patient']),
    encounter: reference('encounter_id', ['Encounter']),
    requester: reference('requester_id', ['Practitioner']),
    status: token('status', { system: 'http://hl7.org/fhir/request-status' }),
    intent: token('intent', { system: 'http://hl7.org/fhir/request-intent' }),
    priority: token('priority', { system: 'http://hl7.org/fhir/request-priority' }),
    code: token('code', { system: { column: 'code_system' }, text: 'display' }),
    authored: date('authored_at'),
    requisition: token(sql.fragment`it.requisition_id::text`, { system: requisitionSystem }),
  },
  toFhir,
  fromFhir,
  create,
  update,
  instead: 'entered-in-error',
});
