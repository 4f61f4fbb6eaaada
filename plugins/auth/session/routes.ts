import type { Request, ResponseToolkit } from '@hapi/hapi';
import Joi from 'joi';
import { service } from '../../../core/actor.ts';
import { writeAudit } from '../../../core/audit/write.ts';
import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, idParams, route } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { answer, clientOf } from '../entry.ts';
import { distrustDevices } from '../second-factor/queries.ts';
import { SignedIn } from '../model.ts';
import { getUser } from '../queries.ts';
import { demandReachOf } from '../roles/reach.ts';
import { presentedToken, refreshCookie } from './cookie.ts';
import { OwnSession, SessionTimes, timesOf } from './model.ts';
import { endSession, endSessionOfFamily, endSessionsOf, getSessionRow, listSessions } from './queries.ts';
import { familyOf, hashOf } from './refresh-token.ts';
import { rotateSession } from './rotation.ts';
import { unwrittenUse } from './uses.ts';

const authDb = (request: Request): Db => request.server.app.hms.db(service('auth'));
const hereOf = (request: { auth: unknown }) => (request as Request).auth.credentials!.user!.actor;
/** An entry under the name of the one whose session it is. */
const asUser = (db: Db, id: string): Db => ({ ...db, actor: { ...db.actor, kind: 'user', id } });

const refresh = route({
  method: 'POST',
  path: '/api/auth/refresh',
  options: {
    auth: false,
    app: {
      patientData: false,
      summary:
        'A new access token for the refresh cookie, which is good for one use; it does not count as use of the session',
      access: 'public',
      transaction: false,
      response: SignedIn,
    },
  },
  handler: async (request, h) => {
    const plain = request as unknown as Request;
    const token = presentedToken(plain);
    const db = authDb(plain);
    if (token === null) throw refuse('session_over', { reason: 'unknown' });
    const session = await db.transaction(async (tx) => {
      const rotated = await rotateSession(tx, token, clientOf(plain));
      if ('over' in rotated && rotated.over === 'reused' && rotated.userId)
        await writeAudit(asUser(tx, rotated.userId), plain, {
          action: 'E',
          outcome: 8,
          detail: 'refresh-token-reused',
          object: `User/${rotated.userId}`,
        });
      return rotated;
    });
    if ('over' in session) throw refuse('session_over', { reason: session.over });
    return answer(plain, h as unknown as ResponseToolkit, db, session);
  },
});

const logout = route({
  method: 'POST',
  path: '/api/auth/logout',
  options: {
    auth: false,
    app: {
      patientData: false,
      summary: 'Ends the session of the refresh cookie',
      access: 'public',
      transaction: false,
      response: null,
    },
  },
  handler: async (request, h) => {
    const plain = request as unknown as Request;
    // A token that was used up says as well which session is meant: two tabs may sign out and refresh in one moment.
    const token = presentedToken(plain);
    // Another page that sends somebody here wipes nothing of what their browser keeps.
    if (token === null) return h.response().code(204);
    const family = familyOf(token);
    if (family !== null)
      await authDb(plain).transaction(async (tx) => {
        for (const { userId } of await endSessionOfFamily(tx, hashOf(family)))
          await writeAudit(asUser(tx, userId), plain, { action: 'E', detail: 'sign-out', object: `User/${userId}` });
      });
    return h
      .response()
      .code(204)
      .unstate(refreshCookie(request.server.app.hms.config))
      .header('clear-site-data', '"cache", "storage"');
  },
});

const times = route({
  method: 'GET',
  path: '/api/auth/session',
  options: {
    validate: { query: Joi.object({}) },
    app: {
      patientData: false,
      summary: 'How long this session has. Asking counts as use, unless the request is marked with openward-background',
      access: 'signed-in',
      patients: true,
      response: SessionTimes,
    },
  },
  handler: async (request): Promise<SessionTimes> => {
    const plain = request as unknown as Request;
    const { sessionId } = hereOf(request);
    const found = timesOf(await getSessionRow(authDb(plain), sessionId!));
    const used = unwrittenUse(request.server.app.hms, sessionId!);
    const since = used === undefined ? 0 : found.idle - (Date.now() - used) / 1000;
    return { ...found, idleIn: Math.max(found.idleIn, since) };
  },
});

const own = route({
  method: 'GET',
  path: '/api/auth/sessions',
  options: {
    app: {
      patientData: false,
      summary: 'Where one is signed in, last used first',
      access: 'signed-in',
      patients: true,
      response: itemsOf(OwnSession),
    },
  },
  handler: async (request) => {
    const { id, sessionId = null } = hereOf(request);
    return { items: await listSessions(authDb(request as unknown as Request), id!, sessionId) };
  },
});

const note = (id: string, detail: string) => ({ action: 'E' as const, detail, object: `User/${id}` });

const endOwn = route<{ Params: { id: string } }>({
  method: 'POST',
  path: '/api/auth/sessions/{id}/end',
  options: {
    validate: { params: idParams },
    app: {
      patientData: false,
      summary: 'Ends one of one’s own sessions',
      access: 'signed-in',
      patients: true,
      transaction: false,
      response: null,
    },
  },
  handler: async (request, h) => {
    const plain = request as unknown as Request;
    const { id, sessionId = null } = hereOf(request);
    await authDb(plain).transaction(async (tx) => {
      const mine = await listSessions(tx, id!, sessionId);
      if (!mine.some((session) => session.id === request.params.id)) throw refuse('not_found');
      await endSession(tx, request.params.id, 'sign-out');
      await writeAudit(asUser(tx, id!), plain, note(id!, 'session-ended'));
    });
    return h.response().code(204);
  },
});

const endAll = route<{ Payload: { keepThis: boolean } }>({
  method: 'POST',
  path: '/api/auth/sessions/end',
  options: {
    validate: { payload: Joi.object({ keepThis: Joi.boolean().required() }) },
    app: {
      patientData: false,
      summary:
        'Ends all of one’s own sessions, or all but this one; with all of them, no browser stands for the second factor any more',
      access: 'signed-in',
      patients: true,
      transaction: false,
      response: null,
    },
  },
  handler: async (request, h) => {
    const plain = request as unknown as Request;
    const { id, sessionId = null } = hereOf(request);
    const { keepThis } = request.payload;
    await authDb(plain).transaction(async (tx) => {
      await endSessionsOf(tx, id!, 'everywhere', keepThis ? sessionId : null);
      if (!keepThis) await distrustDevices(tx, id!);
      await writeAudit(asUser(tx, id!), plain, note(id!, 'sessions-ended'));
    });
    const gone = h.response().code(204);
    return keepThis
      ? gone
      : gone.unstate(refreshCookie(request.server.app.hms.config)).header('clear-site-data', '"cache", "storage"');
  },
});

const somebodys = [
  route<{ Params: { id: string } }>({
    method: 'GET',
    path: '/api/users/{id}/sessions',
    options: {
      auth: { scope: 'user:write' },
      validate: { params: idParams },
      app: { patientData: false, summary: 'Where a user is signed in, last used first', response: itemsOf(OwnSession) },
    },
    handler: async (request) => {
      const { id } = await getUser(dbOf(request), request.params.id);
      return { items: await listSessions(dbOf(request), id, hereOf(request).sessionId ?? null) };
    },
  }),
  route<{ Params: { id: string } }>({
    method: 'POST',
    path: '/api/users/{id}/sessions/end',
    options: {
      auth: { scope: 'user:write' },
      validate: { params: idParams },
      app: {
        patientData: false,
        summary:
          'Ends every session of a user, the one that asks stays; no browser of theirs stands for the second factor any more',
        audit: (_result, request) => note(request.params.id as string, 'sessions-ended'),
        response: null,
      },
    },
    handler: async (request, h) => {
      const { id } = await getUser(dbOf(request), request.params.id);
      await demandReachOf(dbOf(request), id);
      await endSessionsOf(dbOf(request), id, 'administrator', hereOf(request).sessionId ?? null);
      await distrustDevices(dbOf(request), id);
      return h.response().code(204);
    },
  }),
];

export const sessionRoutes = [refresh, logout, times, own, endOwn, endAll, ...somebodys];
