import { AsyncLocalStorage } from 'node:async_hooks';
import type { Request, ResponseObject, ResponseToolkit } from '@hapi/hapi';
import { inject } from '@hapi/shot';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { service, type Actor } from '../../core/actor.ts';
import { writeAudit, type AuditNote, type Outcome } from '../../core/audit/write.ts';
import type { Hms } from '../../core/hms.ts';
import { headerOf, route, type Route } from '../../core/routes.ts';
import { mayNote } from '../../core/unknown-callers.ts';
import { libraryOf, oauthDb } from './provider.ts';
import { isOriginOfApp } from './queries.ts';

interface Happened {
  audit?: AuditNote & {
    outcome?: Outcome;
    actor: Actor;
    /** Somebody who has proved who they are; of what strangers try a few entries a minute are enough. */
    isKnown: boolean;
  };
}
const happening = new AsyncLocalStorage<Happened>();

const what: Readonly<Record<string, string>> = {
  '/oauth2/token': 'token',
  '/oauth2/revoke': 'token-revoked',
  '/oauth2/introspect': 'token-introspected',
};

const isProved = (client: KoaContextWithOIDC['oidc']['client']): boolean =>
  client !== undefined && client.clientAuthMethod !== 'none';

/** Ids and scopes; never a token. */
const noteOf = (ctx: KoaContextWithOIDC): Happened['audit'] => {
  const { client, entities, params } = ctx.oidc;
  const token = entities.AccessToken ?? entities.ClientCredentials ?? entities.RefreshToken;
  const userId = entities.Account?.accountId ?? (token as { accountId?: string } | undefined)?.accountId;
  const { error } = (ctx.body ?? {}) as { error?: string };
  const grantType = typeof params?.grant_type === 'string' ? params.grant_type : undefined;
  const said = error ? `refused: ${error}` : token?.scope;
  return {
    action: 'E',
    isKnown: !error || token !== undefined || (error !== 'invalid_client' && isProved(client)),
    actor: { ...service('oauth', userId ?? null), ...(userId ? { kind: 'user' as const } : {}) },
    ...(client ? { object: `Client/${client.clientId}` } : {}),
    detail: [what[ctx.path], grantType, said].filter(Boolean).join(' ').slice(0, 400),
    ...(error ? { outcome: 4 as const } : {}),
  };
};

const watched = new WeakSet<object>();
const watch = (library: Awaited<ReturnType<typeof libraryOf>>): typeof library => {
  if (watched.has(library)) return library;
  watched.add(library);
  library.use(async (ctx, next) => {
    await next();
    const now = happening.getStore();
    if (now && ctx.path in what && ctx.method === 'POST') now.audit = noteOf(ctx as unknown as KoaContextWithOIDC);
  });
  return library;
};

/** Of a cookie header, without those that begin so. */
const withoutCookie = (header: string | undefined, name: string): string | undefined =>
  header
    ?.split(';')
    .filter((part) => !part.trim().startsWith(name))
    .join(';');

/**
 * As the library gets it. Where we are is said by the configuration, never by the request. Who is signed in is asked each time,
 * so the library remembers nobody; and a foreign page is answered if an app of that origin is registered.
 */
const headersFor = async (hms: Hms, request: Request): Promise<Record<string, string>> => {
  const { host, protocol } = new URL(hms.config.origin);
  const { 'x-forwarded-host': _host, 'x-forwarded-for': _for, origin, cookie: _cookie, ...headers } = request.headers;
  const kept = withoutCookie(headerOf(request, 'cookie'), 'openward-oauth');
  const isKnown = typeof origin === 'string' && (await isOriginOfApp(oauthDb(hms), origin));
  return {
    ...(headers as Record<string, string>),
    host,
    'x-forwarded-proto': protocol.slice(0, -1),
    ...(kept ? { cookie: kept } : {}),
    ...(isKnown ? { origin } : {}),
  };
};

/** The page on which somebody says yes follows each time; only then may an app go on without them. */
const askingConsent = ({ path, url: { search, searchParams } }: Request): string => {
  if (path !== '/oauth2/auth') return path + search;
  const asked = searchParams.getAll('prompt');
  if (asked.length > 1 || asked.includes('none')) return path + search;
  const prompts = new Set([...(asked[0] ?? '').split(' ').filter(Boolean), 'consent']);
  const query = new URLSearchParams(searchParams);
  query.set('prompt', [...prompts].join(' '));
  return `${path}?${query.toString()}`;
};

/**
 * The library answers as if it stood at a socket of its own; its answer goes out as one of ours, with our headers and limits, and
 * not before it is written down what was given out or refused.
 */
const passOn = async (request: Request, h: ResponseToolkit): Promise<ResponseObject> => {
  const { hms } = request.server.app;
  const library = watch(await libraryOf(hms));
  const happened: Happened = {};
  const headers = await headersFor(hms, request);
  const answer = await happening.run(happened, () =>
    inject(library.callback() as never, {
      method: request.method.toUpperCase(),
      url: askingConsent(request),
      headers,
      ...(Buffer.isBuffer(request.payload) && request.payload.length > 0 ? { payload: request.payload } : {}),
      remoteAddress: request.info.remoteAddress,
    }),
  );
  if (happened.audit) {
    const { actor, isKnown, ...entry } = happened.audit;
    if (isKnown || mayNote(request.info.remoteAddress)) await writeAudit({ ...oauthDb(hms), actor }, request, entry);
  }
  const response = h.response(answer.rawPayload).code(answer.statusCode);
  for (const [name, value] of Object.entries(answer.headers)) {
    if (['connection', 'date', 'content-length', 'transfer-encoding', 'keep-alive'].includes(name)) continue;
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined && !(name === 'set-cookie' && String(each).startsWith('openward-oauth')))
        response.header(name, String(each), { append: name === 'set-cookie' || name === 'vary', override: true });
  }
  return response;
};

const handler = passOn as unknown as Route['handler'];
const asks = (path: string, summary: string): Route =>
  route({
    method: 'GET',
    path,
    options: { auth: false, app: { patientData: false, access: 'public', summary } },
    handler,
  });
/** Counted by address: nobody guesses a key or a token, and a client that fails must not lock out the people behind its address. */
const proves = (path: string, summary: string): Route =>
  route({
    method: 'POST',
    path,
    options: {
      auth: false,
      payload: {
        parse: false,
        output: 'data',
        maxBytes: 64 * 1024,
        allow: ['application/x-www-form-urlencoded'],
      } as never,
      app: { patientData: false, access: 'public', transaction: false, summary },
    },
    handler,
  });
/** What a browser asks before it lets a foreign page ask. */
const mayAsk = (path: string): Route => ({
  method: 'OPTIONS' as Route['method'],
  path,
  options: {
    auth: false,
    app: { patientData: false, access: 'public', transaction: false, summary: 'Whether a page may ask' },
  },
  handler,
});

export const doorRoutes: Route[] = [
  asks('/.well-known/openid-configuration', 'OpenID Connect: where everything is'),
  asks('/oauth2/auth', 'An app asks a person to let it in'),
  asks('/oauth2/auth/{uid}', 'The person has answered'),
  proves('/oauth2/token', 'A token for a client that proves who it is, for a code or for a refresh token'),
  proves('/oauth2/introspect', 'Whether one of the client’s own tokens still counts'),
  proves('/oauth2/revoke', 'Takes back one of the client’s own tokens'),
  ...['/oauth2/token', '/oauth2/revoke', '/oauth2/introspect', '/.well-known/openid-configuration'].map(mayAsk),
];
