import type { Lifecycle, Request, ResponseToolkit, RouteOptionsPayload, Server } from '@hapi/hapi';
import { isBoom } from '@hapi/boom';
import type { Hms } from '../core/hms.ts';
import { refuse } from '../core/refuse.ts';
import { headerOf, type Route } from '../core/routes.ts';
import { addRoutes } from '../core/server.ts';
import type { At } from './at.ts';
import { versionOf } from './bundle/entry.ts';
import { processBundle } from './bundle/index.ts';
import { capabilityStatement } from './capability.ts';
import { history } from './history.ts';
import { answerRead, answerWrite, atOf, baseOf, bodyOf, formOf, preferOf, sendJson } from './http.ts';
import { create, read, readVersion, remove, removeWhere, update, updateWhere } from './interactions.ts';
import { match } from './match.ts';
import { operate, operationDefinition, type Operation } from './operation.ts';
import { failureOf } from './outcome.ts';
import { search } from './search/index.ts';
import type { AnyResource } from './resource.ts';
import type { Types } from './types.ts';

const mebibyte = 1024 * 1024;
const root = '/fhir/R4';

/** The body stays text until we parse it: a decimal must come back as it was written. */
const body = (limit: number, allow = ['application/fhir+json', 'application/json']): RouteOptionsPayload => ({
  parse: 'gunzip',
  output: 'data',
  maxBytes: limit,
  allow,
});

type Handler = (request: Request, h: ResponseToolkit) => unknown;
const params = (request: Request): { type: string; id: string; version: string } => request.params as never;
const asked = (request: Request) => [...request.url.searchParams];
const conditionOf = (request: Request): string => request.url.search.slice(1);
const expectedOf = (request: Request): number | null => versionOf(headerOf(request, 'if-match'));

const searching = { limit: 'search' as const };
const reading = (path: string, handler: Handler): Route => ({
  method: 'GET',
  path: root + path,
  options: { app: { access: 'signed-in', transaction: false, ...(path === '/{type}' ? searching : {}) } },
  handler,
});
const writing = (
  method: Route['method'],
  path: string,
  handler: Handler,
  payload: RouteOptionsPayload | null,
): Route => ({
  method,
  path: root + path,
  options: {
    app: {
      access: 'signed-in',
      transaction: false,
      idempotent: 'accepted',
      ...(path.endsWith('_search') ? searching : {}),
    },
    ...(payload ? { payload } : {}),
  },
  handler,
});

/**
 * What a type allows is asked per interaction (`demand`), with the same permissions at every door; each interaction writes
 * its own audit entry, the reads of a Bundle as well.
 */
const fhirRoutes = (types: Types): Route[] => [
  reading('/{type}', (request, h) =>
    answerRead(atOf(request, types), h, (at) => search(at, params(request).type, asked(request))),
  ),
  reading('/{type}/_history', (request, h) =>
    answerRead(atOf(request, types), h, (at) => history(at, params(request).type, null, asked(request))),
  ),
  reading('/{type}/{id}', (request, h) =>
    answerRead(atOf(request, types), h, (at) => read(at, params(request).type, params(request).id)),
  ),
  reading('/{type}/{id}/_history', (request, h) =>
    answerRead(atOf(request, types), h, (at) => history(at, params(request).type, params(request).id, asked(request))),
  ),
  reading('/{type}/{id}/_history/{version}', (request, h) =>
    answerRead(atOf(request, types), h, (at) =>
      readVersion(at, params(request).type, params(request).id, params(request).version),
    ),
  ),
  writing(
    'POST',
    '/{type}/_search',
    (request, h) =>
      answerRead(atOf(request, types), h, (at) =>
        search(at, params(request).type, [...asked(request), ...formOf(request)]),
      ),
    body(mebibyte, ['application/x-www-form-urlencoded']),
  ),
  writing(
    'POST',
    '/{type}',
    (request, h) =>
      answerWrite(atOf(request, types), h, (at) =>
        create(at, params(request).type, bodyOf(request), headerOf(request, 'if-none-exist')),
      ),
    body(4 * mebibyte),
  ),
  writing(
    'PUT',
    '/{type}',
    (request, h) =>
      answerWrite(atOf(request, types), h, (at) =>
        updateWhere(at, params(request).type, conditionOf(request), bodyOf(request), expectedOf(request)),
      ),
    body(4 * mebibyte),
  ),
  writing(
    'PUT',
    '/{type}/{id}',
    (request, h) =>
      answerWrite(atOf(request, types), h, (at) =>
        update(at, params(request).type, params(request).id, bodyOf(request), expectedOf(request)),
      ),
    body(4 * mebibyte),
  ),
  writing(
    'DELETE',
    '/{type}',
    (request, h) =>
      answerWrite(atOf(request, types), h, (at) =>
        removeWhere(at, params(request).type, conditionOf(request), expectedOf(request)),
      ),
    null,
  ),
  writing(
    'DELETE',
    '/{type}/{id}',
    (request, h) =>
      answerWrite(atOf(request, types), h, (at) =>
        remove(at, params(request).type, params(request).id, expectedOf(request)),
      ),
    null,
  ),
  ...types.owned
    .filter(({ match }) => match)
    .map(({ type }) => ({
      ...reading(`/${type}/$match`, (request, h) =>
        answerRead(atOf(request, types), h, (at) => match(at, type, bodyOf(request))),
      ),
      method: 'POST' as const,
      options: {
        app: { access: 'signed-in' as const, transaction: false as const, ...searching },
        payload: body(mebibyte),
      },
    })),
  ...types.owned.flatMap((resource) =>
    (resource.operations ?? []).flatMap((operation) => operationRoutes(types, resource, operation)),
  ),
  ...['', '/'].map((path) =>
    writing(
      'POST',
      path,
      (request, h) =>
        processBundle(atOf(request, types), h, bodyOf(request), preferOf(request, 'return') === 'representation'),
      body(32 * mebibyte),
    ),
  ),
];

/** What changes nothing may be asked by GET too. */
const operationRoutes = (types: Types, resource: AnyResource, operation: Operation): Route[] => {
  const path = `/${resource.type}${operation.ofOne ? '/{id}' : ''}/$${operation.name}`;
  const work = (request: Request) => (at: At) =>
    operate(at, resource, operation, {
      asked: asked(request),
      body: hasBody(request) ? bodyOf(request) : undefined,
      id: params(request).id ?? '',
    });
  if (operation.right === 'write')
    return [
      writing('POST', path, (request, h) => answerWrite(atOf(request, types), h, work(request), true), body(mebibyte)),
    ];
  const options = { app: { access: 'signed-in' as const, transaction: false as const, ...searching } };
  const handler: Handler = (request, h) => answerRead(atOf(request, types), h, work(request));
  return [
    { ...reading(path, handler), options },
    { ...reading(path, handler), method: 'POST', options: { ...options, payload: body(mebibyte) } },
  ];
};

const hasBody = ({ method, payload }: Request): boolean =>
  method === 'post' && Buffer.isBuffer(payload) && payload.length > 0;

export const register = (server: Server, hms: Hms, types: Types): void => {
  addRoutes(server, hms, 'fhir', fhirRoutes(types));
  const startedAt = new Date().toISOString();
  server.route({
    method: 'GET',
    path: `${root}/metadata`,
    options: { auth: false, app: { access: 'public' } },
    handler: (_request, h) => sendJson(h, capabilityStatement(hms, types, baseOf(hms.config.origin), startedAt)),
  });
  for (const { type, operations = [] } of types.owned)
    for (const operation of operations)
      server.route({
        method: 'GET',
        path: `${root}/OperationDefinition/${type}-${operation.name}`,
        options: { auth: false, app: { access: 'public' } },
        handler: (_request, h) => sendJson(h, operationDefinition(baseOf(hms.config.origin), type, operation)),
      });
  const nothing: Lifecycle.Method = (request) => {
    throw ['patch', 'put', 'post', 'delete'].includes(request.method)
      ? refuse('fhir_not_possible')
      : refuse('not_found');
  };
  // Both methods: the interface answers GET to whatever nobody else does.
  for (const method of ['*', 'GET'] as const) {
    const payload: RouteOptionsPayload = { parse: false, output: 'data', failAction: 'ignore' };
    const options = { app: { access: 'signed-in' as const }, ...(method === '*' ? { payload } : {}) };
    server.route({ method, path: '/fhir/{path*}', options, handler: nothing });
  }
  server.ext('onPreResponse', async (request, h) => {
    const { response } = request;
    if (!isBoom(response) || !request.path.startsWith('/fhir/')) return h.continue;
    const { status, body: outcome, retryAfter } = await failureOf(hms, request, response);
    const answer = sendJson(h, outcome, status);
    for (const [name, value] of Object.entries(response.output.headers))
      if (typeof value === 'string') answer.header(name, value);
    if (retryAfter !== undefined) answer.header('retry-after', String(retryAfter));
    if (status === 401) answer.header('www-authenticate', 'Bearer');
    return answer;
  });
};
