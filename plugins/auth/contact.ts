import Joi from 'joi';
import { z } from 'zod';
import { sql, type Db } from '../../core/database.ts';
import { dbOf, idParams, route, versioned } from '../../core/routes.ts';
import { authDb, changeOwn, whoOf } from './own.ts';
import { User } from './model.ts';
import { countPasskeys } from './passkeys/queries.ts';
import { getUser } from './queries.ts';
import { demandReachOf } from './roles/reach.ts';
import { countCodes, findTotp, needsSecondFactor } from './second-factor/queries.ts';

/** One mailbox, the rule of the table: a comma would address more. */
interface Mailbox {
  email: string | null;
}
const Mailbox = Joi.object<Mailbox, true>({
  email: Joi.string()
    .trim()
    .max(254)
    .pattern(/^[^\s@<>,;:"()]+@[^\s@<>,;:"()]+$/, 'one address')
    .allow(null)
    .required(),
});
const Contact = z.strictObject({ email: z.string().nullable() }).meta({ id: 'SignInContact' });

const findEmail = (db: Db, userId: string): Promise<string | null> =>
  db.oneFirst(sql.type(Contact)`select email from auth."user" where id = ${userId}`);

const setEmail = (tx: Db, userId: string, email: string | null): Promise<unknown> =>
  tx.query(
    sql.unsafe`update auth."user" set email = ${email} where id = ${userId} and email is distinct from ${email}`,
  );

const own = { access: 'signed-in', patients: true, transaction: false } as const;

/** Where one is written to about one's sign-in: whoever reads that mailbox can have a new password. */
export const contactRoutes = [
  route({
    method: 'GET',
    path: '/api/auth/email',
    options: {
      app: {
        patientData: false,
        ...own,
        summary: 'Where one is written to about one’s own sign-in',
        response: Contact,
      },
    },
    handler: async (request) => ({ email: await findEmail(authDb(request), whoOf(request).id) }),
  }),
  route<{ Payload: Mailbox }>({
    method: 'POST',
    path: '/api/auth/email',
    options: {
      validate: { payload: Mailbox },
      app: {
        patientData: false,
        ...own,
        recent: true,
        summary: 'Changes where one is written to about one’s own sign-in',
        response: null,
      },
    },
    handler: async (request, h) => {
      await changeOwn(request, 'e-mail', (tx) => setEmail(tx, whoOf(request).id, request.payload.email));
      return h.response().code(204);
    },
  }),
  route<{ Params: { id: string } }>({
    method: 'GET',
    path: '/api/users/{id}/sign-in',
    options: {
      auth: { scope: 'user:write' },
      validate: { params: idParams },
      app: {
        patientData: false,
        summary: 'By what a user signs in; nothing that would open it',
        response: z
          .strictObject({
            email: z.string().nullable(),
            authenticator: z.boolean(),
            passkeys: z.int(),
            recoveryCodes: z.int(),
            required: z.boolean(),
          })
          .meta({ id: 'UserSignIn' }),
      },
    },
    handler: async (request) => {
      const db = dbOf(request);
      const { id } = await getUser(db, request.params.id);
      return {
        email: await findEmail(db, id),
        authenticator: (await findTotp(db, id))?.confirmed ?? false,
        passkeys: await countPasskeys(db, id),
        recoveryCodes: await countCodes(db, id),
        required: await needsSecondFactor(db, id, request.server.app.hms.config.adminSecondFactor),
      };
    },
  }),
  route<{ Params: { id: string }; Payload: Mailbox }>({
    method: 'POST',
    path: '/api/users/{id}/email',
    options: {
      auth: { scope: 'user:write' },
      validate: { params: idParams, payload: Mailbox },
      app: {
        patientData: false,
        recent: true,
        summary: 'Changes where a user is written to about their sign-in',
        response: User,
      },
    },
    handler: async (request, h) => {
      const tx = dbOf(request);
      const { id } = await getUser(tx, request.params.id);
      // There the link goes with which a password is set.
      await demandReachOf(tx, id);
      await setEmail(tx, id, request.payload.email);
      return versioned(h, await getUser(tx, id));
    },
  }),
];
