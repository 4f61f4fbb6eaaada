import type { Request, ResponseToolkit } from '@hapi/hapi';
import Joi from 'joi';
import { service } from '../../core/actor.ts';
import { writeAudit } from '../../core/audit/write.ts';
import type { Db } from '../../core/database.ts';
import { localeOf, say } from '../../core/messages.ts';
import { pageOf, pageQuery, readCursor } from '../../core/paging.ts';
import { Refusal, refuse } from '../../core/refuse.ts';
import { dbOf, headerOf, idParams, ifMatch, route, versioned } from '../../core/routes.ts';
import { pageOfItems } from '../../core/shapes.ts';
import { changeUser, choosePassword, createUser, givePassword } from './actions.ts';
import { bindsPatients, chooseBinding } from './binding.ts';
import { enter } from './entry.ts';
import { deviceCookie, deviceOf, lockNameOf, rememberDevice, trustDevice } from './devices.ts';
import { ChangedUser, Credentials, GivenPassword, NewUser, OwnPassword, SignedIn, SignInPage, User } from './model.ts';
import { hashPassword, isOutdated, passwordMatches, shortest } from './password.ts';
import {
  countFailure,
  findLock,
  findLogin,
  findPassword,
  forgetFailures,
  getUser,
  listDemoUsers,
  listUsers,
  setPassword,
} from './queries.ts';
import { roles } from './roles/defaults.ts';
import { checkSecondFactor } from './second-factor/check.ts';
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
    const { username, password, newPassword, code, trust } = request.payload;
    const plain = request as unknown as Request;
    const { config } = request.server.app.hms;
    const db = authDb(plain);
    const device = deviceOf(plain);
    const lockName = await lockNameOf(db, username, device);
    const lockedUntil = await findLock(db, lockName);
    const login = await findLogin(db, username);
    // One hash is always made, so that unknown, disabled, locked and wrong take the same time.
    const right = await passwordMatches(password, login?.passwordHash ?? null, config);
    const refused = async (refusal: string, extra = {}): Promise<Error> => {
      const object = login ? { object: `User/${login.id}` } : {};
      await writeAudit(db, plain, { action: 'E', outcome: 4, detail: 'sign-in', ...object });
      return refuse(refusal, extra);
    };
    // Names that nobody has lock in the same way, so this tells nothing.
    if (lockedUntil !== null) {
      plain.app.guessed = true;
      throw await refused('sign_in_locked', waitFor(lockedUntil));
    }
    if (!login?.active || !right) {
      await countFailure(db, lockName);
      throw await refused('sign_in_refused');
    }
    if (login.mustChange && newPassword === undefined) throw await refused('password_must_change');
    const factor = await checkSecondFactor(db, { user: login, device, code, config }).catch(async (error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      if (error.refusal === 'second_factor_wrong') await countFailure(db, lockName); // it costs a try
      throw await refused(error.refusal, error.extra);
    });
    return db.transaction(async (tx) => {
      await forgetFailures(tx, lockName);
      if (newPassword !== undefined) {
        if (newPassword.length < shortest(login)) throw refuse('password_too_short', { count: shortest(login) });
        await choosePassword(tx, login, newPassword, config);
      }
      if (newPassword === undefined && isOutdated(login.passwordHash, config))
        await setPassword(tx, login.id, await hashPassword(password, config), login);
      const boundTo = login.patientOnly ? await chooseBinding(request.server.app.hms, tx, login.id) : null;
      // From here on it is known who this is.
      const actor = { ...tx.actor, kind: 'user', id: login.id } as const;
      await writeAudit({ ...tx, actor }, plain, { action: 'E', detail: 'sign-in', object: `User/${login.id}` });
      const answer = await enter(plain, h as unknown as ResponseToolkit, tx, { userId: login.id, boundTo });
      const known = await rememberDevice(tx, login.id, device);
      if (trust && factor === 'proved') await trustDevice(tx, login.id, known);
      return answer.state(deviceCookie, known);
    });
  },
});

const waitFor = (until: string): { retryAfter: number } => ({
  retryAfter: Math.max(1, Math.ceil((Date.parse(until) - Date.now()) / 1000)),
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
  route<{ Params: { id: string }; Payload: GivenPassword }>({
    method: 'POST',
    path: '/api/users/{id}/password',
    options: {
      auth: { scope: 'user:write' },
      validate: { params: idParams, payload: GivenPassword },
      app: {
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
      app: {
        access: 'signed-in',
        summary: 'Changes one’s own password; the other sessions end',
        response: null,
        audit: (_result, { auth }) => ({
          action: 'U',
          object: `User/${auth.credentials.user!.actor.id}`,
          detail: 'password',
        }),
      },
    },
    handler: async (request, h) => {
      const { id, sessionId } = request.auth.credentials.user!.actor;
      const tx = dbOf(request);
      const { config } = request.server.app.hms;
      const { password, newPassword } = request.payload;
      if (!(await passwordMatches(password, await findPassword(tx, id!), config))) throw refuse('password_wrong');
      await choosePassword(tx, await getUser(tx, id!), newPassword, config, sessionId ?? null);
      return h.response().code(204);
    },
  }),
];

export const routes = [login, ...sessionRoutes, signInPage, ...users];
