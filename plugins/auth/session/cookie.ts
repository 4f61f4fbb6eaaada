import type { Request, Server } from '@hapi/hapi';
import type { Config } from '../../../core/config.ts';
import type { Hms } from '../../../core/hms.ts';
import { limitsOf } from './settings.ts';

const isSecure = ({ origin }: Config): boolean => origin.startsWith('https:');

/** Under https no neighbour of the host can set it: `__Host-` asks for Secure, no domain and the path /. */
export const refreshCookie = (config: Config): string =>
  isSecure(config) ? '__Host-openward-session' : 'openward-session';

export const bakeCookie = (server: Server, hms: Hms): void => {
  server.state(refreshCookie(hms.config), {
    // Longer than the session, so that its end can be told from a sign-out.
    ttl: (limitsOf(hms, false).lifetime + 3600) * 1000,
    isSecure: isSecure(hms.config),
    isHttpOnly: true,
    isSameSite: 'Strict',
    path: '/',
    encoding: 'none',
    strictHeader: true,
  });
};

/** Outside production the server is asked under whatever local name and port. */
const isOurs = (config: Config, request: Request): boolean => {
  const { origin } = request.headers;
  return origin === config.origin || (!config.production && origin === `http://${request.info.host}`);
};

/** A cookie proves nothing about who sent the request: a foreign page can set neither the header nor another Origin than its own. */
export const presentedToken = (request: Request): string | null => {
  const { config } = request.server.app.hms;
  if (request.headers['x-openward'] !== '1' || !isOurs(config, request)) return null;
  const token = (request.state as Record<string, unknown>)[refreshCookie(config)];
  return typeof token === 'string' ? token : null;
};
