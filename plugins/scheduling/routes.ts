import Joi from 'joi';
import type { ZodType } from 'zod';
import { pageOf, pageQuery, readCursor } from '../../core/paging.ts';
import { refuse } from '../../core/refuse.ts';
import { dbOf, idParams, ifMatch, instant, route, uuid, versioned } from '../../core/routes.ts';
import { itemsOf, pageOfItems } from '../../core/shapes.ts';
import {
  bookAppointment,
  cancelAppointment,
  checkIn,
  confirmAppointment,
  markNoShow,
  reinstateAppointment,
  rescheduleAppointment,
  setAvailability,
} from './actions.ts';
import {
  AppointmentItem,
  Availability,
  Cancellation,
  DayQuery,
  Move,
  NewAppointment,
  NewAvailability,
  ScheduleDay,
  Slot,
  SlotQuery,
  TimedAppointment,
} from './model.ts';
import {
  findAvailability,
  getAppointment,
  listAppointments,
  listAppointmentsOfDay,
  listPractitionersOfDay,
  listSlots,
} from './queries.ts';

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
    const appointment = await bookAppointment(dbOf(request), request.payload);
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
  act: (db: ReturnType<typeof dbOf>, id: string, version: number, it: Payload) => Promise<AppointmentItem>,
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
      versioned(h, await act(dbOf(request), request.params.id, ifMatch(request), request.payload)),
  });
const nothing = Joi.object({});

const slots = route<{ Query: SlotQuery }>({
  method: 'GET',
  path: '/api/slots',
  options: {
    auth: { scope: 'appointment:read' },
    validate: { query: SlotQuery },
    app: {
      response: itemsOf(Slot),
      summary: 'Free times, earliest first; 14 days unless `to` says otherwise, half a year at most',
    },
  },
  handler: async (request) => ({ items: await listSlots(dbOf(request), request.query) }),
});

const day = route<{ Query: DayQuery }>({
  method: 'GET',
  path: '/api/schedule/day',
  options: {
    auth: { scope: 'appointment:read' },
    validate: { query: DayQuery },
    app: {
      summary: 'The appointments of a day, one column for each practitioner',
      patientData: true,
      response: ScheduleDay,
    },
  },
  handler: async (request) => {
    const db = dbOf(request);
    const { zone } = request.server.app.hms.config;
    const of = { ...request.query, zone };
    const [practitioners, appointments] = await Promise.all([
      listPractitionersOfDay(db, of),
      listAppointmentsOfDay(db, of),
    ]);
    return { date: of.date, zone, practitioners, appointments };
  },
});

const practitionerParams = Joi.object({ practitionerId: uuid().required() });

const availability = route<{ Params: { practitionerId: string } }>({
  method: 'GET',
  path: '/api/availability/{practitionerId}',
  options: {
    auth: { scope: 'appointment:read' },
    validate: { params: practitionerParams },
    app: { summary: 'The weekly hours of a practitioner', response: Availability },
  },
  handler: async (request) => {
    const found = await findAvailability(
      dbOf(request),
      request.params.practitionerId,
      request.server.app.hms.config.zone,
    );
    if (!found) throw refuse('not_found');
    return found;
  },
});

const replace = route<{ Params: { practitionerId: string }; Payload: NewAvailability }>({
  method: 'PUT',
  path: '/api/availability/{practitionerId}',
  options: {
    auth: { scope: 'availability:write' },
    validate: { params: practitionerParams, payload: NewAvailability },
    app: { summary: 'Replaces the weekly hours of a practitioner', response: Availability },
  },
  handler: (request) =>
    setAvailability(dbOf(request), request.params.practitionerId, request.server.app.hms.config.zone, request.payload),
});

export const routes = [
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
  verb('confirm', 'The patient has said that they will come', nothing, confirmAppointment),
  verb('check-in', 'The patient has come', nothing, checkIn),
  verb('no-show', 'The patient did not come', nothing, markNoShow),
  verb('reinstate', 'Takes a cancellation, a no-show or a check-in back', nothing, reinstateAppointment),
  slots,
  day,
  availability,
  replace,
];
