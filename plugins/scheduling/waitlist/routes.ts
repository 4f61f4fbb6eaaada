import Joi from 'joi';
import { pageOf, pageQuery, readCursor } from '../../../core/paging.ts';
import { dbOf, idParams, ifMatch, route, uuid, versioned } from '../../../core/routes.ts';
import { pageOfItems } from '../../../core/shapes.ts';
import { TimedAppointment } from '../booking/model.ts';
import * as act from './actions.ts';
import { Entry, EntryChange, entryStatuses, NewEntry, type EntryStatus } from './model.ts';
import { getEntry, listEntries, rankOf } from './queries.ts';

interface Id {
  id: string;
}

const list = route<{
  Query: { status?: EntryStatus; serviceId?: string; patientId?: string; limit: number; cursor?: string };
}>({
  method: 'GET',
  path: '/api/waitlist',
  options: {
    auth: { scope: 'appointment:read' },
    validate: {
      query: Joi.object({
        ...pageQuery,
        status: Joi.string().valid(...entryStatuses),
        serviceId: uuid(),
        patientId: uuid(),
      }),
    },
    app: {
      patientData: true,
      response: pageOfItems(Entry),
      summary: 'Who waits for a time, in the order in which they are asked, with the offers that run',
    },
  },
  handler: async (request) => {
    const { limit, cursor, ...by } = request.query;
    const rows = await listEntries(dbOf(request), { ...by, limit: limit + 1, after: readCursor(cursor, 3) });
    return pageOf(rows, limit, (last) => [rankOf(last.priority), last.createdAt, last.id]);
  },
});

const read = route<{ Params: Id }>({
  method: 'GET',
  path: '/api/waitlist/{id}',
  options: {
    auth: { scope: 'appointment:read' },
    validate: { params: idParams },
    app: { patientData: true, response: Entry, summary: 'What somebody waits for' },
  },
  handler: async (request, h) => versioned(h, await getEntry(dbOf(request), request.params.id)),
});

const join = route<{ Payload: NewEntry }>({
  method: 'POST',
  path: '/api/waitlist',
  options: {
    auth: { scope: 'appointment:write' },
    validate: { payload: NewEntry },
    app: {
      idempotent: 'accepted',
      patientData: true,
      response: Entry,
      summary: 'Puts a patient on the waitlist of a service; a time that suits is offered by itself',
    },
  },
  handler: async (request, h) => {
    const entry = await act.joinWaitlist(dbOf(request), request.payload);
    return versioned(h, entry).code(201).location(`/api/waitlist/${entry.id}`);
  },
});

const amend = route<{ Params: Id; Payload: EntryChange }>({
  method: 'PUT',
  path: '/api/waitlist/{id}',
  options: {
    auth: { scope: 'appointment:write' },
    validate: { params: idParams, payload: EntryChange },
    app: {
      versioned: true,
      patientData: true,
      response: Entry,
      summary: 'Changes what would suit, and how urgent it is',
    },
  },
  handler: async (request, h) =>
    versioned(h, await act.amendEntry(dbOf(request), request.params.id, ifMatch(request), request.payload)),
});

const leave = route<{ Params: Id }>({
  method: 'POST',
  path: '/api/waitlist/{id}/withdraw',
  options: {
    auth: { scope: 'appointment:write' },
    validate: { params: idParams, payload: Joi.object({}) },
    app: {
      versioned: true,
      patientData: true,
      response: Entry,
      summary: 'Takes somebody off the waitlist; what was offered goes to the next',
    },
  },
  handler: async (request, h) =>
    versioned(h, await act.leaveWaitlist(dbOf(request), request.params.id, ifMatch(request))),
});

const accept = route<{ Params: Id }>({
  method: 'POST',
  path: '/api/waitlist-offers/{id}/accept',
  options: {
    auth: { scope: 'appointment:write' },
    validate: { params: idParams, payload: Joi.object({}) },
    app: {
      patientData: true,
      response: TimedAppointment,
      summary: 'The patient takes the time; 410 offer-gone when it is over or was answered',
    },
  },
  handler: async (request, h) => versioned(h, await act.acceptOffer(dbOf(request), request.params.id)),
});

const decline = route<{ Params: Id }>({
  method: 'POST',
  path: '/api/waitlist-offers/{id}/decline',
  options: {
    auth: { scope: 'appointment:write' },
    validate: { params: idParams, payload: Joi.object({}) },
    app: { patientData: true, response: Entry, summary: 'The patient does not want the time: it goes to the next' },
  },
  handler: async (request, h) => versioned(h, await act.declineOffer(dbOf(request), request.params.id)),
});

export const waitlistRoutes = [list, read, join, amend, leave, accept, decline];
