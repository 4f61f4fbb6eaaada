import Joi from 'joi';
import { may } from '../../../core/access.ts';
import { dbOf, idParams, ifMatch, route, uuid, versioned } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { acknowledgeCritical, askerOf, assignCritical, callCritical } from '../actions/critical.ts';
import { Acknowledgement, Call, CriticalResult } from '../model/critical.ts';
import { listCritical } from '../queries/critical.ts';

type Params = { id: string };
const one = { patientData: true, response: CriticalResult };

const list = route<{ Query: { patientId?: string } }>({
  method: 'GET',
  path: '/api/laboratory/critical-results',
  options: {
    auth: { scope: 'critical-result:read' },
    validate: { query: Joi.object({ patientId: uuid() }) },
    app: {
      patientData: true,
      response: itemsOf(CriticalResult),
      summary: 'Critical results that wait for me, or that nobody has acknowledged in time',
    },
  },
  handler: async (request) => {
    const db = dbOf(request);
    const everybody = may(db.actor, 'critical-result:call');
    return { items: await listCritical(db, { me: await askerOf(db), everybody, patientId: request.query.patientId }) };
  },
});

const acknowledge = route<{ Params: Params; Payload: Acknowledgement }>({
  method: 'POST',
  path: '/api/laboratory/critical-results/{id}/acknowledge',
  options: {
    auth: { scope: 'critical-result:acknowledge' },
    validate: { params: idParams, payload: Acknowledgement },
    app: { ...one, versioned: true, summary: 'Acknowledge a critical result, repeating its value' },
  },
  handler: async (request, h) =>
    versioned(h, await acknowledgeCritical(dbOf(request), request.params.id, ifMatch(request), request.payload)),
});

const call = route<{ Params: Params; Payload: Call }>({
  method: 'POST',
  path: '/api/laboratory/critical-results/{id}/call',
  options: {
    auth: { scope: 'critical-result:call' },
    validate: { params: idParams, payload: Call },
    app: { ...one, versioned: true, summary: 'Write down who was told by telephone and what they read back' },
  },
  handler: async (request, h) =>
    versioned(h, await callCritical(dbOf(request), request.params.id, ifMatch(request), request.payload)),
});

const assign = route<{ Params: Params; Payload: { practitionerId: string } }>({
  method: 'POST',
  path: '/api/laboratory/critical-results/{id}/assign',
  options: {
    auth: { scope: 'critical-result:acknowledge' },
    validate: { params: idParams, payload: Joi.object({ practitionerId: uuid().required() }) },
    app: { ...one, versioned: true, summary: 'Give a critical result to a deputy' },
  },
  handler: async (request, h) =>
    versioned(
      h,
      await assignCritical(dbOf(request), request.params.id, ifMatch(request), request.payload.practitionerId),
    ),
});

export const criticalRoutes = [list, acknowledge, call, assign];
