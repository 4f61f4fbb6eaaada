import type { Request } from '@hapi/hapi';
import Joi from 'joi';
import type { Db } from '../../../core/database.ts';
import type { Locale } from '../../../core/messages.ts';
import { dbOf, idParams, route, uuid } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { getUser } from '../queries.ts';
import { endRole, grantRole } from './actions.ts';
import { Grant, NewGrant } from './model.ts';
import { listGrants } from './queries.ts';
import { localeFor, titleOf } from './routes.ts';

/** The audit says to whom, what, until when and why. */
const said = (what: string) => (_: unknown, request: Request) => {
  const { role, until, reason } = { ...request.params, ...(request.payload as object) } as Record<string, string>;
  const end = until ? ` until ${until}` : '';
  return { object: `User/${request.params.id}`, detail: [`${what} ${role}${end}`, reason].filter(Boolean).join(': ') };
};

export const grantsOf = async (db: Db, userId: string, locale: Locale) => ({
  items: (await listGrants(db, userId)).map((grant) => ({ ...grant, title: titleOf(grant, locale) })),
});

export const grantRoutes = [
  route<{ Params: { id: string } }>({
    method: 'GET',
    path: '/api/users/{id}/grants',
    options: {
      auth: { scope: 'user:read' },
      validate: { params: idParams },
      app: {
        patientData: false,
        summary: 'Which roles a user has and had, why, by whom and until when',
        response: itemsOf(Grant),
      },
    },
    handler: async (request) => {
      const user = await getUser(dbOf(request), request.params.id);
      return grantsOf(dbOf(request), user.id, localeFor(request));
    },
  }),
  route<{ Params: { id: string }; Payload: NewGrant }>({
    method: 'POST',
    path: '/api/users/{id}/grants',
    options: {
      auth: { scope: 'user:write' },
      validate: { params: idParams, payload: NewGrant },
      app: {
        patientData: false,
        recent: true,
        summary: 'Gives a user a role with a reason, and perhaps an end; given again, these are changed',
        audit: said('role given'),
        response: itemsOf(Grant),
      },
    },
    handler: async (request, h) => {
      await grantRole(dbOf(request), request.server.app.hms, request.params.id, request.payload);
      return h.response(await grantsOf(dbOf(request), request.params.id, localeFor(request))).code(201);
    },
  }),
  route<{ Params: { id: string; role: string } }>({
    method: 'POST',
    path: '/api/users/{id}/grants/{role}/end',
    options: {
      auth: { scope: 'user:write' },
      validate: {
        params: Joi.object({
          id: uuid().required(),
          role: Joi.string()
            .pattern(/^[a-z0-9-]{1,64}$/)
            .required(),
        }),
      },
      app: {
        patientData: false,
        // Ending a role that denies gives something.
        recent: true,
        summary: 'Ends a grant at once',
        audit: said('role ended'),
        response: itemsOf(Grant),
      },
    },
    handler: async (request) => {
      await endRole(dbOf(request), request.server.app.hms, request.params.id, request.params.role);
      return grantsOf(dbOf(request), request.params.id, localeFor(request));
    },
  }),
];
