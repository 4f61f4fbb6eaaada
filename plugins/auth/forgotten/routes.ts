import type { Request } from '@hapi/hapi';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import Joi from 'joi';
import { z } from 'zod';
import { writeAudit } from '../../../core/audit/write.ts';
import { localeOf } from '../../../core/messages.ts';
import { Refusal, refuse } from '../../../core/refuse.ts';
import { headerOf, route, text } from '../../../core/routes.ts';
import { choosePassword, demandOwn } from '../actions.ts';
import { sendsMail } from '../mail.ts';
import { authDb, noteOwn } from '../own.ts';
import { shortest } from '../password.ts';
import { Proof } from '../passkeys/model.ts';
import { checkEnrolled } from '../second-factor/check.ts';
import { forgetTries, forgetTriesOf, giveBackTry, locked, takeTry } from '../tries.ts';
import { findReset, insertForgotten, takeReset } from './queries.ts';
import { hashOfToken } from './send.ts';

const open = { access: 'public', transaction: false } as const;
const token = () =>
  Joi.string()
    .pattern(/^[\w-]{43}$/, 'a token')
    .required();

const ask = route<{ Payload: { username: string } }>({
  method: 'POST',
  path: '/api/auth/forgotten',
  options: {
    auth: false,
    validate: { payload: Joi.object({ username: text(64).required() }) },
    app: {
      patientData: false,
      ...open,
      summary: 'Has a link to a new password sent to whoever has this name; the answer is the same when nobody has',
      response: null,
    },
  },
  handler: async (request, h) => {
    if (!sendsMail(request.server.app.hms)) throw refuse('reset_not_here');
    const db = authDb(request);
    const asked = await insertForgotten(db, {
      username: request.payload.username,
      source: request.info.remoteAddress || null,
      language: localeOf(headerOf(request, 'accept-language')),
    });
    if (asked === null) throw refuse('limit_reached', { retryAfter: 900, limit: 'sign-in' });
    await writeAudit(db, request as unknown as Request, { action: 'E', detail: 'password forgotten' });
    return h.response().code(204);
  },
});

const Link = z.strictObject({ username: z.string(), shortest: z.int() });

const look = route<{ Payload: { token: string } }>({
  method: 'POST',
  path: '/api/auth/forgotten/link',
  options: {
    auth: false,
    validate: { payload: Joi.object({ token: token() }) },
    app: {
      patientData: false,
      ...open,
      limit: 'sign-in',
      summary: 'Whose password a link from a letter is for',
      response: Link,
    },
  },
  handler: async (request): Promise<z.infer<typeof Link>> => {
    const user = await findReset(authDb(request), hashOfToken(request.payload.token));
    if (user === null) throw refuse('reset_over');
    return { username: user.username, shortest: shortest(user) };
  },
});

interface NewPassword {
  token: string;
  newPassword: string;
  /** Of the authenticator, or a recovery code. */
  code?: string;
  passkey?: AuthenticationResponseJSON;
}

const reset = route<{ Payload: NewPassword }>({
  method: 'POST',
  path: '/api/auth/forgotten/password',
  options: {
    auth: false,
    validate: {
      payload: Joi.object<NewPassword>({
        token: token(),
        newPassword: Joi.string().min(8).max(1000, 'utf8').required(),
        code: text(20),
        passkey: Proof,
      }),
    },
    app: {
      patientData: false,
      ...open,
      limit: 'sign-in',
      summary:
        'Sets a new password by a link from a letter, with the second factor of whoever has one; all sessions end',
      response: null,
    },
  },
  handler: async (request, h) => {
    const plain = request as unknown as Request;
    const { config } = request.server.app.hms;
    const { token, newPassword, code, passkey } = request.payload;
    const db = authDb(request);
    const hash = hashOfToken(token);
    const user = await findReset(db, hash);
    if (user === null) throw refuse('reset_over');
    // Before the code: that counts once.
    demandOwn(user, newPassword);
    // Of its own: neither does a stranger's guessing at the sign-in stop this, nor this that.
    const name = `reset:${user.id}`;
    const taken = await takeTry(db, name);
    if (taken === null) throw await locked(db, name);
    try {
      await checkEnrolled(db, plain, { user, code, passkey });
    } catch (error) {
      const isWrong = error instanceof Refusal && error.refusal === 'second_factor_wrong';
      if (!isWrong) await giveBackTry(db, name, taken);
      await noteOwn(db, request, user.id, 'password reset', 4);
      throw error;
    }
    await db.transaction(async (tx) => {
      if (!(await takeReset(tx, hash))) throw refuse('reset_over');
      await choosePassword(tx, user, newPassword, config);
      await forgetTriesOf(tx, user.username);
      await forgetTries(tx, name);
      await noteOwn(tx, request, user.id, 'password reset');
    });
    return h.response().code(204);
  },
});

export const forgottenRoutes = [ask, look, reset];
