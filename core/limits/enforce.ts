import { isBoom } from '@hapi/boom';
import type { Request, RequestRoute, Server } from '@hapi/hapi';
import type { Hms } from '../hms.ts';
import { refuse } from '../refuse.ts';
import { originOf } from '../routes.ts';
import type { LimitClass } from './classes.ts';
import { openCounters } from './counters.ts';

/** The interface's files and the answers to "are you there" are never counted. */
const isCounted = (route: RequestRoute): boolean => /^\/(api|fhir|oauth2)\//.test(route.path);

const classOf = (request: Request): LimitClass => {
  const { app } = request.route.settings;
  if (app?.limit) return app.limit;
  if (!request.auth.credentials?.user) return 'public';
  if (originOf(request) === 'import') return 'import';
  if (app?.file !== undefined) return 'export';
  return request.method === 'get' ? 'other' : 'write';
};

/** What was wrong about it; not that the server was too busy to look. */
const isFailure = (request: Request): boolean => {
  const { response } = request;
  const status = isBoom(response) ? response.output.statusCode : response.statusCode;
  return request.app.guessed === true || (status >= 400 && status < 500 && status !== 429);
};

/**
 * Counts each request under /api, /fhir and /oauth2 by its kind: by account where somebody is signed in, also what they lack the
 * permission for, else by address. Of attempts to sign in only those count that fail: many people may share the address of a
 * hospital, and a browser that a route knows by itself goes on when others there have used up the address.
 * @returns counts somebody whose token is none, or none of ours. @throws refusal limit_reached
 */
export const enforceLimits = (server: Server, hms: Hms): ((request: Request) => Promise<void>) => {
  const { limits, redisUrl } = hms.config;
  const name = `openward-limits-${new URL(hms.urls.app).pathname.slice(1)}`;
  const counters = openCounters(limits, redisUrl, name, hms.log);

  const take = async (request: Request, limit: LimitClass, key: string): Promise<void> => {
    const retryAfter = await counters.take(limit, key);
    if (retryAfter !== null) throw refuse('limit_reached', { retryAfter, limit });
    if (limit === 'sign-in') request.app.attempt = key;
  };
  const count = async (request: Request, key: string): Promise<void> => {
    if (!isCounted(request.route)) return;
    const limit = classOf(request);
    try {
      await take(request, limit, key);
    } catch (error) {
      const known = await request.route.settings.app?.knownCaller?.(request);
      if (!known) throw error;
      await take(request, limit, known);
    }
  };
  const address = ({ info }: Request): string => `from ${info.remoteAddress}`;
  // Who is not signed in is counted before anything is read; who is, as soon as it is known who it is.
  server.ext('onPreAuth', async (request, h) => {
    if (request.route.settings.app?.access === 'public') await count(request, address(request));
    return h.continue;
  });
  server.ext('onCredentials', async (request, h) => {
    await count(request, request.auth.credentials!.user!.actor.id ?? address(request));
    return h.continue;
  });
  server.events.on('response', (request) => {
    const { attempt } = request.app;
    if (attempt !== undefined && !isFailure(request)) void counters.giveBack('sign-in', attempt);
  });
  server.ext('onPostStop', () => counters.stop());
  return async (request) => {
    if (isCounted(request.route)) await take(request, 'public', address(request));
  };
};
