import { dbOf, idParams, ifMatch, route, versioned } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { Cancellation, TimedAppointment } from '../booking/model.ts';
import * as act from './actions.ts';
import { Group, GroupMove, GroupQuery, NewGroup, NewParticipant, WholeGroup } from './model.ts';
import { listGroups } from './queries.ts';

interface Id {
  id: string;
}

const open = route<{ Payload: NewGroup }>({
  method: 'POST',
  path: '/api/groups',
  options: {
    auth: { scope: 'appointment:write' },
    validate: { payload: NewGroup },
    app: {
      patientData: false,
      idempotent: 'accepted',
      response: Group,
      summary: 'Opens a time to which many can come; practitioner and room are taken once',
    },
  },
  handler: async (request, h) => {
    const group = await act.openGroup(dbOf(request), request.payload);
    return versioned(h, group).code(201).location(`/api/groups/${group.id}`);
  },
});

const list = route<{ Query: GroupQuery }>({
  method: 'GET',
  path: '/api/groups',
  options: {
    auth: { scope: 'appointment:read' },
    validate: { query: GroupQuery },
    app: {
      patientData: false,
      response: itemsOf(Group),
      summary: 'Groups to come, with how many can still come to each; nobody is named',
    },
  },
  handler: async (request) => ({ items: await listGroups(dbOf(request), request.query) }),
});

const read = route<{ Params: Id }>({
  method: 'GET',
  path: '/api/groups/{id}',
  options: {
    auth: { scope: 'appointment:read' },
    validate: { params: idParams },
    app: { patientData: true, response: WholeGroup, summary: 'A group with who comes to it' },
  },
  handler: async (request, h) => versioned(h, await act.wholeGroup(dbOf(request), request.params.id)),
});

const join = route<{ Params: Id; Payload: NewParticipant }>({
  method: 'POST',
  path: '/api/groups/{id}/participants',
  options: {
    auth: { scope: 'appointment:write' },
    validate: { params: idParams, payload: NewParticipant },
    app: {
      idempotent: 'accepted',
      patientData: true,
      response: TimedAppointment,
      summary: 'Books a patient into a group; 409 group-full names the next groups of the service',
    },
  },
  handler: async (request, h) => {
    const appointment = await act.joinGroup(dbOf(request), request.params.id, request.payload);
    return versioned(h, appointment).code(201).location(`/api/appointments/${appointment.id}`);
  },
});

const move = route<{ Params: Id; Payload: GroupMove }>({
  method: 'POST',
  path: '/api/groups/{id}/reschedule',
  options: {
    auth: { scope: 'appointment:write' },
    validate: { params: idParams, payload: GroupMove },
    app: {
      versioned: true,
      patientData: true,
      response: WholeGroup,
      summary:
        'Moves a whole group: each who is expected keeps the place and is told once; 409 group-elsewhere names who is booked then',
    },
  },
  handler: async (request, h) =>
    versioned(h, await act.moveGroup(dbOf(request), request.params.id, ifMatch(request), request.payload)),
});

const cancel = route<{ Params: Id; Payload: Cancellation }>({
  method: 'POST',
  path: '/api/groups/{id}/cancel',
  options: {
    auth: { scope: 'appointment:write' },
    validate: { params: idParams, payload: Cancellation },
    app: {
      versioned: true,
      patientData: true,
      response: WholeGroup,
      summary: 'Calls a whole group off: each who is expected is told once',
    },
  },
  handler: async (request, h) =>
    versioned(h, await act.cancelGroup(dbOf(request), request.params.id, ifMatch(request), request.payload.reason)),
});

export const groupRoutes = [open, list, read, join, move, cancel];
