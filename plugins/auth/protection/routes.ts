import type { Request } from '@hapi/hapi';
import Joi from 'joi';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, idParams, route, uuid } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { getUser } from '../queries.ts';
import { Clearance, labels, NewClearance } from './model.ts';
import { endClearance, giveClearance, listClearances } from './queries.ts';

/** The audit says to whom, for what and why. */
const said = (what: string) => (_: unknown, request: Request) => {
  const { label, reason } = { ...request.params, ...(request.payload as object) } as { label: string; reason?: string };
  return { object: `User/${request.params.id}`, detail: [`${what} ${label}`, reason].filter(Boolean).join(': ') };
};

/** @throws refusal access_own: nobody gives themselves what they may see */
const notOneself = (request: { params: { id: string }; auth: unknown }): void => {
  const { credentials } = request.auth as Request['auth'];
  if (credentials.user?.actor.id === request.params.id) throw refuse('access_own');
};

export const protectionRoutes = [
  route<{ Params: { id: string } }>({
    method: 'GET',
    path: '/api/users/{id}/clearances',
    options: {
      auth: { scope: 'user:read' },
      validate: { params: idParams },
      app: {
        patientData: false,
        summary: 'Which protected records a user may see, why and until when',
        response: itemsOf(Clearance),
      },
    },
    handler: async (request) => {
      const user = await getUser(dbOf(request), request.params.id);
      return { items: await listClearances(dbOf(request), user.id) };
    },
  }),
  route<{ Params: { id: string }; Payload: NewClearance }>({
    method: 'POST',
    path: '/api/users/{id}/clearances',
    options: {
      auth: { scope: 'clearance:write' },
      validate: { params: idParams, payload: NewClearance },
      app: {
        patientData: false,
        recent: true,
        summary: 'Lets a user see records under one kind of protection',
        audit: said('clearance'),
        response: itemsOf(Clearance),
      },
    },
    handler: async (request, h) => {
      notOneself(request);
      const user = await getUser(dbOf(request), request.params.id);
      await giveClearance(dbOf(request), user.id, request.payload);
      return h.response({ items: await listClearances(dbOf(request), user.id) }).code(201);
    },
  }),
  route<{ Params: { id: string; label: string } }>({
    method: 'POST',
    path: '/api/users/{id}/clearances/{label}/end',
    options: {
      auth: { scope: 'clearance:write' },
      validate: {
        params: Joi.object({
          id: uuid().required(),
          label: Joi.string()
            .valid(...labels)
            .required(),
        }),
      },
      app: {
        patientData: false,
        summary: 'Ends a clearance at once',
        audit: said('clearance ended'),
        response: itemsOf(Clearance),
      },
    },
    handler: async (request) => {
      await endClearance(dbOf(request), request.params.id, request.params.label);
      return { items: await listClearances(dbOf(request), request.params.id) };
    },
  }),
];
