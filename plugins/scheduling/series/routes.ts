import Joi from 'joi';
import type { Db } from '../../../core/database.ts';
import { dbOf, idParams, ifMatch, route, versioned } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import * as act from './actions.ts';
import { CallOff, Change, Extension, NewSeries, Series, SeriesDate } from './model.ts';
import { getSeries } from './queries.ts';

interface Id {
  id: string;
}

const preview = route<{ Payload: NewSeries }>({
  method: 'POST',
  path: '/api/series/preview',
  options: {
    auth: { scope: 'appointment:write' },
    validate: { payload: NewSeries },
    app: {
      patientData: true,
      // Looking at many dates keeps nobody waiting: what is picked for one is let go at once.
      transaction: false,
      response: itemsOf(SeriesDate),
      summary: 'Each date of a series: free, or what stands in the way and what is free next; changes nothing',
    },
  },
  handler: async (request) => ({ items: await act.previewSeries(dbOf(request), request.payload) }),
});

const book = route<{ Payload: NewSeries }>({
  method: 'POST',
  path: '/api/series',
  options: {
    auth: { scope: 'appointment:write' },
    validate: { payload: NewSeries },
    app: {
      idempotent: 'accepted',
      patientData: true,
      response: Series,
      summary:
        'Books all dates of a series, or those that are named, or none; 409 series-not-free names what stands in the way of which',
    },
  },
  handler: async (request, h) => {
    const series = await act.bookSeries(dbOf(request), request.payload);
    return versioned(h, series).code(201).location(`/api/series/${series.id}`);
  },
});

const read = route<{ Params: Id }>({
  method: 'GET',
  path: '/api/series/{id}',
  options: {
    auth: { scope: 'appointment:read' },
    validate: { params: idParams },
    app: { patientData: true, response: Series, summary: 'A series with all its dates, in order' },
  },
  handler: async (request, h) => versioned(h, await getSeries(dbOf(request), request.params.id)),
});

const previewMore = route<{ Params: Id; Payload: Extension }>({
  method: 'POST',
  path: '/api/series/{id}/extend/preview',
  options: {
    auth: { scope: 'appointment:write' },
    validate: { params: idParams, payload: Extension },
    app: {
      patientData: true,
      // Looking at many dates keeps nobody waiting: what is picked for one is let go at once.
      transaction: false,
      response: itemsOf(SeriesDate),
      summary: 'The dates that would be added to a series, each as in the preview of a new one; changes nothing',
    },
  },
  handler: async (request) => ({
    items: await act.previewExtension(dbOf(request), request.params.id, request.payload),
  }),
});

/** A verb on a series: the version that was read comes with it. */
const verb = <Payload>(
  name: string,
  summary: string,
  payload: Joi.ObjectSchema<Payload>,
  run: (db: Db, id: string, version: number, it: Payload) => Promise<Series>,
) =>
  route<{ Params: Id; Payload: Payload }>({
    method: 'POST',
    path: `/api/series/{id}/${name}`,
    options: {
      auth: { scope: 'appointment:write' },
      validate: { params: idParams, payload },
      app: { versioned: true, patientData: true, response: Series, summary },
    },
    handler: async (request, h) =>
      versioned(h, await run(dbOf(request), request.params.id, ifMatch(request), request.payload)),
  });

export const seriesRoutes = [
  preview,
  book,
  read,
  previewMore,
  verb('extend', 'Adds dates after the last one, by the rule of the series', Extension, act.extendSeries),
  verb(
    'change',
    'Moves this one, this and those after it, or all that have not begun; 409 series-not-free names what stands in the way',
    Change,
    act.changeSeries,
  ),
  verb('cancel', 'Calls off this one, this and those after it, or all that have not begun', CallOff, act.cancelSeries),
  verb(
    'reinstate',
    'Takes back what the last cancellation called off, as long as nothing else has happened to the series',
    Joi.object({}),
    act.reinstateSeries,
  ),
];
