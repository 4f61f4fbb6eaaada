import Joi from 'joi';
import { pageOf, pageQuery, readCursor } from '../../core/paging.ts';
import { dbOf, idParams, ifMatch, route, versioned, text } from '../../core/routes.ts';
import { pageOfItems } from '../../core/shapes.ts';
import { changeUser, choosePassword, createUser, demandOwn, givePassword } from './actions.ts';
import { ChangedUser, GivenPassword, NewUser, OwnPassword, User } from './model.ts';
import { changeOwn, whoOf } from './own.ts';
import { findAccount, getUser, listUsers } from './queries.ts';
import { withProof } from './recently/prove.ts';
import { sessionRoutes } from './session/routes.ts';
import { signInRoutes } from './sign-in.ts';

const users = [
  route<{ Query: { limit: number; cursor?: string; text?: string } }>({
    method: 'GET',
    path: '/api/users',
    options: {
      auth: { scope: 'user:read' },
      validate: { query: Joi.object({ ...pageQuery, text: text(80) }) },
      app: {
        patientData: false,
        summary: 'The users with their roles, by name; of a text those whose name or user name has it',
        response: pageOfItems(User),
      },
    },
    handler: async (request) => {
      const { limit, cursor, text: wanted } = request.query;
      const after = readCursor(cursor, 2) as [string, string] | null;
      return pageOf(await listUsers(dbOf(request), { limit: limit + 1, after, text: wanted }), limit, (last) => [
        last.displayName,
        last.id,
      ]);
    },
  }),
  route<{ Payload: NewUser }>({
    method: 'POST',
    path: '/api/users',
    options: {
      auth: { scope: 'user:write' },
      validate: { payload: NewUser },
      app: { patientData: false, recent: true, summary: 'Adds a user with a first password and roles', response: User },
    },
    handler: async (request, h) => {
      const user = await createUser(dbOf(request), request.payload, request.server.app.hms.config);
      return versioned(h, user).code(201).location(`/api/users/${user.id}`);
    },
  }),
  route<{ Params: { id: string } }>({
    method: 'GET',
    path: '/api/users/{id}',
    options: {
      auth: { scope: 'user:read' },
      validate: { params: idParams },
      app: { patientData: false, summary: 'One user with roles', response: User },
    },
    handler: async (request, h) => versioned(h, await getUser(dbOf(request), request.params.id)),
  }),
  route<{ Params: { id: string }; Payload: ChangedUser }>({
    method: 'PUT',
    path: '/api/users/{id}',
    options: {
      auth: { scope: 'user:write' },
      validate: { params: idParams, payload: ChangedUser },
      app: {
        patientData: false,
        versioned: true,
        recent: true,
        summary: 'Changes name, roles and whether the user may sign in',
        response: User,
      },
    },
    handler: async (request, h) =>
      versioned(
        h,
        await changeUser(dbOf(request), request.server.app.hms, request.params.id, ifMatch(request), request.payload),
      ),
  }),
  route<{ Params: { id: string }; Payload: GivenPassword }>({
    method: 'POST',
    path: '/api/users/{id}/password',
    options: {
      auth: { scope: 'user:write' },
      validate: { params: idParams, payload: GivenPassword },
      app: {
        patientData: false,
        recent: true,
        summary:
          'Gives somebody who has forgotten theirs a first password again; ends their sessions and takes locks off',
        response: null,
      },
    },
    handler: async (request, h) => {
      await givePassword(dbOf(request), request.params.id, request.payload.password, request.server.app.hms.config);
      return h.response().code(204);
    },
  }),
  route<{ Payload: OwnPassword }>({
    method: 'POST',
    path: '/api/auth/password',
    options: {
      validate: { payload: OwnPassword },
      pre: [withProof],
      app: {
        patientData: false,
        access: 'signed-in',
        patients: true,
        transaction: false,
        summary: 'Changes one’s own password, with the old one or a passkey; the other sessions end',
        response: null,
      },
    },
    handler: async (request, h) => {
      const { id, sessionId = null } = whoOf(request);
      const { newPassword } = request.payload;
      await changeOwn(request, 'password', async (tx) => {
        const account = (await findAccount(tx, id))!;
        demandOwn(account, newPassword);
        await choosePassword(tx, account, newPassword, request.server.app.hms.config, sessionId);
      });
      return h.response().code(204);
    },
  }),
];

export const routes = [...signInRoutes, ...sessionRoutes, ...users];
