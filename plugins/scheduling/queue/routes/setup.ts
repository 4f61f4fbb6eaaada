import Joi from 'joi';
import { pageOf, pageQuery, readCursor } from '../../../../core/paging.ts';
import { dbOf, idParams, ifMatch, route, versioned } from '../../../../core/routes.ts';
import { itemsOf, pageOfItems } from '../../../../core/shapes.ts';
import { listDisplays, makeDisplay, revokeDisplay } from '../displays.ts';
import {
  NewDisplay,
  NewlyMade,
  NewPoint,
  NewPriorities,
  QueueDisplay,
  QueuePriority,
  ServicePoint,
  type NewPriority,
} from '../model.ts';
import { addPoint, changePoint, listPoints, listPriorities, replacePriorities } from '../points.ts';

interface Id {
  id: string;
}
interface Page {
  limit: number;
  cursor?: string;
}
const configure = { scope: 'queue:configure' };

const points = route<{ Query: Page }>({
  method: 'GET',
  path: '/api/queue/points',
  options: {
    auth: { scope: 'queue:read' },
    validate: { query: Joi.object(pageQuery) },
    app: {
      patientData: false,
      summary: 'Where people wait: those in use first, by name',
      response: pageOfItems(ServicePoint),
    },
  },
  handler: async (request) => {
    const { cursor, limit } = request.query;
    const rows = await listPoints(dbOf(request), { limit: limit + 1, after: readCursor(cursor, 3) });
    return pageOf(rows, limit, (last) => [last.active ? 0 : 1, last.name, last.id]);
  },
});

const add = route<{ Payload: NewPoint }>({
  method: 'POST',
  path: '/api/queue/points',
  options: {
    auth: configure,
    validate: { payload: NewPoint },
    app: { patientData: false, summary: 'Adds a point where people wait', response: ServicePoint },
  },
  handler: async (request, h) => versioned(h, await addPoint(dbOf(request), request.payload)).code(201),
});

const change = route<{ Params: Id; Payload: NewPoint }>({
  method: 'PUT',
  path: '/api/queue/points/{id}',
  options: {
    auth: configure,
    validate: { params: idParams, payload: NewPoint },
    app: { patientData: false, versioned: true, summary: 'Changes a point', response: ServicePoint },
  },
  handler: async (request, h) =>
    versioned(h, await changePoint(dbOf(request), request.params.id, ifMatch(request), request.payload)),
});

const priorities = route({
  method: 'GET',
  path: '/api/queue/priorities',
  options: {
    auth: { scope: 'queue:read' },
    app: {
      patientData: false,
      summary: 'Who is called before others, highest first',
      response: itemsOf(QueuePriority),
    },
  },
  handler: async (request) => ({ items: await listPriorities(dbOf(request)) }),
});

const replace = route<{ Payload: { items: NewPriority[] } }>({
  method: 'PUT',
  path: '/api/queue/priorities',
  options: {
    auth: configure,
    validate: { payload: NewPriorities },
    app: {
      patientData: false,
      summary: 'Replaces the priorities; tickets that have one keep it',
      response: itemsOf(QueuePriority),
    },
  },
  handler: (request) => replacePriorities(dbOf(request), request.payload.items),
});

const displays = route<{ Query: Page }>({
  method: 'GET',
  path: '/api/queue/displays',
  options: {
    auth: configure,
    validate: { query: Joi.object(pageQuery) },
    app: {
      patientData: false,
      summary: 'Public screens, newest first; never their links',
      response: pageOfItems(QueueDisplay),
    },
  },
  handler: async (request) => {
    const { cursor, limit } = request.query;
    const rows = await listDisplays(dbOf(request), { limit: limit + 1, after: readCursor(cursor, 1) });
    return pageOf(rows, limit, (last) => [last.id]);
  },
});

const make = route<{ Payload: NewDisplay }>({
  method: 'POST',
  path: '/api/queue/displays',
  options: {
    auth: configure,
    validate: { payload: NewDisplay },
    app: { patientData: false, summary: 'Makes a public screen; its secret is given this once', response: NewlyMade },
  },
  handler: async (request, h) => h.response(await makeDisplay(dbOf(request), request.payload)).code(201),
});

const revoke = route<{ Params: Id }>({
  method: 'POST',
  path: '/api/queue/displays/{id}/revoke',
  options: {
    auth: configure,
    validate: { params: idParams },
    app: { patientData: false, summary: 'The link of a public screen works no longer', response: QueueDisplay },
  },
  handler: (request) => revokeDisplay(dbOf(request), request.params.id),
});

export const setup = [points, add, change, priorities, replace, displays, make, revoke];
