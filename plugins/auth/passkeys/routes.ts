import type { Request, ResponseToolkit } from '@hapi/hapi';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import Joi from 'joi';
import { z } from 'zod';
import { refuse } from '../../../core/refuse.ts';
import { idParams, route } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { chooseBinding } from '../binding.ts';
import { deviceCookie, knownBrowser, rememberDevice } from '../devices.ts';
import { enter } from '../entry.ts';
import { SignedIn } from '../model.ts';
import { authDb, changeOwn, noteOwn, whoOf } from '../own.ts';
import { findAccount } from '../queries.ts';
import { giveCodes } from '../second-factor/codes.ts';
import { countCodes, findTotp, needsSecondFactor, removeSecondFactor } from '../second-factor/queries.ts';
import { endSessionsOf } from '../session/queries.ts';
import { NewPasskey, Options, Passkey, Proof } from './model.ts';
import { provePasskey } from './prove.ts';
import { countPasskeys, deletePasskey, insertPasskey, listPasskeys } from './queries.ts';
import { askToProve, askToRegister, readMade } from './verify.ts';

const own = { access: 'signed-in', patients: true, transaction: false } as const;
const nothing = { payload: Joi.object({}) };

const list = route({
  method: 'GET',
  path: '/api/auth/passkeys',
  options: {
    app: { patientData: false, ...own, summary: 'One’s own passkeys, oldest first', response: itemsOf(Passkey) },
  },
  handler: async (request) => ({ items: await listPasskeys(authDb(request), whoOf(request).id) }),
});

const askForOne = route({
  method: 'POST',
  path: '/api/auth/passkeys/options',
  options: {
    validate: nothing,
    app: {
      patientData: false,
      ...own,
      recent: true,
      summary: 'What a device needs to make a passkey; good for two minutes',
      response: Options,
    },
  },
  handler: async (request) => {
    const db = authDb(request);
    const account = await findAccount(db, whoOf(request).id);
    return askToRegister(db, request.server.app.hms.config, account!);
  },
});

/** Codes come with the first second factor only: without them a lost phone would lock its person out. */
const Added = z.strictObject({ passkey: Passkey, recoveryCodes: z.array(z.string()).optional() });

const add = route<{ Payload: NewPasskey }>({
  method: 'POST',
  path: '/api/auth/passkeys',
  options: {
    validate: { payload: NewPasskey },
    app: {
      patientData: false,
      ...own,
      recent: true,
      summary: 'Keeps a passkey that a device has made; the first comes with recovery codes, which are shown once',
      response: Added,
    },
  },
  handler: async (request, h) => {
    const { id, sessionId = null } = whoOf(request);
    const { name, passkey: response } = request.payload;
    const made = await readMade(authDb(request), request.server.app.hms.config, id, response);
    const added = await changeOwn(request, 'passkey added', async (tx) => {
      const passkey = await insertPasskey(tx, { ...made, name });
      if (passkey === null) throw refuse('passkey_not_made');
      if ((await countCodes(tx, id)) > 0) return { passkey };
      // Whoever knew the password until now may be somewhere else with it.
      await endSessionsOf(tx, id, 'everywhere', sessionId);
      return { passkey, recoveryCodes: (await giveCodes(tx, id)).codes };
    });
    return h.response(added).code(201);
  },
});

const remove = route<{ Params: { id: string } }>({
  method: 'POST',
  path: '/api/auth/passkeys/{id}/remove',
  options: {
    validate: { params: idParams, ...nothing },
    app: { patientData: false, ...own, recent: true, summary: 'Signs in with this passkey no longer', response: null },
  },
  handler: async (request, h) => {
    const { id } = whoOf(request);
    const { adminSecondFactor } = request.server.app.hms.config;
    await changeOwn(request, 'passkey removed', async (tx) => {
      if (!(await deletePasskey(tx, id, request.params.id))) throw refuse('not_found');
      if ((await countPasskeys(tx, id)) > 0 || (await findTotp(tx, id))?.confirmed) return;
      if (await needsSecondFactor(tx, id, adminSecondFactor)) throw refuse('second_factor_required');
      await removeSecondFactor(tx, id);
    });
    return h.response().code(204);
  },
});

const askToSignIn = route({
  method: 'POST',
  path: '/api/auth/passkeys/sign-in/options',
  options: {
    auth: false,
    validate: nothing,
    app: {
      patientData: false,
      access: 'public',
      transaction: false,
      summary: 'What a device needs to sign in by itself; good once, for two minutes',
      response: Options,
    },
  },
  handler: (request) => askToProve(authDb(request), request.server.app.hms.config, null),
});

const signIn = route<{ Payload: { passkey: AuthenticationResponseJSON } }>({
  method: 'POST',
  path: '/api/auth/passkeys/sign-in',
  options: {
    auth: false,
    validate: { payload: Joi.object({ passkey: Proof.required() }) },
    app: {
      patientData: false,
      access: 'public',
      limit: 'sign-in',
      knownCaller: knownBrowser,
      transaction: false,
      summary: 'Signs in without a password: the device has asked for a finger or a PIN, which makes two factors',
      response: SignedIn,
    },
  },
  handler: async (request, h) => {
    const plain = request as unknown as Request;
    const db = authDb(request);
    const userId = await provePasskey(plain, request.payload.passkey, null);
    const account = await findAccount(db, userId);
    if (!account?.active) {
      await noteOwn(db, request, userId, 'sign-in', 4);
      throw refuse('passkey_refused');
    }
    return db.transaction(async (tx) => {
      const boundTo = account.patientOnly ? await chooseBinding(request.server.app.hms, tx, userId) : null;
      await noteOwn(tx, request, userId, 'sign-in with a passkey');
      const answer = await enter(plain, h as unknown as ResponseToolkit, tx, { userId, boundTo });
      return answer.state(deviceCookie, await rememberDevice(tx, userId, plain));
    });
  },
});

export const passkeyRoutes = [list, askForOne, add, remove, askToSignIn, signIn];
