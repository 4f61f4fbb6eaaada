import Joi from 'joi';
import { z } from 'zod';
import { localeOf, say } from '../../core/messages.ts';
import { pageOf, pageQuery, readCursor } from '../../core/paging.ts';
import { refuse } from '../../core/refuse.ts';
import { dbOf, headerOf, idParams, ifMatch, instant, route, uuid, versioned } from '../../core/routes.ts';
import { itemsOf, pageOfItems } from '../../core/shapes.ts';
import { getSetting } from '../../core/settings.ts';
import * as act from './actions.ts';
import {
  Alert, channels, DeliveryReport, groups, kinds, languages, Message, MessageItem, MessagePreference, MessageRules, NewPreference,
  NewRules, ReminderState, type Channel, type Group, type Kind,
} from './model.ts'; // prettier-ignore
import { getReminderState, listAlerts, listMessages } from './queries.ts';
import { addressesOf } from './settings.ts';
import { wordsOf } from './words.ts';

const placeOf = (request: { server: { app: { hms: { config: { hospital: string; zone: string } } } } }) => {
  const { hospital, zone } = request.server.app.hms.config;
  return { hospital, zone };
};
const oneOf = (values: readonly string[]) => Joi.string().valid(...values);

const list = route<{
  Query: { status: Group; channel?: Channel; kind?: Kind; patientId?: string; limit: number; cursor?: string };
}>({
  method: 'GET',
  path: '/api/messages',
  options: {
    auth: { scope: 'message:read' },
    validate: {
      query: Joi.object({
        ...pageQuery,
        status: oneOf(groups).default('all'),
        channel: oneOf(channels),
        kind: oneOf(kinds),
        patientId: uuid(),
      }),
    },
    app: {
      patientData: true,
      response: pageOfItems(MessageItem),
      summary: 'Messages, newest first; those that wait in the order in which they go out',
    },
  },
  handler: async (request) => {
    const { limit, cursor, ...by } = request.query;
    const rows = await listMessages(dbOf(request), { ...by, limit: limit + 1, after: readCursor(cursor, 2) });
    return pageOf(rows, limit, (last) => [
      by.status === 'waiting' ? (last.notBefore ?? last.createdAt) : last.createdAt,
      last.id,
    ]);
  },
});

const show = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/messages/{id}',
  options: {
    auth: { scope: 'message:read' },
    validate: { params: idParams },
    app: {
      patientData: true,
      response: Message,
      summary: 'A message with its words: as it went out, or would go out now',
    },
  },
  handler: async (request, h) =>
    versioned(h, await act.showMessage(dbOf(request), request.params.id, placeOf(request))),
});

const verb = (name: 'resend' | 'withdraw', summary: string) =>
  route<{ Params: { id: string } }>({
    method: 'POST',
    path: `/api/messages/{id}/${name}`,
    options: {
      auth: { scope: 'message:write' },
      validate: { params: idParams, payload: Joi.object({}).allow(null) },
      app: { versioned: true, patientData: true, response: Message, summary },
    },
    handler: async (request, h) => {
      const { id } = request.params;
      await act[name](dbOf(request), id, ifMatch(request));
      return versioned(h, await act.showMessage(dbOf(request), id, placeOf(request)));
    },
  });

const preview = route<{ Payload: { kind: Kind; channel: Channel; language: (typeof languages)[number] } }>({
  method: 'POST',
  path: '/api/messages/preview',
  options: {
    auth: { scope: 'message:read' },
    validate: {
      payload: Joi.object({
        kind: oneOf(kinds).required(),
        channel: oneOf(channels).required(),
        language: oneOf(languages).required(),
      }),
    },
    app: {
      patientData: false,
      response: z.strictObject({ subject: z.string().nullable(), body: z.string() }).meta({ id: 'MessageWords' }),
      summary: 'How a kind of message reads in a language, with an example’s day and time',
    },
  },
  handler: (request) => {
    const { kind, channel, language } = request.payload;
    const { currency } = request.server.app.hms.config;
    const facts = {
      startsAt: '2027-03-15T09:30:00Z',
      previousStartsAt: '2027-03-12T14:00:00Z',
      ...(kind === 'invoice-issued' ? { totalMinor: 4550, currency } : {}),
    };
    return wordsOf(kind, channel, language, facts, placeOf(request));
  },
});

const Settings = MessageRules.extend({
  version: z.int(),
  email: z.enum(['smtp', 'shown']),
  sms: z.enum(['http', 'shown']),
}).meta({ id: 'MessageSettings' });
type Settings = z.infer<typeof Settings>;

const settingsOf = async (
  request: Parameters<typeof dbOf>[0] & Parameters<typeof addressesFrom>[0],
): Promise<Settings> => {
  const { value, version } = await getSetting(dbOf(request), 'messaging.rules', MessageRules);
  const { smtp, sms } = addressesFrom(request);
  return { ...value, version, email: smtp ? 'smtp' : 'shown', sms: sms ? 'http' : 'shown' };
};
const addressesFrom = (request: { server: { app: { hms: { config: Parameters<typeof addressesOf>[0] } } } }) =>
  addressesOf(request.server.app.hms.config);

const readSettings = route({
  method: 'GET',
  path: '/api/messages/settings',
  options: {
    auth: { scope: 'message:read' },
    app: {
      patientData: false,
      response: Settings,
      summary: 'Reminder windows, quiet hours, undo window, and whether messages leave the house',
    },
  },
  handler: async (request, h) => versioned(h, await settingsOf(request)),
});

const writeSettings = route<{ Payload: MessageRules }>({
  method: 'PUT',
  path: '/api/messages/settings',
  options: {
    auth: { scope: 'message:configure' },
    validate: { payload: NewRules },
    app: {
      patientData: false,
      versioned: true,
      summary: 'Changes reminder windows, quiet hours and undo window',
      response: Settings,
    },
  },
  handler: async (request, h) => {
    await act.setRules(dbOf(request), ifMatch(request), request.payload);
    return versioned(h, await settingsOf(request));
  },
});

const readPreference = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/patients/{id}/message-preference',
  options: {
    auth: { scope: 'message:read' },
    validate: { params: idParams },
    app: {
      patientData: true,
      response: MessagePreference,
      summary: 'What the patient agreed to; version 0: not asked yet',
    },
  },
  handler: async (request, h) => versioned(h, await act.getPreference(dbOf(request), request.params.id)),
});

const writePreference = route<{ Params: { id: string }; Payload: NewPreference }>({
  method: 'PUT',
  path: '/api/patients/{id}/message-preference',
  options: {
    auth: { scope: 'message:write' },
    validate: { params: idParams, payload: NewPreference },
    app: {
      versioned: true,
      summary: 'Writes down what the patient agreed to',
      patientData: true,
      response: MessagePreference,
    },
  },
  handler: async (request, h) =>
    versioned(h, await act.setPreference(dbOf(request), request.params.id, ifMatch(request), request.payload)),
});

/** The gateway's door: signed, small, and silent about what it does not know. */
const report = route({
  method: 'POST',
  path: '/api/messages/delivery-reports',
  options: {
    auth: false,
    payload: { parse: false, output: 'data', maxBytes: 4096 },
    app: {
      patientData: false,
      access: 'public',
      response: null,
      audit: (_result, request) => ({ object: `Communication/${idIn(request.payload)}` }),
      summary: 'Delivery reports of the SMS gateway: {reference, status, code}, signed in X-OpenWard-Signature',
    },
  },
  handler: async (request, h) => {
    const body = request.payload as unknown as Buffer;
    const { reportKey } = addressesFrom(request);
    if (!isBody(body) || !act.isSigned(body, headerOf(request, 'x-openward-signature'), reportKey))
      throw refuse('report_not_signed');
    const { value, error } = DeliveryReport.validate(parsed(body));
    if (error) throw error;
    await act.takeReport(dbOf(request), value);
    return h.response().code(204);
  },
});

/** Of a body that was signed and read. */
const idIn = (body: unknown): string => (parsed(body as Buffer) as DeliveryReport).reference.slice(0, 36);
const isBody = (body: unknown): body is Buffer => Buffer.isBuffer(body);
const parsed = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    return undefined;
  }
};

const alerts = route({
  method: 'GET',
  path: '/api/alerts',
  options: {
    app: {
      access: 'signed-in',
      patientData: true,
      audit: (result: { items: { patient: { id: string } | null }[] }) => ({
        patientIds: result.items.flatMap(({ patient }) => patient?.id ?? []),
      }),
      response: itemsOf(Alert),
      summary: 'What the signed-in person is alerted to and nobody has acknowledged yet',
    },
  },
  handler: async (request) => {
    const locale = localeOf(headerOf(request, 'accept-language'));
    const rows = await listAlerts(dbOf(request), 50);
    return { items: rows.map(({ textKey, facts, ...alert }) => ({ ...alert, text: say(textKey, locale, facts) })) };
  },
});

const acknowledge = route<{ Params: { id: string } }>({
  method: 'POST',
  path: '/api/alerts/{id}/acknowledge',
  options: {
    validate: { params: idParams, payload: Joi.object({}).allow(null) },
    app: { patientData: false, summary: 'Says that an alert was seen', access: 'signed-in', response: null },
  },
  handler: async (request, h) => {
    await act.acknowledge(dbOf(request), request.params.id);
    return h.response().code(204);
  },
});

const reminder = route<{ Params: { id: string }; Query: { patientId: string; startsAt: string } }>({
  method: 'GET',
  path: '/api/appointments/{id}/reminder',
  options: {
    auth: { scope: 'message:read' },
    validate: {
      params: idParams,
      query: Joi.object({ patientId: uuid().required(), startsAt: instant().required() }),
    },
    app: {
      patientData: true,
      response: ReminderState,
      summary: 'Whether the patient is reminded of an appointment, or why not',
      audit: ({ patientId }: ReminderState, request) => ({
        object: `Appointment/${String(request.params.id)}`,
        patientIds: [patientId],
      }),
    },
  },
  handler: (request) => getReminderState(dbOf(request), { appointmentId: request.params.id, ...request.query }),
});

export const routes = [
  list,
  show,
  verb('resend', 'A failed message goes out again, with the address and words of now'),
  verb('withdraw', 'A message that waits or has failed never goes out'),
  preview,
  readSettings,
  writeSettings,
  readPreference,
  writePreference,
  reminder,
  report,
  alerts,
  acknowledge,
];
