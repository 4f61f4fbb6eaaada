import { logins, type Instance, type Login } from './instance.ts';

/** One connection string for each login; `admin` is the superuser, for making databases and nothing else. */
export type Urls = Record<Login, string>;

/** The port is written out because PGPORT of the environment would change it otherwise. */
export const connectionUrl = (
  instance: Instance,
  login: Login,
  database: string,
  socketDir = instance.socketDir,
): string =>
  `postgres://${login === 'admin' ? 'postgres' : login}:${instance.passwords[login]}@${encodeURIComponent(socketDir)}:5432/${database}`;

export const instanceUrls = (instance: Instance, database: string, socketDir: string): Urls =>
  Object.fromEntries(logins.map((login) => [login, connectionUrl(instance, login, database, socketDir)])) as Urls;

/** The same logins on another database of the same server. */
export const urlsOf = (urls: Urls, database: string): Urls =>
  Object.fromEntries(Object.entries(urls).map(([login, url]) => [login, url.replace(/[^/]*$/, database)])) as Urls;
