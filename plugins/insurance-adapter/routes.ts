import Joi from 'joi';
import { z } from 'zod';
import { publish } from '../../core/events.ts';
import { refuse } from '../../core/refuse.ts';
import { dbOf, idParams, ifMatch, route, uuid, versioned } from '../../core/routes.ts';
import { itemsOf } from '../../core/shapes.ts';
import { countMessages, getMessage, listMessages, Message, unpark } from './queries.ts';
import { connectionOf } from './settings.ts';

const Connection = z
  .strictObject({
    /** Null: none is set, and messages wait. */
    host: z.string().nullable(),
    waiting: z.int(),
    sent: z.int(),
    parked: z.int(),
  })
  .meta({ id: 'PayerConnection' });

const connection = route({
  method: 'GET',
  path: '/api/payer-connection',
  options: {
    auth: { scope: 'payer-connection:read' },
    app: {
      patientData: false,
      summary: 'Where messages to payers go, and how many wait, went and are parked',
      response: Connection,
    },
  },
  handler: async (request) => {
    const { url } = connectionOf(request.server.app.hms.config);
    return { host: url === null ? null : new URL(url).host, ...(await countMessages(dbOf(request))) };
  },
});

const messages = route<{ Query: { claimId?: string; limit: number } }>({
  method: 'GET',
  path: '/api/payer-messages',
  options: {
    auth: { scope: 'claim:read' },
    validate: { query: Joi.object({ claimId: uuid(), limit: Joi.number().integer().min(1).max(100).default(50) }) },
    app: { summary: 'Messages to payers, newest first', patientData: true, response: itemsOf(Message) },
  },
  handler: async (request) => ({ items: await listMessages(dbOf(request), request.query) }),
});

const retry = route<{ Params: { id: string } }>({
  method: 'POST',
  path: '/api/payer-messages/{id}/retry',
  options: {
    auth: { scope: 'payer-connection:work' },
    validate: { params: idParams },
    app: { versioned: true, patientData: true, response: Message, summary: 'Try a parked message again' },
  },
  handler: async (request, h) => {
    const { id } = request.params;
    const tx = dbOf(request);
    const before = await getMessage(tx, id);
    if ((await unpark(tx, id, ifMatch(request))) === null)
      throw before.state === 'parked'
        ? refuse('version_stale', { currentVersion: before.version })
        : refuse('message_not_parked');
    await publish(tx, 'insurance-adapter.message-retried', id);
    return versioned(h, await getMessage(tx, id));
  },
});

export const routes = [connection, messages, retry];
