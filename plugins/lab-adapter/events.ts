import { hospitalNow } from '../../core/clock.ts';
import type { Db } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import type { Hms } from '../../core/hms.ts';
import type { Event } from '../../core/plugin.ts';
import { sendOut } from '../laboratory/api.ts';
import { patientOf, serviceRequestOf } from './fhir/write.ts';
import { writeOrder, writePatient, type OrderOut, type PatientOut } from './hl7/write.ts';
import * as q from './queries/outgoing.ts';
import { undoSeconds } from './settings.ts';

type Kind = 'mllp' | 'fhir';

const orderOf = (parts: readonly q.Part[]): OrderOut | null => {
  const [first] = parts;
  return first
    ? {
        encounterId: first.encounterId,
        encounterClass: first.encounterClass,
        department: first.department,
        specimen: {
          accession: first.accession,
          code: first.specimenCode,
          display: first.specimenDisplay,
          collectedAt: first.collectedAt,
          container: first.container,
        },
        priority: first.priority ?? 'routine',
        requester: first.requesterName === null ? null : { id: first.requesterId, name: first.requesterName },
        reason: first.reason,
        orderedAt: first.orderedAt,
        tests: parts.map(({ requestId, code, display }) => ({ placer: requestId, code, display })),
      }
    : null;
};

interface Speaking {
  kind: Kind;
  laboratory: string;
  patientId: string;
  zone: string;
}

/** The message for a laboratory, in its language, with the number it is known by. */
const written = async (
  tx: Db,
  order: OrderOut,
  control: 'NW' | 'CA',
  it: Speaking,
): Promise<{ controlId: string; body: string }> => {
  const [controlId, at, patient] = [
    await q.nextControlId(tx),
    await hospitalNow(tx),
    await q.patientOut(tx, it.patientId),
  ];
  const body =
    it.kind === 'mllp'
      ? writeOrder(order, patient, control, { controlId, at, zone: it.zone, to: it.laboratory })
      : JSON.stringify(serviceRequestOf(order, patient, control === 'NW' ? 'active' : 'revoked'));
  return { controlId, body };
};

/** By HL7 a specimen is one message; by FHIR each request is a resource of its own. */
const portions = (parts: readonly q.Part[], kind: Kind): (readonly q.Part[])[] =>
  kind === 'mllp' ? [parts] : [...Map.groupBy(parts, ({ requestId }) => requestId).values()];

const requestsOf = (parts: readonly q.Part[]): string[] => [...new Set(parts.map(({ requestId }) => requestId))];

/** A specimen was collected: what is performed elsewhere goes there, and is no work here any more. */
export const storeOrder = async (tx: Db, event: Event, hms: Hms): Promise<void> => {
  if (event.origin === 'import') return;
  const specimenId = event.subjectId;
  for (const { connectionId, kind, laboratory, patientId, resultIds } of await q.performedElsewhere(tx, specimenId)) {
    await sendOut(tx, specimenId, resultIds, laboratory);
    for (const parts of portions(await q.partsOf(tx, resultIds), kind)) {
      const order = orderOf(parts);
      if (!order) continue;
      const requestIds = requestsOf(parts);
      await q.insertOutgoing(tx, {
        connectionId,
        kind: 'order',
        cause: `order:${specimenId}${kind === 'fhir' ? `:${requestIds[0] ?? ''}` : ''}`,
        patientId,
        specimenId,
        laboratory,
        requestIds,
        after: undoSeconds(hms.config),
        ...(await written(tx, order, 'NW', { kind, laboratory, patientId, zone: hms.config.zone })),
      });
    }
    await publish(tx, 'lab-adapter.message-queued', specimenId);
  }
};

/** The order as it was written, for these requests of it alone: wanted (NW) or taken back (CA). */
const only = (body: string, kind: Kind, requestIds: readonly string[], control: 'NW' | 'CA'): string => {
  if (kind === 'fhir')
    return JSON.stringify({ ...(JSON.parse(body) as object), status: control === 'NW' ? 'active' : 'revoked' });
  const head: string[] = [];
  const groups: string[][] = [];
  for (const line of body.split('\r').filter(Boolean)) {
    if (line.startsWith('ORC')) groups.push([line.replace(/^ORC\|NW/, `ORC|${control}`)]);
    else (groups.at(-1) ?? head).push(line);
  }
  const chosen = groups.filter(([orc]) => requestIds.some((id) => orc?.includes(id)));
  return `${[...head, ...chosen.flat()].join('\r')}\r`;
};
/** Another number for a message that says something new. */
const renumbered = (body: string, controlId: string): string =>
  body.replace(/^(MSH(?:\|[^|\r]*){8}\|)[^|\r]*/, (_all, before: string) => before + controlId);

/** Takes requests of an order back: without a trace while it has not left, by a message of its own afterwards. */
const takeBack = async (tx: Db, order: q.Order, requestIds: readonly string[]): Promise<void> => {
  const gone = order.requestIds.filter((id) => requestIds.includes(id));
  if (gone.length === 0) return;
  if (!order.left) {
    const stay = order.requestIds.filter((id) => !gone.includes(id));
    await (stay.length === 0
      ? q.takeBack(tx, order.id)
      : q.rewrite(tx, order.id, { requestIds: stay, body: only(order.body, order.kind, stay, 'NW') }));
    return;
  }
  const controlId = await q.nextControlId(tx);
  await q.insertOutgoing(tx, {
    connectionId: order.connectionId,
    kind: 'cancel',
    cause: `cancel:${order.specimenId}:${[...gone].sort().join(',')}`,
    controlId,
    patientId: order.patientId,
    specimenId: order.specimenId,
    laboratory: order.laboratory,
    requestIds: gone,
    after: 0,
    body: renumbered(only(order.body, order.kind, gone, 'CA'), controlId),
  });
};

export const cancelOrder = async (tx: Db, event: Event): Promise<void> => {
  if (event.origin === 'import') return;
  for (const order of await q.holdOrders(tx, { requestId: event.subjectId }))
    await takeBack(tx, order, [event.subjectId]);
  await publish(tx, 'lab-adapter.message-queued', event.subjectId);
};

/** A specimen was refused here: the laboratory need not wait for it. A new one is a new order. */
export const cancelSpecimen = async (tx: Db, event: Event): Promise<void> => {
  if (event.origin === 'import') return;
  for (const order of await q.holdOrders(tx, { specimenId: event.subjectId }))
    await takeBack(tx, order, order.requestIds);
  await publish(tx, 'lab-adapter.message-queued', event.subjectId);
};

/** Laboratories that are working for a patient hear how they are called now. */
export const tellPatient = async (tx: Db, event: Event, hms: Hms): Promise<void> => {
  if (event.origin === 'import') return;
  const patientId = event.subjectId;
  const orders = await q.holdOrders(tx, { patientId });
  const patient = orders.length > 0 ? await q.patientOut(tx, patientId) : null;
  const told = new Set<string>();
  for (const order of orders) {
    const one = order.kind === 'mllp' ? order.connectionId : order.id;
    if (!patient || told.has(one)) continue;
    told.add(one);
    const [controlId, at] = [await q.nextControlId(tx), await hospitalNow(tx)];
    const to = { controlId, at, zone: hms.config.zone, to: order.laboratory };
    await q.insertOutgoing(tx, {
      connectionId: order.connectionId,
      kind: 'patient',
      cause: `patient:${String(event.id)}:${one}`,
      controlId,
      patientId,
      specimenId: null,
      laboratory: order.laboratory,
      requestIds: [],
      after: 0,
      body: order.kind === 'mllp' ? writePatient(patient, to) : withPatient(order.body, patient),
    });
  }
  await publish(tx, 'lab-adapter.message-queued', patientId);
};

/** The order again, with the patient as they are now. */
const withPatient = (body: string, patient: PatientOut): string => {
  const order = JSON.parse(body) as { contained: { resourceType: string }[] };
  return JSON.stringify({
    ...order,
    contained: order.contained.map((it) => (it.resourceType === 'Patient' ? patientOf(patient) : it)),
  });
};
