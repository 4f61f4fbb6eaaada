import Joi from 'joi';
import { z } from 'zod';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, idParams, route } from '../../../core/routes.ts';
import { demandAnother } from '../actions.ts';
import { authDb, changeOwn, whoOf } from '../own.ts';
import { countPasskeys } from '../passkeys/queries.ts';
import { findAccount, getUser } from '../queries.ts';
import { demandReachOf } from '../roles/reach.ts';
import { endSessionsOf } from '../session/queries.ts';
import { hasSecondFactor, isRight } from './check.ts';
import { giveCodes } from './codes.ts';
import * as q from './queries.ts';
import { newSecret, sealed, uriOf } from './secret.ts';

const State = z
  .strictObject({ enrolled: z.boolean(), required: z.boolean(), recoveryCodes: z.int() })
  .meta({ id: 'SecondFactor' });
const Offer = z.strictObject({ secret: z.string(), uri: z.string() }).meta({ id: 'SecondFactorOffer' });
const Codes = z.strictObject({ codes: z.array(z.string()) });

const nothing = Joi.object({});

const own = { access: 'signed-in', patients: true, transaction: false } as const;

export const secondFactorRoutes = [
  route({
    method: 'GET',
    path: '/api/auth/second-factor',
    options: {
      app: { patientData: false, ...own, summary: 'Whether one’s own sign-in has an authenticator', response: State },
    },
    handler: async (request): Promise<z.infer<typeof State>> => {
      const db = authDb(request);
      const { id } = whoOf(request);
      return {
        enrolled: (await q.findTotp(db, id))?.confirmed ?? false,
        required: await q.needsSecondFactor(db, id, request.server.app.hms.config.adminSecondFactor),
        recoveryCodes: await q.countCodes(db, id),
      };
    },
  }),
  route({
    method: 'POST',
    path: '/api/auth/second-factor',
    options: {
      validate: { payload: nothing },
      app: {
        patientData: false,
        ...own,
        recent: true,
        summary: 'A secret for an authenticator; its first code confirms it',
        response: Offer,
      },
    },
    handler: (request): Promise<z.infer<typeof Offer>> =>
      changeOwn(request, 'second factor offered', async (tx) => {
        const { config } = request.server.app.hms;
        const { id } = whoOf(request);
        if ((await q.findTotp(tx, id))?.confirmed) throw refuse('second_factor_there');
        const secret = newSecret();
        await q.offerTotp(tx, id, sealed(secret, config));
        return { secret, uri: uriOf(secret, config.hospital, (await findAccount(tx, id))!.username) };
      }),
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
        patientData: false,
        ...own,
        summary: 'Confirms the authenticator by its code, and gives ten recovery codes, which are shown once',
        response: Codes,
      },
    },
    handler: (request): Promise<z.infer<typeof Codes>> =>
      changeOwn(request, 'second factor confirmed', async (tx) => {
        const { id, sessionId = null } = whoOf(request);
        const totp = await q.findTotp(tx, id);
        if (totp?.confirmed) throw refuse('second_factor_there');
        const { config } = request.server.app.hms;
        if (!totp || !(await isRight(tx, id, totp, request.payload.code, config)))
          throw refuse('second_factor_code_wrong');
        await endSessionsOf(tx, id, 'everywhere', sessionId);
        return giveCodes(tx, id);
      }),
  }),
  route({
    method: 'POST',
    path: '/api/auth/second-factor/recovery-codes',
    options: {
      validate: { payload: nothing },
      app: {
        patientData: false,
        ...own,
        recent: true,
        summary: 'Ten new recovery codes, shown once; the old ones are worth nothing any more',
        response: Codes,
      },
    },
    handler: (request): Promise<z.infer<typeof Codes>> =>
      changeOwn(request, 'recovery codes', async (tx) => {
        const { id } = whoOf(request);
        if (!(await hasSecondFactor(tx, id))) throw refuse('second_factor_not_there');
        return giveCodes(tx, id);
      }),
  }),
  route({
    method: 'POST',
    path: '/api/auth/second-factor/remove',
    options: {
      validate: { payload: nothing },
      app: {
        patientData: false,
        ...own,
        recent: true,
        summary: 'Signs in without an authenticator again, where there is a passkey or nothing is required',
        response: null,
      },
    },
    handler: async (request, h) => {
      const { id } = whoOf(request);
      const { adminSecondFactor } = request.server.app.hms.config;
      await changeOwn(request, 'second factor removed', async (tx) => {
        if ((await countPasskeys(tx, id)) > 0) return q.removeTotp(tx, id);
        if (await q.needsSecondFactor(tx, id, adminSecondFactor)) throw refuse('second_factor_required');
        return q.removeSecondFactor(tx, id);
      });
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
        patientData: false,
        recent: true,
        summary:
          'For somebody who has lost theirs: the next sign-in begins with a new one where it is required; sessions end',
        response: null,
      },
    },
    handler: async (request, h) => {
      const tx = dbOf(request);
      const user = await getUser(tx, request.params.id);
      demandAnother(tx, user.id);
      await demandReachOf(tx, user.id);
      await q.removeSecondFactor(tx, user.id);
      await endSessionsOf(tx, user.id, 'administrator');
      return h.response().code(204);
    },
  }),
];
