import Joi from 'joi';
import { pageOf, pageQuery, readCursor } from '../../core/paging.ts';
import { dbOf, idParams, route, text, uuid } from '../../core/routes.ts';
import { pageOfItems } from '../../core/shapes.ts';
import { correctStock, dispense, receiveStock } from './actions.ts';
import {
  Dispense, Movement, NewCorrection, NewDispense, NewReceipt, QueueItem, StockItem,
} from './model.ts'; // prettier-ignore
import { getDispense, getLot, listDispenses, listMovements, listQueue, listStock } from './queries.ts';

interface Page {
  limit: number;
  cursor?: string;
}
/** Queue and shelf are looked at as a whole. */
const wholePage = { ...pageQuery, limit: Joi.number().integer().min(1).max(100).default(100) };

const queue = route<{ Query: Page }>({
  method: 'GET',
  path: '/api/dispense-queue',
  options: {
    auth: { scope: 'dispense:read' },
    validate: { query: Joi.object(wholePage) },
    app: {
      patientData: true,
      response: pageOfItems(QueueItem),
      summary: 'Prescriptions that wait to be dispensed, longest first',
    },
  },
  handler: async (request) => {
    const { limit, cursor } = request.query;
    const rows = await listQueue(dbOf(request), { limit: limit + 1, after: readCursor(cursor, 2) });
    return pageOf(rows, limit, (last) => [last.waitingSince, last.medicationRequest.id]);
  },
});

const handOut = route<{ Payload: NewDispense }>({
  method: 'POST',
  path: '/api/medication-dispenses',
  options: {
    auth: { scope: 'dispense:write' },
    validate: { payload: NewDispense },
    app: {
      patientData: true,
      idempotent: 'required',
      response: Dispense,
      summary: 'Dispense from the lots that expire first',
    },
  },
  handler: async (request, h) => {
    const dispensed = await dispense(dbOf(request), request.payload);
    return h.response(dispensed).code(201).location(`/api/medication-dispenses/${dispensed.id}`);
  },
});

const readDispense = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/medication-dispenses/{id}',
  options: {
    auth: { scope: 'dispense:read' },
    validate: { params: idParams },
    app: { summary: 'One dispense with its lots', patientData: true, response: Dispense },
  },
  handler: (request) => getDispense(dbOf(request), request.params.id),
});

const dispenses = route<{ Query: Page & { patientId: string } }>({
  method: 'GET',
  path: '/api/medication-dispenses',
  options: {
    auth: { scope: 'dispense:read' },
    validate: { query: Joi.object({ ...pageQuery, patientId: uuid().required() }) },
    app: { summary: 'What a patient was given, newest first', patientData: true, response: pageOfItems(Dispense) },
  },
  handler: async (request) => {
    const { limit, cursor, patientId } = request.query;
    const rows = await listDispenses(dbOf(request), { patientId, limit: limit + 1, after: readCursor(cursor, 2) });
    return pageOf(rows, limit, (last) => [last.dispensedAt ?? '-infinity', last.id]);
  },
});

const stock = route<{ Query: Page & { text?: string } }>({
  method: 'GET',
  path: '/api/stock',
  options: {
    auth: { scope: 'stock:read' },
    validate: { query: Joi.object({ ...wholePage, text: text(80).allow('') }) },
    app: {
      patientData: false,
      response: pageOfItems(StockItem),
      summary: 'Medications with what is on hand, usable and available',
    },
  },
  handler: async (request) => {
    const { limit, cursor, text: asked } = request.query;
    const rows = await listStock(dbOf(request), {
      ...(asked ? { text: asked } : {}),
      limit: limit + 1,
      after: readCursor(cursor, 2),
    });
    return pageOf(rows, limit, (last) => [last.display, last.medicationId]);
  },
});

const receive = route<{ Payload: NewReceipt }>({
  method: 'POST',
  path: '/api/stock/receipts',
  options: {
    auth: { scope: 'stock:write' },
    validate: { payload: NewReceipt },
    app: {
      patientData: false,
      summary: 'Takes a delivery of a lot into stock',
      idempotent: 'required',
      response: StockItem,
    },
  },
  handler: async (request, h) => {
    const { zone, currency } = request.server.app.hms.config;
    return h.response(await receiveStock(dbOf(request), request.payload, { zone, currency })).code(201);
  },
});

const correct = route<{ Params: { id: string }; Payload: NewCorrection }>({
  method: 'POST',
  path: '/api/stock/lots/{id}/corrections',
  options: {
    auth: { scope: 'stock:write' },
    validate: { params: idParams, payload: NewCorrection },
    app: {
      patientData: false,
      idempotent: 'required',
      response: StockItem,
      summary: 'Adjust, dispose of, send back, hold or release a lot',
    },
  },
  handler: async (request, h) =>
    h.response(await correctStock(dbOf(request), request.params.id, request.payload)).code(201),
});

const movements = route<{ Params: { id: string }; Query: Page }>({
  method: 'GET',
  path: '/api/stock/lots/{id}/movements',
  options: {
    auth: { scope: 'stock:read' },
    validate: { params: idParams, query: Joi.object(pageQuery) },
    app: {
      patientData: false,
      summary: 'What came into a lot and left it, newest first',
      response: pageOfItems(Movement),
    },
  },
  handler: async (request) => {
    const { limit, cursor } = request.query;
    const lot = await getLot(dbOf(request), request.params.id);
    const rows = await listMovements(dbOf(request), {
      lotId: lot.id,
      limit: limit + 1,
      after: readCursor(cursor, 2),
    });
    return pageOf(rows, limit, (last) => [last.at, last.id]);
  },
});

export const routes = [queue, handOut, readDispense, dispenses, stock, receive, correct, movements];
