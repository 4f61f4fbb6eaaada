import Joi from 'joi';
import { type dbOf, idParams, ifMatch, instant, route, uuid, versioned } from '../../../core/routes.ts';
import { refuse } from '../../../core/refuse.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { getPreference, setPreference } from '../../messaging/api.ts';
import { asFile, calendarFile, join, Join, listSlots, Slot, writtenTimes, type Written } from '../../scheduling/api.ts';
import * as act from '../actions/visits.ts';
import {
  BookableService,
  Cancellation,
  NewBooking,
  PastVisit,
  Rebooking,
  Visit,
  type Visit as VisitRow,
} from '../model.ts';
import { isOn } from '../on.ts';
import { listPastVisits } from '../queries/own.ts';
import { getVisit, listComingVisits, listServices } from '../queries/visits.ts';
import { acting, own, reading } from '../self.ts';

const scheduling = { ...own.app, needs: 'scheduling' } as const;
interface Id {
  id: string;
}

const coming = route({
  method: 'GET',
  path: '/api/portal/visits',
  options: { auth: own.auth, app: { ...scheduling, response: itemsOf(Visit), summary: 'Those to come' } },
  handler: (request) =>
    reading(request, async (db) => ({ items: await listComingVisits(db, await act.getRules(db), 50) })),
});

const past = route({
  method: 'GET',
  path: '/api/portal/past-visits',
  options: {
    auth: own.auth,
    app: {
      summary: 'The past visits of the patient who is signed in, newest first',
      ...own.app,
      needs: 'ehr',
      response: itemsOf(PastVisit),
    },
  },
  handler: (request) => reading(request, async (db) => ({ items: await listPastVisits(db, 100) })),
});

const read = route<{ Params: Id }>({
  method: 'GET',
  path: '/api/portal/visits/{id}',
  options: {
    auth: own.auth,
    validate: { params: idParams },
    app: { ...scheduling, summary: 'One own visit', response: Visit },
  },
  handler: async (request, h) => versioned(h, await readOwn(request, request.params.id)),
});

/** As the role `patient`: what is somebody else's is not there. */
const readOwn = (request: unknown, id: string): Promise<VisitRow> =>
  reading(request, async (db) => getVisit(db, await act.getRules(db), id));

const calendar = route<{ Params: Id }>({
  method: 'GET',
  path: '/api/portal/visits/{id}/calendar',
  options: {
    auth: own.auth,
    validate: { params: idParams },
    app: {
      ...scheduling,
      file: 'text/calendar',
      summary: 'One own visit for a calendar: when and at which house, nothing else',
    },
  },
  handler: async (request, h) => {
    const { config } = request.server.app.hms;
    const kept = await reading(request, (db) => calendarFile(db, request.params.id, config));
    if (kept === null) throw refuse('not_found');
    return asFile(h.response(kept.text));
  },
});

const enter = route<{ Params: Id }>({
  method: 'GET',
  path: '/api/portal/visits/{id}/join',
  options: {
    auth: own.auth,
    validate: { params: idParams },
    app: {
      ...scheduling,
      response: Join,
      summary: 'The way into an own visit by video, from a quarter of an hour before until an hour after it',
    },
  },
  handler: (request) =>
    reading(request, async (db) =>
      join(db, request.server.app.hms.config, await getVisit(db, await act.getRules(db), request.params.id)),
    ),
});

const services = route({
  method: 'GET',
  path: '/api/portal/services',
  options: {
    auth: own.auth,
    app: { ...scheduling, summary: 'What patients may book themselves', response: itemsOf(BookableService) },
  },
  handler: (request) => reading(request, async (db) => ({ items: await listServices(db, await act.getRules(db)) })),
});

const slots = route<{ Query: { serviceId: string; practitionerId?: string; from?: string; limit: number } }>({
  method: 'GET',
  path: '/api/portal/slots',
  options: {
    auth: own.auth,
    validate: {
      query: Joi.object({
        serviceId: uuid().required(),
        practitionerId: uuid(),
        from: instant(),
        limit: Joi.number().integer().min(1).max(100).default(20),
      }),
    },
    app: {
      ...scheduling,
      response: itemsOf(Slot),
      summary: 'First free times of a service, when the patient is free too',
    },
  },
  handler: (request) =>
    reading(request, async (db, { patientId }) => {
      const { serviceId, practitionerId, from, limit } = request.query;
      const rules = await act.getRules(db);
      const offered = await listServices(db, rules);
      if (!offered.some(({ id }) => id === serviceId)) throw refuse('portal_service');
      const { earliest, latest } = await act.bounds(db, rules);
      const start = from && Temporal.Instant.compare(from, earliest) > 0 ? from : earliest;
      return {
        items: await listSlots(db, {
          serviceId,
          practitionerId,
          from: start,
          to: latest,
          limit,
          also: [patientId],
          channel: 'portal',
        }),
      };
    }),
});

const book = route<{ Payload: NewBooking }>({
  method: 'POST',
  path: '/api/portal/visits',
  options: {
    auth: own.auth,
    validate: { payload: NewBooking },
    app: {
      ...scheduling,
      transaction: false,
      idempotent: 'accepted',
      response: Visit,
      summary: 'Books for the patient of the session; 409 occupancy-no-overlap names the next three free times',
    },
  },
  handler: async (request, h) => {
    const booked = (await acting(request, h, async (tx, self) => {
      const { id } = await act.book(tx, self, request.payload, writtenTimes(request));
      const { hms } = request.server.app;
      if (request.payload.reminders !== undefined && isOn(hms, 'messaging'))
        await wishReminders(tx, self.patientId, request.payload.reminders);
      return h.response({ id }).code(201);
    })) as { source: unknown; statusCode: number };
    const { id } = (typeof booked.source === 'string' ? JSON.parse(booked.source) : booked.source) as Id;
    return versioned(h, await readOwn(request, id))
      .code(201)
      .location(`/api/portal/visits/${id}`);
  },
});

/** A reminder is wanted: by every way that there is an address for, if none was agreed to yet. */
export const wishReminders = async (tx: ReturnType<typeof dbOf>, patientId: string, wanted: boolean): Promise<void> => {
  const { version, patientId: _, ...before } = await getPreference(tx, patientId);
  const declined = before.declined.filter((topic) => topic !== 'reminders');
  const agreed = before.email || before.sms ? before : { ...before, email: wanted, sms: wanted };
  const next = { ...agreed, declined: wanted ? declined : [...declined, 'reminders' as const] };
  if (JSON.stringify(next) !== JSON.stringify(before)) await setPreference(tx, patientId, version, next);
};

const verb = <Payload>(
  name: string,
  summary: string,
  payload: Joi.ObjectSchema<Payload>,
  work: (tx: ReturnType<typeof dbOf>, visit: VisitRow, version: number, it: Payload, written: Written) => Promise<void>,
) =>
  route<{ Params: Id; Payload: Payload }>({
    method: 'POST',
    path: `/api/portal/visits/{id}/${name}`,
    options: {
      auth: own.auth,
      validate: { params: idParams, payload },
      app: { ...scheduling, versioned: true, transaction: false, response: Visit, summary },
    },
    handler: async (request, h) => {
      const version = ifMatch(request);
      const visit = await readOwn(request, request.params.id);
      await acting(request, h, async (tx) => {
        await work(tx, visit, version, request.payload, writtenTimes(request));
        return {};
      });
      return versioned(h, await readOwn(request, visit.id));
    },
  });

export const visits = [
  coming,
  past,
  read,
  calendar,
  enter,
  services,
  slots,
  book,
  verb<Rebooking>('move', 'Moves an own visit to another time', Rebooking, act.move),
  verb('cancel', 'Cancels an own visit, with the reason', Cancellation, (tx, visit, version, { reason }) =>
    act.cancel(tx, visit, version, reason),
  ),
];
