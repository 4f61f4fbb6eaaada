import { forbidden } from '@hapi/boom';
import type { Request, ResponseObject, ResponseToolkit } from '@hapi/hapi';
import { service } from '../../core/actor.ts';
import { writeAudit } from '../../core/audit/write.ts';
import type { Db } from '../../core/database.ts';
import { keepAnswer, keptAnswer, keyOf, replay } from '../../core/idempotency.ts';
import { dbOf } from '../../core/routes.ts';

/** Who asks, and whose record it is about: both from the session, never from the request. */
export interface Self {
  userId: string;
  patientId: string;
  sessionId: string;
  displayName: string;
}

type Asked = Pick<Request, 'auth' | 'app' | 'server'>;

/** @throws 403 for everybody who is not bound to one patient */
export const selfOf = (request: unknown): Self => {
  const actor = (request as Asked).auth.credentials?.user?.actor;
  if (actor?.kind !== 'patient' || !actor.patientId || !actor.id || !actor.sessionId) throw forbidden();
  return {
    userId: actor.id,
    patientId: actor.patientId,
    sessionId: actor.sessionId,
    displayName: actor.displayName,
  };
};

/** Reads as the database role `patient`: the transaction carries whose rows there are, and without it there are none. */
export const reading = <R>(request: unknown, work: (own: Db, self: Self) => Promise<R>): Promise<R> => {
  const self = selfOf(request);
  return dbOf(request as Asked).transaction((own) => work(own, self));
};

/**
 * Writes with the portal's own hand, on behalf of whoever is signed in; the role `patient` cannot. What is touched was read
 * as that role before. As core does it: change, events, audit row and kept answer are one transaction.
 */
export const acting = async (
  request: unknown,
  h: unknown,
  work: (tx: Db, self: Self) => Promise<unknown>,
): Promise<unknown> => {
  const self = selfOf(request);
  const asked = request as Request;
  const toolkit = h as ResponseToolkit;
  const wanted = keyOf(asked);
  const key = wanted && { ...wanted, route: `${wanted.route} ${self.patientId}` };
  return asked.server.app.hms.db(service('portal', self.userId)).transaction(async (tx) => {
    const kept = key && (await keptAnswer(tx, key));
    if (kept) return replay(toolkit, kept);
    const result = await work(tx, self);
    await writeAudit(tx, asked, { patientIds: [self.patientId], object: `Patient/${self.patientId}` });
    const response = isResponse(result) ? result : toolkit.response(result as object);
    if (key) await keepAnswer(tx, key, response);
    return response;
  });
};

const isResponse = (result: unknown): result is ResponseObject =>
  typeof result === 'object' && result !== null && 'variety' in result && 'source' in result;

/** What every portal route says of itself; the audit names the patient of the session. */
export const own = {
  auth: { scope: 'portal:use' },
  app: { patientData: true, audit: (_: never, request: Request) => ({ patientIds: [selfOf(request).patientId] }) },
} as const;
