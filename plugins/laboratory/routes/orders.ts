import Joi from 'joi';
import { pageOf, pageQuery, readCursor } from '../../../core/paging.ts';
import { dbOf, idParams, ifMatch, route, uuid } from '../../../core/routes.ts';
import { pageOfItems } from '../../../core/shapes.ts';
import { cancelRequest, placeOrder } from '../actions/orders.ts';
import { NewOrder, Order, Reason } from '../model/orders.ts';
import { getOrder, listOrders } from '../queries/orders.ts';

const place = route<{ Payload: NewOrder }>({
  method: 'POST',
  path: '/api/laboratory/orders',
  options: {
    auth: { scope: 'service-request:write' },
    validate: { payload: NewOrder },
    app: {
      patientData: true,
      idempotent: 'accepted',
      response: Order,
      summary: 'Order tests and panels for a patient',
    },
  },
  handler: async (request, h) => {
    const order = await placeOrder(dbOf(request), request.payload);
    return h.response(order).code(201).location(`/api/laboratory/orders/${order.id}`);
  },
});

const list = route<{ Query: { patientId?: string; encounterId?: string; limit: number; cursor?: string } }>({
  method: 'GET',
  path: '/api/laboratory/orders',
  options: {
    auth: { scope: 'service-request:read' },
    validate: {
      query: Joi.object({ ...pageQuery, patientId: uuid(), encounterId: uuid() }).or('patientId', 'encounterId'),
    },
    app: { summary: 'The laboratory orders, newest first', patientData: true, response: pageOfItems(Order) },
  },
  handler: async (request) => {
    const { limit, cursor, ...by } = request.query;
    const rows = await listOrders(dbOf(request), { ...by, limit: limit + 1, after: readCursor(cursor, 2) });
    return pageOf(rows, limit, (last) => [last.orderedAt, last.id]);
  },
});

const read = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/laboratory/orders/{id}',
  options: {
    auth: { scope: 'service-request:read' },
    validate: { params: idParams },
    app: { summary: 'One laboratory order with its tests', patientData: true, response: Order },
  },
  handler: (request) => getOrder(dbOf(request), request.params.id),
});

const cancel = route<{ Params: { id: string }; Payload: Reason }>({
  method: 'POST',
  path: '/api/laboratory/requests/{id}/cancel',
  options: {
    auth: { scope: 'service-request:write' },
    validate: { params: idParams, payload: Reason },
    app: {
      versioned: true,
      patientData: true,
      response: Order,
      summary: 'Cancel what is not verified of one test or panel',
    },
  },
  handler: (request) => cancelRequest(dbOf(request), request.params.id, ifMatch(request), request.payload.reason),
});

export const orderRoutes = [place, list, read, cancel];
