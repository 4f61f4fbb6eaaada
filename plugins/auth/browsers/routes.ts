import type { Request } from '@hapi/hapi';
import Joi from 'joi';
import { refuse } from '../../../core/refuse.ts';
import { idParams, route } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { deviceOf } from '../devices.ts';
import { authDb, changeOwn, whoOf } from '../own.ts';
import { Browser, forgetBrowsers, listBrowsers } from './queries.ts';

const own = { access: 'signed-in', patients: true, transaction: false } as const;

export const browserRoutes = [
  route({
    method: 'GET',
    path: '/api/auth/browsers',
    options: {
      app: {
        patientData: false,
        ...own,
        summary: 'The browsers that are known again, last seen first',
        response: itemsOf(Browser),
      },
    },
    handler: async (request) => ({
      items: await listBrowsers(authDb(request), whoOf(request).id, deviceOf(request as unknown as Request)),
    }),
  }),
  route<{ Params: { id: string } }>({
    method: 'POST',
    path: '/api/auth/browsers/{id}/forget',
    options: {
      validate: { params: idParams, payload: Joi.object({}) },
      app: { patientData: false, ...own, summary: 'A browser that stands for nothing any more', response: null },
    },
    handler: async (request, h) => {
      await changeOwn(request, 'browser forgotten', async (tx) => {
        if (!(await forgetBrowsers(tx, whoOf(request).id, request.params.id))) throw refuse('not_found');
      });
      return h.response().code(204);
    },
  }),
  route({
    method: 'POST',
    path: '/api/auth/browsers/forget',
    options: {
      validate: { payload: Joi.object({}) },
      app: {
        patientData: false,
        ...own,
        summary: 'No browser stands for anything any more, this one included',
        response: null,
      },
    },
    handler: async (request, h) => {
      await changeOwn(request, 'browsers forgotten', (tx) => forgetBrowsers(tx, whoOf(request).id, null));
      return h.response().code(204);
    },
  }),
];
