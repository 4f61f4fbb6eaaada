import { randomUUID } from 'node:crypto';
import Hapi, {
  type Request,
  type RequestRoute,
  type ResponseObject,
  type ResponseToolkit,
  type Server,
} from '@hapi/hapi';
import { forbidden, isBoom, unauthorized } from '@hapi/boom';
import { z } from 'zod';
import { readAddresses } from './address.ts';
import { apiPageRoutes } from './api-page/index.ts';
import { defaultNote, shownAs, writeAudit, writeReading, type AuditNote } from './audit/write.ts';
import { addHeaders } from './headers.ts';
import { healthRoutes } from './health.ts';
import type { Hms } from './hms.ts';
import { keepAnswer, keptAnswer, keyOf, replay } from './idempotency.ts';
import { serveInterface } from './interface.ts';
import { enforceLimits } from './limits/enforce.ts';
import { openListener } from './listener.ts';
import { openLive } from './live.ts';
import { accessOf, openApi, type ApiDocument } from './openapi.ts';
import { platformRoutes } from './platform.ts';
import { permissionsOf } from './plugin.ts';
import { noteProblem } from './problems.ts';
import { refuse } from './refuse.ts';
import { asServerRoute, dbOf, headerOf, versionIn, type Route } from './routes.ts';

const mebibyte = 1024 * 1024;
const deepest = 32;

/** hapi with what every route of the hospital gets: sign-in, permission, transaction, audit, problems, headers. */
export const openServer = async (hms: Hms): Promise<Server> => {
  const { config } = hms;
  const server = Hapi.server({
    listener: openListener(),
    port: config.port,
    host: config.host,
    info: { remote: false } as never,
    // Overloaded, it says so at once; on a developer's or a test machine a busy neighbour is no reason to.
    load: { sampleInterval: 1000, maxEventLoopDelay: config.production ? 2000 : 0 } as never,
    routes: {
      cors: false,
      payload: { maxBytes: mebibyte, allow: ['application/json'], protoAction: 'error', timeout: 15_000 },
      validate: {
        options: { abortEarly: false, stripUnknown: false, errors: { wrap: { label: false } } },
        failAction: (_request, _h, error) => {
          throw error ?? new Error('validation failed');
        },
      },
      response: { emptyStatusCode: 204 },
      state: { parse: true, failAction: 'ignore' },
    },
  });
  server.app.hms = hms;

  server.ext('onRequest', (request, h) => {
    request.info.id = randomUUID(); // hapi's own names the machine
    if (request.path.startsWith('//')) throw refuse('path_unusable');
    if (config.production && !isOurHost(request, config.origin)) throw refuse('host_unknown');
    return h.continue;
  });
  readAddresses(server, config.trustedProxies);
  const countStranger = enforceLimits(server, hms);
  server.auth.scheme('bearer', () => ({
    authenticate: (request, h) => authenticate(hms, request, h, () => countStranger(request)),
  }));
  server.auth.strategy('bearer', 'bearer');
  server.auth.default('bearer');
  server.ext('onPostAuth', (request, h) => {
    // Signed in is not enough for those who see nothing but one record: they need the permission, or the route says so.
    const { app } = request.route.settings;
    if (app?.access === 'signed-in' && !app.patients && request.auth.credentials?.user?.actor.kind === 'patient')
      throw forbidden();
    // hapi reads what comes without a type as JSON: a form of another page could send that.
    const isEmpty = Buffer.isBuffer(request.payload) && request.payload.length === 0;
    const hasBody = request.payload !== null && request.payload !== undefined && !isEmpty;
    if (hasBody && !request.headers['content-type']) throw refuse('wrong_type');
    if (hasBody && !Buffer.isBuffer(request.payload) && typeof request.payload === 'object')
      checkDepth(request.payload);
    // Before the body is held against its shape: 401, 403, 428, then 400, 404, 412, 422.
    if (request.route.settings.app?.versioned === true) request.app.version = versionIn(request);
    return h.continue;
  });
  server.ext('onPreResponse', (request, h) => answerErrors(hms, request, h));
  server.ext('onPreResponse', addHeaders(hms));
  server.events.on('response', (request) => measure(hms, request));

  await openLive(server, hms);
  addRoutes(server, hms, 'core', [...healthRoutes(hms), ...platformRoutes(hms)]);
  for (const plugin of hms.plugins) {
    await server.register({
      name: plugin.name,
      dependencies: [...(plugin.dependencies ?? [])],
      register: async (own: Server) => {
        addRoutes(own, hms, plugin.name, plugin.routes ?? []);
        await plugin.register?.(own, hms);
      },
    });
  }
  await serveInterface(server);

  let document: ApiDocument | undefined;
  const documentOf = () => (document ??= openApi(server, { title: 'OpenWard', version: hms.version }));
  server.route({
    method: 'GET',
    path: '/api/openapi.json',
    options: {
      auth: false,
      app: {
        summary: 'This document: every route of the parts that are on',
        access: 'public',
        patientData: false,
        response: () => DocumentShape,
      },
    },
    handler: () => documentOf(),
  });
  addRoutes(server, hms, 'core', apiPageRoutes(hms, documentOf));
  checkRoutes(server, hms);
  return server;
};

const DocumentShape = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) });

/** The API document of these plugins, without a database or a listener: what the interface's types are made of. */
export const apiDocument = (plugins: Hms['plugins'], version: string): ApiDocument => {
  const server = Hapi.server();
  server.auth.scheme('bearer', () => ({ authenticate: (_request, h) => h.authenticated({ credentials: {} }) }));
  server.auth.strategy('bearer', 'bearer');
  const hms = { plugins, permissions: permissionsOf(plugins) } as Hms;
  addRoutes(server, hms, 'core', [...healthRoutes(hms), ...platformRoutes(hms)]);
  for (const plugin of plugins) addRoutes(server, hms, plugin.name, plugin.routes ?? []);
  return openApi(server, { title: 'OpenWard', version });
};

/** By whatever name a page was opened, we answer to ours alone; who watches over us asks by address. */
const isOurHost = ({ path, info }: Request, origin: string): boolean =>
  path.startsWith('/health/') || path === '/metrics' || info.host === new URL(origin).host;

/** Nobody that we know is counted before the answer, by address: whoever tries tokens in a loop is held. */
const authenticate = async (
  hms: Hms,
  request: Request,
  h: ResponseToolkit,
  countStranger: () => Promise<void>,
): Promise<ReturnType<ResponseToolkit['authenticated']>> => {
  const [, token] = /^Bearer ([\w.~+/=-]+)$/i.exec(headerOf(request, 'authorization') ?? '') ?? [];
  for (const plugin of token === undefined ? [] : hms.plugins) {
    const actor = await plugin.authenticate?.(hms, token!, request);
    if (actor) return h.authenticated({ credentials: { user: { actor }, scope: [...actor.permissions] } });
  }
  await countStranger();
  throw unauthorized(token === undefined ? null : 'The token is not valid', 'Bearer');
};

/** @throws refusal `nested_too_deep`; walks without recursion, for deeply nested JSON parses well and overflows later. */
export const checkDepth = (value: unknown): void => {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) throw refuse('nested_too_deep');
    level = level.flatMap((item) =>
      typeof item === 'object' && item !== null ? Object.values(item).filter((child) => typeof child === 'object') : [],
    );
  }
};

export const addRoutes = (server: Server, hms: Hms, owner: string, routes: readonly Route[]): void => {
  for (const it of routes) {
    const { app, auth } = it.options;
    if (app?.needs !== undefined && !hms.plugins.some(({ name }) => name === app.needs)) continue;
    const scope = typeof auth === 'object' ? (auth as { scope?: string }).scope : undefined;
    if (!scope && !app?.access)
      throw new Error(`${it.method} ${it.path} of "${owner}" declares no permission. Nothing is open by default.`);
    if (scope && !hms.permissions.has(scope))
      throw new Error(`${it.method} ${it.path} asks for the permission "${scope}", which nobody declares.`);
    const writes = it.method !== 'GET' && app?.transaction !== false;
    const handler = writes ? inTransaction(it) : app?.patientData ? reading(it) : it.handler;
    const access = app?.access === 'public' ? false : { strategy: 'bearer', ...(scope ? { scope: [scope] } : {}) };
    const shape = typeof app?.response === 'function' ? app.response(hms.plugins) : app?.response;
    // Behind a function, for hapi copies its settings, and the copy of a shape has lost its name.
    const said = { ...app, plugin: owner, ...(shape ? { response: () => shape } : {}) };
    server.route(asServerRoute({ ...it, options: { ...it.options, auth: access, app: said } }, handler));
  }
};

const noteOf = (it: Route, result: unknown, request: Request): AuditNote =>
  request.app.noted ?? it.options.app?.audit?.(result as never, request) ?? defaultNote(result, request);

const isResponse = (result: unknown): result is ResponseObject =>
  typeof result === 'object' && result !== null && 'variety' in result && 'source' in result;
const sourceOf = (result: unknown): unknown => (isResponse(result) ? result.source : result);

/** Change, events, audit row and kept answer are one transaction: all or nothing. */
const inTransaction =
  (it: Route): Route['handler'] =>
  (request, h) => {
    const key = keyOf(request);
    const outside = dbOf(request);
    return outside
      .transaction(async (tx) => {
        request.app.db = tx;
        const kept = key && (await keptAnswer(tx, key));
        if (kept) return replay(h, kept);
        const result = await it.handler(request, h);
        const source = sourceOf(result);
        await writeAudit(tx, request, noteOf(it, source, request));
        if (key) await keepAnswer(tx, key, isResponse(result) ? result : h.response((source ?? undefined) as object));
        return result ?? null;
      })
      .finally(() => {
        request.app.db = outside;
      });
  };

/** What was shown is written down before it leaves; when it cannot be written, it does not leave. */
const reading =
  (it: Route): Route['handler'] =>
  async (request, h) => {
    const result = await it.handler(request, h);
    const source = sourceOf(result);
    await writeReading(dbOf(request), request, { subtype: shownAs(source, request), ...noteOf(it, source, request) });
    return result;
  };

const answerErrors = async (hms: Hms, request: Request, h: ResponseToolkit) => {
  const { response } = request;
  if (!isBoom(response)) {
    if (response.statusCode === 404 && response.source === null && request.path.startsWith('/api'))
      return problemResponse(hms, request, h, refuse('not_found'));
    return h.continue;
  }
  return request.path.startsWith('/fhir/') ? h.continue : problemResponse(hms, request, h, response);
};

const problemResponse = async (hms: Hms, request: Request, h: ResponseToolkit, error: unknown) => {
  const problem = await noteProblem(hms, request, error);
  const answer = h.response(problem).code(problem.status).type('application/problem+json');
  if (typeof problem.retryAfter === 'number') answer.header('retry-after', String(problem.retryAfter));
  if (problem.status === 401) answer.header('www-authenticate', 'Bearer');
  return answer;
};

const measure = (hms: Hms, request: Request): void => {
  const status = isBoom(request.response) ? request.response.output.statusCode : request.response.statusCode;
  const seconds = ((request.info.completed || Date.now()) - request.info.received) / 1000;
  hms.metrics.requests.observe({ method: request.method, route: request.route.path, status }, seconds);
  const level = status >= 500 ? 'error' : 'debug';
  hms.log[level](
    {
      requestId: request.info.id,
      method: request.method,
      route: request.route.path,
      status,
      ms: Math.round(seconds * 1000),
    },
    'request',
  );
};

/** Whatever a plugin registered by itself is held to the same rule. */
export const checkRoutes = (server: Server, hms: Pick<Hms, 'permissions'>): void => {
  const lookup = (route: RequestRoute) =>
    (server.auth as unknown as { lookup: (route: RequestRoute) => { mode: string } | null }).lookup(route);
  for (const route of server.table()) {
    const auth = lookup(route);
    const name = `${route.method.toUpperCase()} ${route.path}`;
    // `try` and `optional` let a caller through whose token was refused.
    if (auth && auth.mode !== 'required')
      throw new Error(
        `${name} asks who somebody is with the mode "${auth.mode}": a route is public by name, or needs it.`,
      );
    const isOpen = auth
      ? accessOf(route) === 'public' && (route.method as string) !== 'auth'
      : route.settings.app?.access !== 'public';
    if (isOpen) throw new Error(`${name} declares no permission. Nothing is open by default.`);
    // Of FHIR each type says whose it is; nobody's but theirs and that of lines for news is another matter.
    const saysItself = route.path.startsWith('/fhir/') || (route.method as string) === 'auth';
    if (!saysItself && route.settings.app?.patientData === undefined)
      throw new Error(`${name} does not say whether it shows or changes something of a patient (patientData).`);
    for (const scope of accessOf(route).split(' '))
      if (scope.includes(':') && !hms.permissions.has(scope))
        throw new Error(
          `${route.method.toUpperCase()} ${route.path} asks for the permission "${scope}", which nobody declares.`,
        );
  }
};
