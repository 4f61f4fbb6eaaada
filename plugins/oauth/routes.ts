import type { Request } from '@hapi/hapi';
import { z } from 'zod';
import { localeOf, say } from '../../core/messages.ts';
import { Refusal, refuse } from '../../core/refuse.ts';
import { dbOf, headerOf, idParams, ifMatch, route, versioned } from '../../core/routes.ts';
import { changeClient, registerClient, type Fault } from './actions.ts';
import { ChangedClient, Client, NewClient, shown } from './model.ts';
import { servedTypes } from './provider.ts';
import { getClient, listClients } from './queries.ts';

const types = (request: { server: unknown }) => servedTypes((request as Request).server.app.hms);
/** The audit names the client and how it came out. */
const noted = (result: { id: string; active: boolean }, request: Request) => ({
  object: `Client/${result.id}`,
  detail: request.method === 'post' ? 'client-registered' : result.active ? 'client-changed' : 'client-off',
});

/** With a sentence for each field that is wrong. */
const explained = async <R>(request: { headers: Record<string, unknown> }, work: Promise<R>): Promise<R> => {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Refusal) || error.refusal !== 'client_unusable') throw error;
    const locale = localeOf(headerOf(request, 'accept-language'));
    const errors = (error.extra.errors as Fault[]).map(({ path, code, value }) => ({
      path,
      code,
      message: [value, say(`oauth_fault_${code}`, locale)].filter(Boolean).join(' – '),
    }));
    throw refuse('client_unusable', { errors });
  }
};

const list = route({
  method: 'GET',
  path: '/api/clients',
  options: {
    auth: { scope: 'client:read' },
    app: {
      patientData: false,
      summary: 'Systems that may sign in by OAuth 2, by name, and the FHIR types that they may be given',
      response: z.strictObject({ items: z.array(Client), types: z.array(z.string()) }),
    },
  },
  handler: async (request) => ({
    items: (await listClients(dbOf(request))).map(shown),
    types: [...types(request)].sort(),
  }),
});

const one = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/clients/{id}',
  options: {
    auth: { scope: 'client:read' },
    validate: { params: idParams },
    app: { patientData: false, summary: 'A system that may sign in by OAuth 2', response: Client },
  },
  handler: async (request, h) => versioned(h, shown(await getClient(dbOf(request), request.params.id))),
});

const register = route<{ Payload: NewClient }>({
  method: 'POST',
  path: '/api/clients',
  options: {
    auth: { scope: 'client:write' },
    validate: { payload: NewClient },
    app: {
      patientData: false,
      recent: true,
      summary: 'Registers a system with its public keys and scopes',
      audit: noted as never,
      response: Client,
    },
  },
  handler: async (request, h) => {
    const client = await explained(request, registerClient(dbOf(request), request.payload, types(request)));
    return versioned(h, shown(client)).code(201).location(`/api/clients/${client.id}`);
  },
});

const change = route<{ Params: { id: string }; Payload: ChangedClient }>({
  method: 'PUT',
  path: '/api/clients/{id}',
  options: {
    auth: { scope: 'client:write' },
    validate: { params: idParams, payload: ChangedClient },
    app: {
      patientData: false,
      recent: true,
      versioned: true,
      audit: noted as never,
      response: Client,
      summary: 'Changes a system, replaces its keys, or switches it off; then its tokens end at once',
    },
  },
  handler: async (request, h) => {
    const { params, payload } = request;
    const changed = changeClient(dbOf(request), params.id, ifMatch(request), payload, types(request));
    return versioned(h, shown(await explained(request, changed)));
  },
});

export const routes = [list, one, register, change];
