import Joi from 'joi';
import { dbOf, idParams, ifMatch, route, versioned } from '../../../core/routes.ts';
import { AppointmentItem, NewAppointment, TimedAppointment } from '../booking/model.ts';
import { writtenTimes } from '../booking/written.ts';
import { holdTime, releaseHold } from './actions.ts';

type NewHold = NewAppointment & { minutes?: number };

const hold = route<{ Payload: NewHold }>({
  method: 'POST',
  path: '/api/holds',
  options: {
    auth: { scope: 'appointment:write' },
    validate: {
      payload: (NewAppointment as Joi.ObjectSchema<NewHold>).keys({ minutes: Joi.number().integer().min(1).max(120) }),
    },
    app: {
      idempotent: 'accepted',
      patientData: true,
      response: TimedAppointment,
      summary: 'Keeps a time for some minutes; it is free again by itself unless it is confirmed',
    },
  },
  handler: async (request, h) => {
    const held = await holdTime(dbOf(request), request.payload, { written: writtenTimes(request) });
    return versioned(h, held).code(201).location(`/api/appointments/${held.id}`);
  },
});

const release = route<{ Params: { id: string } }>({
  method: 'POST',
  path: '/api/appointments/{id}/release',
  options: {
    auth: { scope: 'appointment:write' },
    validate: { params: idParams, payload: Joi.object({}) },
    app: { versioned: true, patientData: true, response: AppointmentItem, summary: 'Gives a held time back' },
  },
  handler: async (request, h) => versioned(h, await releaseHold(dbOf(request), request.params.id, ifMatch(request))),
});

export const holdRoutes = [hold, release];
