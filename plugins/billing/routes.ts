import Joi from 'joi';
import { z } from 'zod';
import type { AuditNote } from '../../core/audit/write.ts';
import { offered } from '../../core/plugin.ts';
import { pageOf, pageQuery, readCursor } from '../../core/paging.ts';
import { dbOf, idParams, route, text, uuid, versioned } from '../../core/routes.ts';
import { itemsOf, pageOfItems } from '../../core/shapes.ts';
import { issueInvoice, setPrice, takePayment } from './actions.ts';
import { ChargeItem, Invoice, NewInvoice, NewPayment, NewPrice, Payment, Price, priceCode, TillItem } from './model.ts';
import { splitInvoicePlace, type SplitInvoice } from './payer.ts';
import { getInvoice, listChargeItems, listInvoices, listPrices, listTill } from './queries.ts';

interface Page {
  limit: number;
  cursor?: string;
}

const till = route<{ Query: Page }>({
  method: 'GET',
  path: '/api/till',
  options: {
    auth: { scope: 'invoice:read' },
    validate: { query: Joi.object(pageQuery) },
    app: { patientData: true, response: pageOfItems(TillItem), summary: 'Who owes something, longest first' },
  },
  handler: async (request) => {
    const { limit, cursor } = request.query;
    const { currency } = request.server.app.hms.config;
    const rows = await listTill(dbOf(request), { limit: limit + 1, after: readCursor(cursor, 2), currency });
    return pageOf(rows, limit, (last) => [last.visitAt, last.patient.id]);
  },
});

/** By POST, as people are searched: names never stand in an address. */
const findAtTill = route<{ Payload: { text: string } }>({
  method: 'POST',
  path: '/api/till/search',
  options: {
    auth: { scope: 'invoice:read' },
    validate: { payload: Joi.object({ text: text(120).required() }) },
    app: {
      patientData: true,
      response: itemsOf(TillItem),
      summary: 'Who owes something, by name, record number or invoice number: the fifty who wait longest',
      audit: ({ items }: { items: readonly TillItem[] }): AuditNote => ({
        action: 'E',
        subtype: 'listed',
        patientIds: items.map(({ patient }) => patient.id),
      }),
    },
  },
  handler: async (request) => {
    const { currency } = request.server.app.hms.config;
    const words = request.payload.text
      .split(/[\s,]+/)
      .filter(Boolean)
      .slice(0, 8);
    return { items: await listTill(dbOf(request), { limit: 50, after: null, currency, words }) };
  },
});

const chargeItems = route<{ Query: Page & { patientId?: string; encounterId?: string } }>({
  method: 'GET',
  path: '/api/charge-items',
  options: {
    auth: { scope: 'charge:read' },
    validate: {
      query: Joi.object({ ...pageQuery, patientId: uuid(), encounterId: uuid() }).or('patientId', 'encounterId'),
    },
    app: { summary: 'What a patient was charged, newest first', patientData: true, response: pageOfItems(ChargeItem) },
  },
  handler: async (request) => {
    const { limit, cursor, ...by } = request.query;
    const rows = await listChargeItems(dbOf(request), { ...by, limit: limit + 1, after: readCursor(cursor, 2) });
    return pageOf(rows, limit, (last) => [last.occurredAt, last.id]);
  },
});

const issue = route<{ Payload: NewInvoice }>({
  method: 'POST',
  path: '/api/invoices',
  options: {
    auth: { scope: 'invoice:write' },
    validate: { payload: NewInvoice },
    app: {
      patientData: true,
      idempotent: 'required',
      response: Invoice,
      summary: 'One invoice with everything that is billable',
    },
  },
  handler: async (request, h) => {
    const invoice = await issueInvoice(dbOf(request), request.payload, {
      splits: offered<SplitInvoice>(request.server.app.hms.plugins, splitInvoicePlace),
      zone: request.server.app.hms.config.zone,
    });
    return versioned(h, invoice).code(201).location(`/api/invoices/${invoice.id}`);
  },
});

const readInvoice = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/invoices/{id}',
  options: {
    auth: { scope: 'invoice:read' },
    validate: { params: idParams },
    app: { summary: 'One invoice with its lines and payments', patientData: true, response: Invoice },
  },
  handler: async (request, h) => versioned(h, await getInvoice(dbOf(request), request.params.id)),
});

const invoices = route<{ Query: Page & { patientId: string } }>({
  method: 'GET',
  path: '/api/invoices',
  options: {
    auth: { scope: 'invoice:read' },
    validate: { query: Joi.object({ ...pageQuery, patientId: uuid().required() }) },
    app: { summary: 'The invoices, newest first', patientData: true, response: pageOfItems(Invoice) },
  },
  handler: async (request) => {
    const { limit, cursor, patientId } = request.query;
    const rows = await listInvoices(dbOf(request), { patientId, limit: limit + 1, after: readCursor(cursor, 2) });
    return pageOf(rows, limit, (last) => [last.issuedAt, last.id]);
  },
});

const pay = route<{ Payload: NewPayment }>({
  method: 'POST',
  path: '/api/payments',
  options: {
    auth: { scope: 'payment:write' },
    validate: { payload: NewPayment },
    app: {
      summary: 'Takes a payment on an invoice',
      patientData: true,
      idempotent: 'required',
      response: z.strictObject({ payment: Payment, invoice: Invoice }),
      audit: ({ payment, invoice }: { payment: Payment; invoice: Invoice }) => ({
        object: `payments/${payment.id}`,
        patientIds: [invoice.patientId],
      }),
    },
  },
  handler: async (request, h) => h.response(await takePayment(dbOf(request), request.payload)).code(201),
});

const prices = route<{ Query: Page & { text?: string } }>({
  method: 'GET',
  path: '/api/prices',
  options: {
    auth: { scope: 'price:read' },
    validate: { query: Joi.object({ ...pageQuery, text: text(80).allow('') }) },
    app: { patientData: false, summary: 'The price list, by name', response: pageOfItems(Price) },
  },
  handler: async (request) => {
    const { limit, cursor, text: asked } = request.query;
    const rows = await listPrices(dbOf(request), {
      ...(asked ? { text: asked } : {}),
      limit: limit + 1,
      after: readCursor(cursor, 2),
    });
    return pageOf(rows, limit, (last) => [last.display, last.code]);
  },
});

/** A price is never overwritten: each PUT begins a new one and closes the one before. So it asks for no version. */
const putPrice = route<{ Params: { code: string }; Payload: NewPrice }>({
  method: 'PUT',
  path: '/api/prices/{code}',
  options: {
    auth: { scope: 'price:write' },
    validate: { params: priceCode, payload: NewPrice },
    app: { patientData: false, summary: 'Sets the price of a code', response: Price },
  },
  handler: (request) =>
    setPrice(dbOf(request), request.params.code, request.payload, request.server.app.hms.config.currency),
});

export const routes = [till, findAtTill, chargeItems, issue, readInvoice, invoices, pay, prices, putPrice];
