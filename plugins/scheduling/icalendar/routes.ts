import { createHash } from 'node:crypto';
import Joi from 'joi';
import { writeAudit } from '../../../core/audit/write.ts';
import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, idParams, ifMatch, route, versioned } from '../../../core/routes.ts';
import { getSetting, putSetting } from '../../../core/settings.ts';
import { whose, type Whose } from '../availability/doors.ts';
import { mediaType } from './calendar.ts';
import { readFeed, settingName } from './feed.ts';
import { calendarFile } from './file.ts';
import { CalendarRules, FeedOf, MadeFeed, NewCalendarRules, NewFeed, VersionedCalendarRules } from './model.ts';
import { endFeed, findFeed, makeFeed } from './queries.ts';

/** What leaves the house for others is the administration's, not that of whoever keeps hours. */
const mayConfigure = 'calendar-feed:write';

const routesOf = ({ path, read, write: writeHours, inPath, of, find }: Whose) => {
  const mayBeAnybodys = Object.keys(inPath).length > 0;
  const write = mayBeAnybodys ? mayConfigure : writeHours;
  const params = mayBeAnybodys ? { params: Joi.object(inPath) } : {};
  return [
    route({
      method: 'GET',
      path: `${path}/calendar-feed`,
      options: {
        auth: { scope: read },
        validate: params,
        app: { patientData: false, summary: `Whether there is a link for calendar programs, ${of}`, response: FeedOf },
      },
      handler: async (request) => {
        const db = dbOf(request);
        const { value: rules } = await getSetting(db, settingName, CalendarRules);
        return { feed: await findFeed(db, await find(request)), initials: rules.initials && !mayBeAnybodys };
      },
    }),
    route<{ Payload: NewFeed }>({
      method: 'POST',
      path: `${path}/calendar-feed`,
      options: {
        auth: { scope: write },
        validate: { ...params, payload: NewFeed },
        app: {
          patientData: false,
          summary: `A new link for calendar programs, told once; the one before ends, ${of}`,
          audit: (_result, { params: { practitionerId } }) =>
            practitionerId ? { object: `Practitioner/${practitionerId as string}` } : {},
          response: MadeFeed,
        },
      },
      handler: async (request, h) => {
        const { secret, ...feed } = await makeFeed(dbOf(request), await find(request), request.payload);
        const { origin } = request.server.app.hms.config;
        return h.response({ ...feed, address: `${origin}/api/calendar-feeds/${secret}.ics` }).code(201);
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/calendar-feed`,
      options: {
        auth: { scope: write },
        validate: params,
        app: {
          patientData: false,
          summary: `Ends the link for calendar programs at once, ${of}`,
          audit: (_result, { params: { practitionerId } }) =>
            practitionerId ? { object: `Practitioner/${practitionerId as string}` } : {},
          response: null,
        },
      },
      handler: async (request, h) => {
        await endFeed(dbOf(request), await find(request));
        return h.response().code(204);
      },
    }),
  ];
};

/** Calendar programs cannot sign in: the link is the key. A wrong one, an ended one and one of somebody who has left answer alike. */
const feed = route<{ Params: { secret: string } }>({
  method: 'GET',
  path: '/api/calendar-feeds/{secret}.ics',
  options: {
    auth: false,
    validate: { params: Joi.object({ secret: Joi.string().max(200).required() }) },
    app: {
      patientData: false,
      access: 'public',
      limit: 'export',
      file: 'text/calendar',
      summary:
        'When a practitioner is busy, for calendar programs: time, place and service; initials of patients where the house lets them out and the practitioner made the link',
    },
  },
  handler: async (request, h) => {
    const read = await readFeed(request.server.app.hms, request.params.secret);
    if (read === null) throw refuse('not_found');
    await writeAudit(dbOf(request), request as never, {
      action: 'R',
      subtype: 'export',
      object: `Practitioner/${read.practitionerId}`,
      patientIds: read.patientIds,
    });
    return h
      .response(read.text)
      .type(mediaType)
      .etag(createHash('sha256').update(read.text).digest('base64url').slice(0, 27))
      .header('content-disposition', 'inline; filename="appointments.ics"');
  },
});

const file = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/appointments/{id}/calendar',
  options: {
    auth: { scope: 'appointment:read' },
    validate: { params: idParams },
    app: {
      patientData: true,
      file: 'text/calendar',
      summary:
        'An appointment for the calendar of its patient, in their language: when and at which house, nothing else',
      audit: (_result, request) => ({
        subtype: 'export',
        object: `Appointment/${request.params.id as string}`,
        patientIds: request.app.patientIds ?? [],
      }),
    },
  },
  handler: async (request, h) => {
    const kept = await calendarFile(dbOf(request), request.params.id, request.server.app.hms.config);
    if (kept === null) throw refuse('appointment_has_time');
    request.app.patientIds = [kept.patientId];
    return asFile(h.response(kept.text));
  },
});

declare module '@hapi/hapi' {
  interface RequestApplicationState {
    /** Of a file: its text no longer says whose rows it holds. */
    patientIds?: readonly string[];
  }
}

/** As a file to keep. */
export const asFile = <R extends { type(mime: string): R; header(name: string, value: string): R }>(answer: R): R =>
  answer.type(mediaType).header('content-disposition', 'attachment; filename="appointment.ics"');

const current = async (db: Db) => {
  const { value, version } = await getSetting(db, settingName, CalendarRules);
  return { ...value, version };
};

const rules = route({
  method: 'GET',
  path: '/api/calendar-rules',
  options: {
    auth: { scope: mayConfigure },
    app: { patientData: false, summary: 'What calendar programs are shown', response: VersionedCalendarRules },
  },
  handler: async (request, h) => versioned(h, await current(dbOf(request))),
});

const setRules = route<{ Payload: CalendarRules }>({
  method: 'PUT',
  path: '/api/calendar-rules',
  options: {
    auth: { scope: mayConfigure },
    validate: { payload: NewCalendarRules },
    app: {
      patientData: false,
      versioned: true,
      summary: 'Sets what calendar programs are shown',
      response: VersionedCalendarRules,
    },
  },
  handler: async (request, h) => {
    await putSetting(dbOf(request), settingName, ifMatch(request), request.payload);
    return versioned(h, await current(dbOf(request)));
  },
});

export const calendarRoutes = [...whose.flatMap(routesOf), feed, file, rules, setRules];
