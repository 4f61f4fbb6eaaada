import Joi from 'joi';
import { pageOf, pageQuery, readCursor } from '../../../core/paging.ts';
import { dbOf, idParams, ifMatch, route, text, uuid, versioned } from '../../../core/routes.ts';
import { pageOfItems } from '../../../core/shapes.ts';
import { correctResult, releaseResult, withholdResult } from '../actions/results.ts';
import { ChartResult, Trend } from '../model/chart.ts';
import { Reason } from '../model/orders.ts';
import { LabResult, NewCorrection } from '../model/results.ts';
import { listChart, trendOf } from '../queries/results.ts';

type Params = { id: string };
const one = { patientData: true, response: LabResult };

const list = route<{ Query: { patientId: string; code?: string; limit: number; cursor?: string } }>({
  method: 'GET',
  path: '/api/laboratory/results',
  options: {
    auth: { scope: 'result:read' },
    validate: { query: Joi.object({ ...pageQuery, patientId: uuid().required(), code: text(40) }) },
    app: {
      patientData: true,
      response: pageOfItems(ChartResult),
      summary: 'Verified results of a patient, newest first',
    },
  },
  handler: async (request) => {
    const { limit, cursor, ...by } = request.query;
    const rows = await listChart(dbOf(request), { ...by, limit: limit + 1, after: readCursor(cursor, 2) });
    const page = pageOf(rows, limit, (last) => [last.at, last.it.id]);
    return { ...page, items: page.items.map(({ it }) => it) };
  },
});

const trend = route<{ Query: { patientId: string; code: string } }>({
  method: 'GET',
  path: '/api/laboratory/trend',
  options: {
    auth: { scope: 'result:read' },
    validate: { query: Joi.object({ patientId: uuid().required(), code: text(40).required() }) },
    app: { patientData: true, response: Trend, summary: 'The numbers of one test in time, with the range of each' },
  },
  handler: (request) => trendOf(dbOf(request), request.query.patientId, request.query.code),
});

const correct = route<{ Params: Params; Payload: NewCorrection }>({
  method: 'POST',
  path: '/api/laboratory/results/{id}/correct',
  options: {
    auth: { scope: 'result:verify' },
    validate: { params: idParams, payload: NewCorrection },
    app: {
      ...one,
      versioned: true,
      summary: 'Correct or withdraw a verified result; what it said before stays visible',
    },
  },
  handler: async (request, h) =>
    versioned(h, await correctResult(dbOf(request), request.params.id, ifMatch(request), request.payload)),
});

const release = route<{ Params: Params }>({
  method: 'POST',
  path: '/api/laboratory/results/{id}/release',
  options: {
    auth: { scope: 'result:release' },
    validate: { params: idParams },
    app: { ...one, versioned: true, summary: 'Let the patient see a result' },
  },
  handler: async (request, h) => versioned(h, await releaseResult(dbOf(request), request.params.id, ifMatch(request))),
});

const withhold = route<{ Params: Params; Payload: Reason }>({
  method: 'POST',
  path: '/api/laboratory/results/{id}/withhold',
  options: {
    auth: { scope: 'result:release' },
    validate: { params: idParams, payload: Reason },
    app: { ...one, versioned: true, summary: 'Keep a result from the patient, with the reason' },
  },
  handler: async (request, h) =>
    versioned(h, await withholdResult(dbOf(request), request.params.id, ifMatch(request), request.payload.reason)),
});

export const resultRoutes = [list, trend, correct, release, withhold];
