import type { Request } from '@hapi/hapi';
import Joi from 'joi';
import { z } from 'zod';
import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, idParams, route } from '../../../core/routes.ts';
import { passwordMatches } from '../password.ts';
import { findPassword, getUser } from '../queries.ts';
import { demandReachOf } from '../roles/reach.ts';
import { endSessionsOf } from '../session/queries.ts';
import * as q from './queries.ts';
import { hashOfCode, newCodes, newSecret, opened, sealed, stepOf, uriOf } from './secret.ts';

const State = z
  .strictObject({ enrolled: z.boolean(), required: z.boolean(), recoveryCodes: z.int() })
  .meta({ id: 'SecondFactor' });
const Offer = z.strictObject({ secret: z.string(), uri: z.string() }).meta({ id: 'SecondFactorOffer' });
const Codes = z.strictObject({ codes: z.array(z.string()) });

const Again = Joi.object<{ password: string }, true>({ password: Joi.string().min(1).max(1000).required() });

const who = (request: { auth: unknown }): { id: string; sessionId: string | null } => {
  const { id, sessionId } = (request as Request).auth.credentials.user!.actor;
  return { id: id!, sessionId: sessionId ?? null };
};
const note = (detail: string) => (_result: never, request: Request) => ({
  object: `User/${who(request).id}`,
  detail,
});

/** Whoever finds an open screen changes nothing about how its person signs in. @throws refusal password_wrong */
const demandPassword = async (request: { server: unknown; auth: unknown }, db: Db, password: string): Promise<void> => {
  const { config } = (request as Request).server.app.hms;
  if (!(await passwordMatches(password, await findPassword(db, who(request).id), config)))
    throw refuse('password_wrong');
};

export const secondFactorRoutes = [
  route({
    method: 'GET',
    path: '/api/auth/second-factor',
    options: {
      app: { access: 'signed-in', summary: 'Whether one’s own sign-in has a second factor', response: State },
    },
    handler: async (request): Promise<z.infer<typeof State>> => {
      const db = dbOf(request);
      const { id } = who(request);
      return {
        enrolled: (await q.findTotp(db, id))?.confirmed ?? false,
        required: await q.needsSecondFactor(db, id, request.server.app.hms.config.adminSecondFactor),
        recoveryCodes: await q.countCodes(db, id),
      };
    },
  }),
  route<{ Payload: { password: string } }>({
    method: 'POST',
    path: '/api/auth/second-factor',
    options: {
      validate: { payload: Again },
      app: {
        access: 'signed-in',
        summary: 'A secret for an authenticator; its first code confirms it',
        response: Offer,
        audit: note('second factor offered'),
      },
    },
    handler: async (request): Promise<z.infer<typeof Offer>> => {
      const tx = dbOf(request);
      const { config } = request.server.app.hms;
      const { id } = who(request);
      await demandPassword(request, tx, request.payload.password);
      if ((await q.findTotp(tx, id))?.confirmed) throw refuse('second_factor_there');
      const secret = newSecret();
      await q.offerTotp(tx, id, sealed(secret, config));
      return { secret, uri: uriOf(secret, config.hospital, (await getUser(tx, id)).username) };
    },
  }),
  route<{ Payload: { code: string } }>({
    method: 'POST',
    path: '/api/auth/second-factor/confirm',
    options: {
      validate: {
        payload: Joi.object({
          code: Joi.string()
            .pattern(/^\d{6}$/, 'six digits')
            .required(),
        }),
      },
      app: {
        access: 'signed-in',
        summary: 'Confirms the authenticator by its code, and gives ten recovery codes, which are shown once',
        response: Codes,
        audit: note('second factor confirmed'),
      },
    },
    handler: async (request): Promise<z.infer<typeof Codes>> => {
      const tx = dbOf(request);
      const { id, sessionId } = who(request);
      const totp = await q.findTotp(tx, id);
      const step = totp && stepOf(opened(totp.secret, request.server.app.hms.config), request.payload.code);
      if (!step || !(await q.useStep(tx, id, step))) throw refuse('second_factor_code_wrong');
      await endSessionsOf(tx, id, 'everywhere', sessionId);
      return giveCodes(tx, id);
    },
  }),
  route<{ Payload: { password: string } }>({
    method: 'POST',
    path: '/api/auth/second-factor/recovery-codes',
    options: {
      validate: { payload: Again },
      app: {
        access: 'signed-in',
        summary: 'Ten new recovery codes, shown once; the old ones are worth nothing any more',
        response: Codes,
        audit: note('recovery codes'),
      },
    },
    handler: async (request): Promise<z.infer<typeof Codes>> => {
      const tx = dbOf(request);
      const { id } = who(request);
      await demandPassword(request, tx, request.payload.password);
      if (!(await q.findTotp(tx, id))?.confirmed) throw refuse('second_factor_not_there');
      return giveCodes(tx, id);
    },
  }),
  route<{ Payload: { password: string } }>({
    method: 'POST',
    path: '/api/auth/second-factor/remove',
    options: {
      validate: { payload: Again },
      app: {
        access: 'signed-in',
        summary: 'Signs in without a second factor again, where none is required',
        response: null,
        audit: note('second factor removed'),
      },
    },
    handler: async (request, h) => {
      const tx = dbOf(request);
      const { id } = who(request);
      await demandPassword(request, tx, request.payload.password);
      if (await q.needsSecondFactor(tx, id, request.server.app.hms.config.adminSecondFactor))
        throw refuse('second_factor_required');
      await q.removeSecondFactor(tx, id);
      return h.response().code(204);
    },
  }),
  route<{ Params: { id: string } }>({
    method: 'DELETE',
    path: '/api/users/{id}/second-factor',
    options: {
      auth: { scope: 'user:write' },
      validate: { params: idParams },
      app: {
        summary:
          'For somebody who has lost theirs: the next sign-in begins with a new one where it is required; sessions end',
        response: null,
      },
    },
    handler: async (request, h) => {
      const tx = dbOf(request);
      const user = await getUser(tx, request.params.id);
      await demandReachOf(tx, user.id);
      await q.removeSecondFactor(tx, user.id);
      await endSessionsOf(tx, user.id, 'administrator');
      return h.response().code(204);
    },
  }),
];

const giveCodes = async (tx: Db, userId: string): Promise<{ codes: string[] }> => {
  const codes = newCodes();
  await q.replaceCodes(tx, userId, codes.map(hashOfCode));
  return { codes };
};
