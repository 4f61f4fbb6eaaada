import { randomUUID } from 'node:crypto';
import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { mayWriteFor } from '../../ehr/api.ts';
import { findPractitionerOfUser } from '../../facility/api.ts';
import type { NewOrder, Order } from '../model/orders.ts';
import * as q from '../queries/orders.ts';

/**
 * Tests and panels at once: a request and a report for each, a specimen for each container. A test that is open for the
 * patient already is refused unless somebody says why it is wanted again.
 * @throws 404; refusal test_unknown, test_ordered_twice, open_test_once
 */
export const placeOrder = async (tx: Db, wanted: NewOrder, requestId?: string): Promise<Order> => {
  await mayWriteFor(tx, wanted);
  const members = await q.membersOf(tx, wanted.items);
  if (wanted.items.some((_, n) => !members.some((it) => it.n === n + 1))) throw refuse('test_unknown');
  const twice = members.filter((it) => members.some((other) => other.testId === it.testId && other.n !== it.n));
  if (twice.length > 0)
    throw refuse('test_ordered_twice', { tests: [...new Set(twice.map(({ display }) => display))].join(', ') });

  const requester = await findPractitionerOfUser(tx, tx.actor.id);
  const head = {
    ...wanted,
    requisitionId: randomUUID(),
    requesterId: requester?.id ?? null,
    requesterName: requester?.displayName ?? tx.actor.displayName,
  };
  const requests = await q.insertRequests(
    tx,
    head,
    wanted.items.map((it) => ({ ...it, ...(requestId && { id: requestId }) })),
  );
  const containers = [...new Set(members.map(({ containerCode }) => containerCode))];
  const specimens = await q.insertSpecimens(tx, head, containers);
  const rows = members.map(({ n, testId, containerCode }) => {
    const item = wanted.items[n - 1];
    const request = requests.find(
      (it) => it.testId === (item?.testId ?? null) && it.panelId === (item?.panelId ?? null),
    );
    const specimen = specimens.find((it) => it.containerCode === containerCode);
    return { requestId: request?.id ?? '', specimenId: specimen?.id ?? '', testId };
  });
  const taken = await q.insertResults(tx, { patientId: wanted.patientId, repeated: wanted.again === true }, rows);
  if (taken.length < rows.length) {
    const missed = rows.map(({ testId }) => testId).filter((id) => !taken.includes(id));
    const open = await q.openTests(tx, wanted.patientId, missed);
    throw refuse('open_test_once', { tests: open.map(({ display }) => display).join(', '), open });
  }
  await publish(tx, 'laboratory.order-placed', head.requisitionId, {
    patientId: wanted.patientId,
    encounterId: wanted.encounterId ?? null,
    priority: wanted.priority,
    requests: requests.map(({ id, code }) => ({ id, code })),
  });
  return q.getOrder(tx, head.requisitionId);
};

/** What is not verified yet is not measured any more. @throws 404, version_stale; refusal request_closed */
export const cancelRequest = async (tx: Db, id: string, version: number, reason: string): Promise<Order> => {
  const before = await q.getRequest(tx, id);
  if (before.requisitionId === null) throw refuse('request_closed');
  if ((await q.explainRequest(tx, id, version, reason)) === null)
    throw refuse('version_stale', { version: before.version });
  if ((await q.cancelOpenResults(tx, { requestId: id })).length === 0) throw refuse('request_closed');
  await publish(tx, 'laboratory.request-cancelled', id, {
    patientId: before.patientId,
    encounterId: before.encounterId,
    requisitionId: before.requisitionId,
  });
  return q.getOrder(tx, before.requisitionId);
};
