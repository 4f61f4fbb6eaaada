import Joi from 'joi';
import { dbOf, idParams, ifMatch, route, uuid, versioned } from '../../../../core/routes.ts';
import type { Db } from '../../../../core/database.ts';
import * as a from '../actions.ts';
import { Board, Call, NewTicket, Room, Skip, Ticket, Transfer, Urgency, WhoIsIt } from '../model.ts';
import { getTicket, listOpen, listStages } from '../queries.ts';

interface Id {
  id: string;
}
const zoneOf = (request: { server: { app: { hms: { config: { zone: string } } } } }) =>
  request.server.app.hms.config.zone;
const write = { scope: 'queue:write' };

const board = route<{ Query: { pointId?: string } }>({
  method: 'GET',
  path: '/api/queue/board',
  options: {
    auth: { scope: 'queue:read' },
    validate: { query: Joi.object({ pointId: uuid() }) },
    app: {
      summary:
        'Who waits and who is with somebody, in the order of calls, 1,000 at most; and how each point does today',
      patientData: true,
      response: Board,
    },
  },
  handler: async (request) => {
    const db = dbOf(request);
    const zone = zoneOf(request);
    const [stages, tickets] = await Promise.all([listStages(db, zone), listOpen(db, zone, request.query.pointId)]);
    return { stages, tickets };
  },
});

const read = route<{ Params: Id }>({
  method: 'GET',
  path: '/api/queue/tickets/{id}',
  options: {
    auth: { scope: 'queue:read' },
    validate: { params: idParams },
    app: { summary: 'One ticket', patientData: true, response: Ticket },
  },
  handler: async (request, h) => versioned(h, await getTicket(dbOf(request), request.params.id, zoneOf(request))),
});

const issue = route<{ Payload: NewTicket }>({
  method: 'POST',
  path: '/api/queue/tickets',
  options: {
    auth: write,
    validate: { payload: NewTicket },
    app: {
      idempotent: 'accepted',
      summary: 'Gives the next number of the day; 409 ticket-once-per-queue says where the patient waits already',
      patientData: true,
      response: Ticket,
    },
  },
  handler: async (request, h) => {
    const ticket = await a.issueTicket(dbOf(request), request.payload, zoneOf(request));
    return versioned(h, ticket).code(201).location(`/api/queue/tickets/${ticket.id}`);
  },
});

const next = route<{ Params: Id; Payload: Call }>({
  method: 'POST',
  path: '/api/queue/points/{id}/call-next',
  options: {
    auth: write,
    validate: { params: idParams, payload: Call },
    app: {
      idempotent: 'accepted',
      summary: 'Calls whoever is first in turn; 409 queue-empty when nobody waits',
      patientData: true,
      response: Ticket,
    },
  },
  handler: async (request, h) =>
    versioned(h, await a.callNext(dbOf(request), request.params.id, request.payload, zoneOf(request))),
});

/** A verb on a ticket: the version that was read comes with it. */
const verb = <Payload = object>(
  name: string,
  summary: string,
  payload: Joi.ObjectSchema<Payload>,
  act: (db: Db, it: a.Known, payload: Payload) => Promise<Ticket>,
) =>
  route<{ Params: Id; Payload: Payload }>({
    method: 'POST',
    path: `/api/queue/tickets/{id}/${name}`,
    options: {
      auth: write,
      validate: { params: idParams, payload },
      app: { versioned: true, summary, patientData: true, response: Ticket },
    },
    handler: async (request, h) => {
      const it = { id: request.params.id, version: ifMatch(request), zone: zoneOf(request) };
      return versioned(h, await act(dbOf(request), it, request.payload));
    },
  });
const nothing = Joi.object({});

export const tickets = [
  board,
  read,
  issue,
  next,
  verb('call', 'Calls this one, or calls once more', Call, a.callTicket),
  verb('skip', 'Others go first; comes back after the minutes, or when it is brought back', Skip, a.skipTicket),
  verb('bring-back', 'Waits in turn again', nothing, a.bringBack),
  verb('transfer', 'Goes on to another point with its number and its time of arrival', Transfer, a.transferTicket),
  verb('end', 'All is done', nothing, a.endTicket),
  verb('no-answer', 'Was called and did not come', nothing, a.noAnswer),
  verb('cancel', 'Does not want to wait', nothing, a.cancelTicket),
  verb('reopen', 'Takes an end back', nothing, a.reopenTicket),
  verb('room', 'Another room than the point’s; null: the point’s', Room, a.changeRoom),
  verb('priority', 'Called before others; null: in turn', Urgency, a.changeUrgency),
  verb('patient', 'Says who it is that had only a number', WhoIsIt, a.namePatient),
];
