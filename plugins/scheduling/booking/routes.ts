import Joi from 'joi';
import type { ZodType } from 'zod';
import { pageOf, pageQuery, readCursor } from '../../../core/paging.ts';
import { dbOf, idParams, ifMatch, instant, route, uuid, versioned } from '../../../core/routes.ts';
import { pageOfItems } from '../../../core/shapes.ts';
import {
  bookAppointment,
  cancelAppointment,
  checkIn,
  markNoShow,
  reinstateAppointment,
  rescheduleAppointment,
  type Door,
} from './actions.ts';
import { confirm } from '../holds/actions.ts';
import { AppointmentItem, Arrival, Cancellation, Move, NewAppointment, TimedAppointment } from './model.ts';
import { getAppointment, listAppointments } from './read.ts';
import { writtenTimes } from './written.ts';

interface Id {
  id: string;
}

const book = route<{ Payload: NewAppointment }>({
  method: 'POST',
  path: '/api/appointments',
  options: {
    auth: { scope: 'appointment:write' },
    validate: { payload: NewAppointment },
    app: {
      idempotent: 'accepted',
      patientData: true,
      response: TimedAppointment,
      summary: 'Books; 409 occupancy-no-overlap names the next three free times',
    },
  },
  handler: async (request, h) => {
    const appointment = await bookAppointment(dbOf(request), request.payload, null, 'booked', {
      written: writtenTimes(request),
    });
    return versioned(h, appointment).code(201).location(`/api/appointments/${appointment.id}`);
  },
});

const read = route<{ Params: Id }>({
  method: 'GET',
  path: '/api/appointments/{id}',
  options: {
    auth: { scope: 'appointment:read' },
    validate: { params: idParams },
    app: { summary: 'One appointment', patientData: true, response: AppointmentItem },
  },
  handler: async (request, h) => versioned(h, await getAppointment(dbOf(request), request.params.id)),
});

const list = route<{ Query: { patientId?: string; from?: string; to?: string; limit: number; cursor?: string } }>({
  method: 'GET',
  path: '/api/appointments',
  options: {
    auth: { scope: 'appointment:read' },
    validate: { query: Joi.object({ patientId: uuid(), from: instant(), to: instant(), ...pageQuery }) },
    app: {
      patientData: true,
      response: pageOfItems(TimedAppointment),
      summary: 'Newest first',
    },
  },
  handler: async (request) => {
    const { cursor, limit, ...by } = request.query;
    const rows = await listAppointments(dbOf(request), { ...by, limit: limit + 1, after: readCursor(cursor, 2) });
    return pageOf(rows, limit, (last) => [last.startsAt, last.id]);
  },
});

/** A verb on an existing appointment: the version that was read comes with it. */
const verb = <Payload = object>(
  name: string,
  summary: string,
  payload: Joi.ObjectSchema<Payload>,
  act: (db: ReturnType<typeof dbOf>, id: string, version: number, it: Payload, door: Door) => Promise<AppointmentItem>,
  response: ZodType = AppointmentItem,
) =>
  route<{ Params: Id; Payload: Payload }>({
    method: 'POST',
    path: `/api/appointments/{id}/${name}`,
    options: {
      auth: { scope: 'appointment:write' },
      validate: { params: idParams, payload },
      app: { versioned: true, summary, patientData: true, response },
    },
    handler: async (request, h) =>
      versioned(
        h,
        await act(dbOf(request), request.params.id, ifMatch(request), request.payload, {
          written: writtenTimes(request),
        }),
      ),
  });
const nothing = Joi.object({});

export const bookingRoutes = [
  book,
  read,
  list,
  verb(
    'reschedule',
    'Moves an appointment; 409 occupancy-no-overlap names the next three free times',
    Move,
    rescheduleAppointment,
    TimedAppointment,
  ),
  verb('cancel', 'Cancels an appointment, with the reason', Cancellation, (db, id, version, { reason }) =>
    cancelAppointment(db, id, version, reason),
  ),
  verb('confirm', 'The patient has said that they will come; 410 hold-expired when a hold is over', nothing, confirm),
  verb('check-in', 'The patient has come; practitionerId: who sees them instead', Arrival, checkIn),
  verb('no-show', 'The patient did not come', nothing, markNoShow),
  verb('reinstate', 'Takes a cancellation, a no-show or a check-in back', nothing, reinstateAppointment),
];
