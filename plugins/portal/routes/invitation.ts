import type { Request, ResponseToolkit } from '@hapi/hapi';
import { service } from '../../../core/actor.ts';
import { writeAudit } from '../../../core/audit/write.ts';
import { refuse } from '../../../core/refuse.ts';
import { route } from '../../../core/routes.ts';
import { endSession, enter, SignedIn } from '../../auth/api.ts';
import { accept, prove } from '../actions/accounts.ts';
import Joi from 'joi';
import { uuid } from '../../../core/routes.ts';
import { Acceptance, Proof, Proved } from '../model.ts';
import { maySeePatient } from '../queries/access.ts';
import { selfOf } from '../self.ts';

const check = route<{ Payload: Proof }>({
  method: 'POST',
  path: '/api/portal/invitation/check',
  options: {
    auth: false,
    validate: { payload: Proof },
    app: {
      patientData: true,
      access: 'public',
      limit: 'sign-in',
      transaction: false,
      response: Proved,
      summary: 'Whether code and birth date belong together',
    },
  },
  handler: async (request) => {
    const { hms } = request.server.app;
    const found = await prove(hms, hms.db(service('portal')), request.payload, request.info.remoteAddress);
    // Their name is told to whoever holds the code and knows the birth date: that is a look.
    (request as unknown as Request).app.noted = {
      action: 'R',
      detail: 'portal-invitation',
      patientIds: [found.patientId],
    };
    return { role: found.role, displayName: found.displayName, givenName: found.givenName };
  },
});

const take = route<{ Payload: Acceptance }>({
  method: 'POST',
  path: '/api/portal/invitation/accept',
  options: {
    auth: false,
    validate: { payload: Acceptance },
    app: {
      patientData: false,
      access: 'public',
      limit: 'sign-in',
      transaction: false,
      response: SignedIn,
      summary: 'Sets a password and signs in',
    },
  },
  handler: async (request, h) => {
    const { hms } = request.server.app;
    const db = hms.db(service('portal'));
    const { userId, patientId } = await accept(hms, db, request.payload, request.info.remoteAddress);
    return hms.db(service('portal', userId)).transaction(async (tx) => {
      await writeAudit(tx, request as unknown as Request, {
        action: 'E',
        detail: 'portal-invitation',
        object: `User/${userId}`,
        patientIds: [patientId],
      });
      return enter(request as unknown as Request, h as unknown as ResponseToolkit, tx, { userId, boundTo: patientId });
    });
  },
});

/** Another patient of this account: a new session, bound to that one; the old one ends. Whose they are is read from the account's own access. */
const change = route<{ Payload: { patientId: string } }>({
  method: 'POST',
  path: '/api/portal/switch',
  options: {
    auth: { scope: 'portal:use' },
    validate: { payload: Joi.object({ patientId: uuid().required() }) },
    app: {
      patientData: false,
      transaction: false,
      response: SignedIn,
      summary: 'A session that shows another patient of this account',
    },
  },
  handler: async (request, h) => {
    const { userId, sessionId } = selfOf(request);
    const { patientId } = request.payload;
    return request.server.app.hms.db(service('portal', userId)).transaction(async (tx) => {
      if (!(await maySeePatient(tx, userId, patientId))) throw refuse('not_found');
      await endSession(tx, sessionId, 'switched');
      await writeAudit(tx, request as unknown as Request, {
        action: 'E',
        detail: 'portal-switch',
        object: `User/${userId}`,
        patientIds: [patientId],
      });
      return enter(request as unknown as Request, h as unknown as ResponseToolkit, tx, {
        userId,
        boundTo: patientId,
        after: sessionId,
      });
    });
  },
});

export const invitation = [check, take, change];
