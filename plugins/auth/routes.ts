import type { Request, ResponseToolkit } from '@hapi/hapi';
import Joi from 'joi';
import { service } from '../../core/actor.ts';
import { writeAudit } from '../../core/audit/write.ts';
import type { Db } from '../../core/database.ts';
import { localeOf, say } from '../../core/messages.ts';
import { pageOf, pageQuery, readCursor } from '../../core/paging.ts';
import { refuse } from '../../core/refuse.ts';
import { dbOf, headerOf, idParams, ifMatch, route, versioned } from '../../core/routes.ts';
import { itemsOf, pageOfItems } from '../../core/shapes.ts';
import { changeUser, createUser } from './actions.ts';
import { bindsPatients, chooseBinding } from './binding.ts';
import { enter } from './entry.ts';
import { ChangedUser, Credentials, NewUser, Role, SignedIn, SignInPage, User } from './model.ts';
import { passwordMatches } from './password.ts';
import {
  countFailure,
  findLock,
  findLogin,
  forgetFailures,
  getUser,
  listDemoUsers,
  listRoles,
  listUsers,
} from './queries.ts';
import { roles } from './roles.ts';
import { sessionRoutes } from './session/routes.ts';

const authDb = (request: Request): Db => request.server.app.hms.db(service('auth'));

const login = route<{ Payload: Credentials }>({
  method: 'POST',
  path: '/api/auth/login',
  options: {
    auth: false,
    validate: { payload: Credentials },
    app: {
      summary: 'Signs in: an access token in the answer, a refresh token in a cookie',
      access: 'public',
      limit: 'sign-in',
      transaction: false,
      response: SignedIn,
    },
  },
  handler: async (request, h) => {
    const { username, password } = request.payload;
    const plain = request as unknown as Request;
    const db = authDb(plain);
    const locked = await findLock(db, username);
    const login = await findLogin(db, username);
    // One hash is always made, so that unknown, disabled, locked and wrong take the same time and get the same answer.
    const right = await passwordMatches(
      password,
      login?.passwordHash ?? null,
      request.server.app.hms.config.passwordPepper,
    );
    if (locked || !login?.active || !right) {
      if (!locked) await countFailure(db, username);
      await writeAudit(db, plain, {
        action: 'E',
        outcome: 4,
        detail: 'sign-in',
        ...(login ? { object: `User/${login.id}` } : {}),
      });
      throw refuse('sign_in_refused');
    }
    return db.transaction(async (tx) => {
      await forgetFailures(tx, username);
      const boundTo = login.patientOnly ? await chooseBinding(request.server.app.hms, tx, login.id) : null;
      // From here on it is known who this is.
      const actor = { ...tx.actor, kind: 'user', id: login.id } as const;
      await writeAudit({ ...tx, actor }, plain, { action: 'E', detail: 'sign-in', object: `User/${login.id}` });
      return enter(plain, h as unknown as ResponseToolkit, tx, { userId: login.id, boundTo });
    });
  },
});

const signInPage = route({
  method: 'GET',
  path: '/api/auth/sign-in',
  options: {
    auth: false,
    app: {
      summary: 'What the sign-in page shows: the hospital, and in a demonstration who can sign in',
      access: 'public',
      response: SignInPage,
    },
  },
  handler: async (request): Promise<SignInPage> => {
    const { config } = request.server.app.hms;
    const locale = localeOf(headerOf(request, 'accept-language'));
    const there = config.demo ? await listDemoUsers(authDb(request as unknown as Request), roles) : [];
    const users = roles
      .filter((role) => there.includes(role))
      .map((role) => ({ username: role, title: say(`role_${role}`, locale) }));
    return { hospital: config.hospital, demo: config.demo, portal: bindsPatients(request.server.app.hms), users };
  },
});

const users = [
  route<{ Query: { limit: number; cursor?: string } }>({
    method: 'GET',
    path: '/api/users',
    options: {
      auth: { scope: 'user:read' },
      validate: { query: Joi.object(pageQuery) },
      app: { summary: 'The users with their roles, by name', response: pageOfItems(User) },
    },
    handler: async (request) => {
      const { limit, cursor } = request.query;
      const after = readCursor(cursor, 2) as [string, string] | null;
      return pageOf(await listUsers(dbOf(request), limit + 1, after), limit, (last) => [last.displayName, last.id]);
    },
  }),
  route<{ Payload: NewUser }>({
    method: 'POST',
    path: '/api/users',
    options: {
      auth: { scope: 'user:write' },
      validate: { payload: NewUser },
      app: { summary: 'Adds a user with a first password and roles', response: User },
    },
    handler: async (request, h) => {
      const user = await createUser(dbOf(request), request.payload, request.server.app.hms.config.passwordPepper);
      return versioned(h, user).code(201).location(`/api/users/${user.id}`);
    },
  }),
  route<{ Params: { id: string } }>({
    method: 'GET',
    path: '/api/users/{id}',
    options: {
      auth: { scope: 'user:read' },
      validate: { params: idParams },
      app: { summary: 'One user with roles', response: User },
    },
    handler: async (request, h) => versioned(h, await getUser(dbOf(request), request.params.id)),
  }),
  route<{ Params: { id: string }; Payload: ChangedUser }>({
    method: 'PUT',
    path: '/api/users/{id}',
    options: {
      auth: { scope: 'user:write' },
      validate: { params: idParams, payload: ChangedUser },
      app: { versioned: true, summary: 'Changes name, roles and whether the user may sign in', response: User },
    },
    handler: async (request, h) =>
      versioned(h, await changeUser(dbOf(request), request.params.id, ifMatch(request), request.payload)),
  }),
  route({
    method: 'GET',
    path: '/api/roles',
    options: {
      auth: { scope: 'role:read' },
      app: { summary: 'The roles, and what each may do', response: itemsOf(Role) },
    },
    handler: async (request) => {
      const locale = localeOf(headerOf(request, 'accept-language'));
      const roles = await listRoles(dbOf(request));
      return { items: roles.map((role) => ({ ...role, title: say(role.title, locale) })) };
    },
  }),
];

export const routes = [login, ...sessionRoutes, signInPage, ...users];
