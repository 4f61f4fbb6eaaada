import type { Request } from '@hapi/hapi';
import Joi from 'joi';
import { z } from 'zod';
import { route } from '../../../core/routes.ts';
import { Again } from '../model.ts';
import { authDb, changeOwn, whoOf } from '../own.ts';
import { Options } from '../passkeys/model.ts';
import { countPasskeys } from '../passkeys/queries.ts';
import { askToProve } from '../passkeys/verify.ts';
import { noteProof } from './enforce.ts';
import { proveAgain } from './prove.ts';

const own = { access: 'signed-in', patients: true, transaction: false } as const;

const ask = route({
  method: 'POST',
  path: '/api/auth/reauthenticate/options',
  options: {
    validate: { payload: Joi.object({}) },
    app: {
      patientData: false,
      ...own,
      summary: 'By what one can prove again who one is: null where one has no passkey',
      response: z.strictObject({ passkey: Options.nullable() }),
    },
  },
  handler: async (request) => {
    const db = authDb(request);
    const { id } = whoOf(request);
    const has = (await countPasskeys(db, id)) > 0;
    return { passkey: has ? await askToProve(db, request.server.app.hms.config, id) : null };
  },
});

const prove = route<{ Payload: Again }>({
  method: 'POST',
  path: '/api/auth/reauthenticate',
  options: {
    validate: { payload: Again },
    app: {
      patientData: false,
      ...own,
      limit: 'sign-in',
      summary: 'Proves again who one is, by the password or a passkey: what is delicate can be done for five minutes',
      response: null,
    },
  },
  handler: async (request, h) => {
    const { sessionId } = whoOf(request);
    await proveAgain(request as unknown as Request, request.payload);
    await changeOwn(request, 'proved again', (tx) => noteProof(tx, sessionId!));
    return h.response().code(204);
  },
});

export const recentlyRoutes = [ask, prove];
