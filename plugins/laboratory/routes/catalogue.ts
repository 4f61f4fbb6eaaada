import Joi from 'joi';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, idParams, ifMatch, route, text, versioned } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { LabTest, Orderable, Ranges } from '../model/catalogue.ts';
import { getTest, listOrderables, listTests, updateTest } from '../queries/catalogue.ts';

const orderables = route<{ Query: { text: string; limit: number } }>({
  method: 'GET',
  path: '/api/laboratory/orderables',
  options: {
    auth: { scope: 'service-request:read' },
    validate: {
      query: Joi.object({
        text: text(60).allow('').default(''),
        limit: Joi.number().integer().min(1).max(200).default(20),
      }),
    },
    app: {
      patientData: false,
      response: itemsOf(Orderable),
      summary: 'Tests and panels that can be ordered, by any part of their name',
    },
  },
  handler: async (request) => ({ items: await listOrderables(dbOf(request), request.query) }),
});

const tests = route({
  method: 'GET',
  path: '/api/laboratory/tests',
  options: {
    auth: { scope: 'laboratory-test:write' },
    app: { patientData: false, response: itemsOf(LabTest), summary: 'The catalogue with reference ranges' },
  },
  handler: async (request) => ({ items: await listTests(dbOf(request)) }),
});

const read = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/laboratory/tests/{id}',
  options: {
    auth: { scope: 'laboratory-test:write' },
    validate: { params: idParams },
    app: { patientData: false, response: LabTest, summary: 'One test of the catalogue with its ranges' },
  },
  handler: async (request, h) => versioned(h, await getTest(dbOf(request), request.params.id)),
});

const change = route<{ Params: { id: string }; Payload: Ranges }>({
  method: 'PUT',
  path: '/api/laboratory/tests/{id}',
  options: {
    auth: { scope: 'laboratory-test:write' },
    validate: { params: idParams, payload: Ranges },
    app: {
      patientData: false,
      versioned: true,
      response: LabTest,
      summary: 'Reference ranges from now on, plausible limits, release to the patient, escalation',
    },
  },
  handler: async (request, h) => {
    const [db, { id }] = [dbOf(request), request.params];
    const before = await getTest(db, id);
    if ((await updateTest(db, id, ifMatch(request), request.payload)) === null)
      throw refuse('version_stale', { version: before.version });
    await publish(db, 'laboratory.test-changed', id, { code: before.loinc });
    return versioned(h, await getTest(db, id));
  },
});

export const catalogueRoutes = [orderables, tests, read, change];
