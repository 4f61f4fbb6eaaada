import Joi from 'joi';
import { publish } from '../../core/events.ts';
import type { Hms } from '../../core/hms.ts';
import { pageOf, pageQuery, readCursor } from '../../core/paging.ts';
import { refuse } from '../../core/refuse.ts';
import { dbOf, idParams, ifMatch, route, text, uuid, versioned } from '../../core/routes.ts';
import { itemsOf, pageOfItems } from '../../core/shapes.ts';
import { doorPort } from './door.ts';
import { matchMessage, readStored, rejectMessage } from './incoming.ts';
import { namedIn } from './match.ts';
import {
  Candidate,
  Connection,
  Connections,
  Decision,
  Match,
  Message,
  Performs,
  states,
  WholeMessage,
} from './model.ts';
import { listConnections, listTests, updateConnection } from './queries/connections.ts';
import { listCandidates } from './queries/match.ts';
import { getMessage, listMessages } from './queries/messages.ts';
import { sendAgain } from './queries/outgoing.ts';
import { doorOf, fhirAddress, mllpAddress } from './settings.ts';

type Params = { id: string };
const one = { patientData: true, response: Message };

const addressOf = ({ config }: Hms, kind: 'mllp' | 'fhir'): string | null => {
  if (kind === 'fhir') return fhirAddress(config)?.url ?? null;
  const address = mllpAddress(config);
  return address && `${address.secure ? 'mllps' : 'mllp'}://${address.host}:${String(address.port)}`;
};

const connections = route({
  method: 'GET',
  path: '/api/lab-connections',
  options: {
    auth: { scope: 'lab-connection:read' },
    app: {
      patientData: false,
      response: Connections,
      summary: 'Laboratories elsewhere: what they perform, and how the line is',
    },
  },
  handler: async (request) => {
    const { hms } = request.server.app;
    const items = await listConnections(dbOf(request));
    return {
      items: items.map((it) => ({ ...it, address: addressOf(hms, it.kind) })),
      door: { host: doorOf(hms.config).host, port: doorPort(hms) },
      tests: [...(await listTests(dbOf(request)))],
    };
  },
});

const change = route<{ Params: Params; Payload: Performs }>({
  method: 'PUT',
  path: '/api/lab-connections/{id}',
  options: {
    auth: { scope: 'lab-connection:write' },
    validate: { params: idParams, payload: Performs },
    app: {
      patientData: false,
      versioned: true,
      response: Connection,
      summary: 'Say which sections and tests a laboratory performs',
    },
  },
  handler: async (request, h) => {
    const { id } = request.params;
    const tx = dbOf(request);
    const changed = await updateConnection(tx, id, ifMatch(request), request.payload);
    const now = (await listConnections(tx)).find((it) => it.id === id);
    if (!now) throw refuse('not_found');
    if (changed === null) throw refuse('version_stale', { currentVersion: now.version });
    await publish(tx, 'lab-adapter.connection-changed', id);
    const shown = { ...now, address: addressOf(request.server.app.hms, now.kind) };
    return versioned(h, shown);
  },
});

const messages = route<{
  Query: { direction: 'in' | 'out'; state?: string; q?: string; limit: number; cursor?: string };
}>({
  method: 'GET',
  path: '/api/lab-messages',
  options: {
    auth: { scope: 'lab-message:read' },
    validate: {
      query: Joi.object({
        ...pageQuery,
        direction: Joi.string().valid('in', 'out').required(),
        state: Joi.string().valid(...states),
        q: text(80),
      }),
    },
    app: {
      patientData: true,
      response: pageOfItems(Message),
      summary: 'Messages to and from laboratories, newest first',
    },
  },
  handler: async (request) => {
    const { limit, cursor, ...by } = request.query;
    const rows = await listMessages(dbOf(request), { ...by, limit: limit + 1, after: readCursor(cursor, 2) });
    return pageOf(rows, limit, (last) => [last.createdAt, last.id]);
  },
});

const message = route<{ Params: Params }>({
  method: 'GET',
  path: '/api/lab-messages/{id}',
  options: {
    auth: { scope: 'lab-message:read' },
    validate: { params: idParams },
    app: { patientData: true, response: WholeMessage, summary: 'A message as it was sent or as it came' },
  },
  handler: async (request, h) => {
    const { language, ...it } = await getMessage(dbOf(request), request.params.id);
    const whole = { ...it, says: it.direction === 'in' && it.state !== 'refused' ? saysOf(language, it.body) : null };
    return versioned(h, whole);
  },
});

/** What it says, for the person who compares; null where it cannot be read. */
const saysOf = (kind: string, body: string): WholeMessage['says'] => {
  try {
    const { patient, reports } = readStored({ kind, body });
    return {
      names: patient?.names ?? [],
      numbers: patient?.numbers ?? [],
      birthDate: patient?.birthDate ?? null,
      gender: patient?.gender ?? null,
      orders: [...new Set(reports.flatMap(({ placers, accessions }) => [...accessions, ...placers]))],
      values: reports.flatMap(({ values }) =>
        values.map(({ codes, text: value, unit, flag, status }) => ({
          code: codes[0]?.code ?? '',
          text: value,
          unit,
          flag,
          status,
        })),
      ),
    };
  } catch {
    return null;
  }
};

const candidates = route<{ Params: Params; Query: { patientId?: string } }>({
  method: 'GET',
  path: '/api/lab-messages/{id}/candidates',
  options: {
    auth: { scope: 'lab-message:work' },
    validate: { params: idParams, query: Joi.object({ patientId: uuid() }) },
    app: {
      patientData: true,
      response: itemsOf(Candidate),
      summary: 'Specimens it may belong to: those it names, or of a patient',
    },
  },
  handler: async (request) => {
    const db = dbOf(request);
    const { patientId } = request.query;
    const { language: kind, body } = await getMessage(db, request.params.id);
    if (patientId) return { items: await listCandidates(db, { patientId }) };
    try {
      return { items: await listCandidates(db, namedIn(readStored({ kind, body }))) };
    } catch {
      return { items: [] };
    }
  },
});

const withoutBody = async (request: Parameters<typeof dbOf>[0], id: string) => {
  const { body: _body, answer: _answer, language: _language, ...it } = await getMessage(dbOf(request), id);
  return it;
};

const match = route<{ Params: Params; Payload: Match }>({
  method: 'POST',
  path: '/api/lab-messages/{id}/match',
  options: {
    auth: { scope: 'lab-message:work' },
    validate: { params: idParams, payload: Match },
    app: { ...one, versioned: true, summary: 'Say whose a parked result is, and post it' },
  },
  handler: async (request, h) => {
    await matchMessage(dbOf(request), request.params.id, ifMatch(request), request.payload.specimenId);
    return versioned(h, await withoutBody(request, request.params.id));
  },
});

const reject = route<{ Params: Params; Payload: Decision }>({
  method: 'POST',
  path: '/api/lab-messages/{id}/reject',
  options: {
    auth: { scope: 'lab-message:work' },
    validate: { params: idParams, payload: Decision },
    app: { ...one, versioned: true, summary: 'Say that a parked result is not for this hospital, and why' },
  },
  handler: async (request, h) => {
    await rejectMessage(dbOf(request), request.params.id, ifMatch(request), request.payload.reason);
    return versioned(h, await withoutBody(request, request.params.id));
  },
});

const resend = route<{ Params: Params }>({
  method: 'POST',
  path: '/api/lab-messages/{id}/resend',
  options: {
    auth: { scope: 'lab-message:work' },
    validate: { params: idParams },
    app: { ...one, versioned: true, summary: 'Send an order again under the same number' },
  },
  handler: async (request, h) => {
    const { id } = request.params;
    const tx = dbOf(request);
    const before = await withoutBody(request, id);
    if (before.direction !== 'out') throw refuse('not_found');
    if ((await sendAgain(tx, id, ifMatch(request))) === null)
      throw ['parked', 'acknowledged'].includes(before.state)
        ? refuse('version_stale', { currentVersion: before.version })
        : refuse('lab_message_not_sent');
    await publish(tx, 'lab-adapter.message-queued', id);
    return versioned(h, await withoutBody(request, id));
  },
});

export const routes = [connections, change, messages, message, candidates, match, reject, resend];
