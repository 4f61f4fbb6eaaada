import type { Request } from '@hapi/hapi';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import Joi from 'joi';
import { z } from 'zod';
import { route } from '../../../core/routes.ts';
import { authDb, changeOwn, whoOf } from '../own.ts';
import { Options, Proof } from '../passkeys/model.ts';
import { provePasskey } from '../passkeys/prove.ts';
import { countPasskeys } from '../passkeys/queries.ts';
import { askToProve } from '../passkeys/verify.ts';
import { provePassword } from '../tries.ts';
import { noteProof } from './enforce.ts';

type Again = { password: string; passkey?: never } | { passkey: AuthenticationResponseJSON; password?: never };
const Again = Joi.object<Again>({ password: Joi.string().min(1).max(1000), passkey: Proof }).xor('password', 'passkey');

const own = { access: 'signed-in', patients: true, transaction: false } as const;

const ask = route({
  method: 'POST',
  path: '/api/auth/reauthenticate/options',
  options: {
    validate: { payload: Joi.object({}) },
    app: {
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

const again = route<{ Payload: Again }>({
  method: 'POST',
  path: '/api/auth/reauthenticate',
  options: {
    validate: { payload: Again },
    app: {
      ...own,
      limit: 'sign-in',
      summary: 'Proves again who one is, by the password or a passkey: what is delicate can be done for five minutes',
      response: null,
    },
  },
  handler: async (request, h) => {
    const plain = request as unknown as Request;
    const { id, sessionId } = whoOf(request);
    const { password, passkey } = request.payload;
    if (password === undefined) await provePasskey(plain, passkey, id, 'passkey_wrong');
    else await provePassword(plain, password);
    await changeOwn(request, 'proved again', (tx) => noteProof(tx, sessionId!));
    return h.response().code(204);
  },
});

export const recentlyRoutes = [ask, again];
