import { setTimeout as sleep } from 'node:timers/promises';
import type * as api from '../../generated/api/types.ts';
import type { AnswerOf, Known, Method, PathOf, PayloadOf } from '../../ui/src/lib/paths.ts';
import type { Measured } from './measured.ts';

interface Options {
  query?: Record<string, string | number | boolean | undefined>;
  /** The version that was read. */
  version?: number;
  /** Only when there is none yet. */
  isFirst?: boolean;
  key?: string;
}

/** The server's no, with its name and what it brings along. */
export class Refused extends Error {
  readonly code: string;
  readonly status: number;
  readonly body: Record<string, unknown>;
  constructor(asked: string, status: number, body: Record<string, unknown>) {
    const code = String(body.type ?? status)
      .split('/')
      .pop()!;
    super(`${asked}: ${status} ${code} ${String(body.detail ?? '')}`);
    this.code = code;
    this.status = status;
    this.body = body;
  }
}

/** Passes the answer on, or null for one of these refusals; any other is an error. */
export const unless = <T>(answer: Promise<T>, ...codes: string[]): Promise<T | null> =>
  answer.catch((error: unknown) => {
    if (error instanceof Refused && codes.includes(error.code)) return null;
    throw error;
  });

/** A person who is signed in through the front door, and what they ask. Every answer is timed. */
export interface Desk {
  get: <const P extends PathOf<'GET'>>(path: P & Known<'GET', P>, options?: Options) => Promise<AnswerOf<'GET', P>>;
  post: <const P extends PathOf<'POST'>>(
    path: P & Known<'POST', P>,
    body: PayloadOf<'POST', P>,
    options?: Options,
  ) => Promise<AnswerOf<'POST', P>>;
  put: <const P extends PathOf<'PUT'>>(
    path: P & Known<'PUT', P>,
    body: PayloadOf<'PUT', P>,
    options?: Options,
  ) => Promise<AnswerOf<'PUT', P>>;
}

interface Session {
  token: string;
  cookie: string;
  /** Real time; renewed a minute before. */
  endsAt: number;
}

/** Ids, numbers of lines and of specimens are left out: what is measured is the route. */
const routeOf = (path: string): string => path.replace(/\/([0-9a-f]{8}-[0-9a-f-]{27}|\d+|[A-Z]\d+)(?=\/|$)/g, '/{id}');
const searchOf = (query: Options['query']): string => {
  const given = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length > 0 ? `?${String(new URLSearchParams(given))}` : '';
};

/** @param door where a session is opened with what is known of `who` */
export const signIn = async (
  url: string,
  measured: Measured,
  who: { username: string } & Record<string, unknown>,
  door = '/api/auth/login',
): Promise<Desk> => {
  /** Signs in, or renews with the cookie as the interface does. */
  const open = async (path: string, body: object, cookie?: string): Promise<Session> => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-openward': '1', origin: url, ...(cookie ? { cookie } : {}) },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as api.Session & Record<string, unknown>;
    if (!response.ok) throw new Refused(`${who.username} at ${path}`, response.status, answer);
    return {
      token: answer.accessToken,
      cookie: response.headers
        .getSetCookie()
        .map((it) => it.split(';')[0])
        .join('; '),
      endsAt: Date.now() + answer.expiresIn * 1000,
    };
  };
  let session = await open(door, who);
  let renewing: Promise<void> | undefined;
  const renew = async () => void (session = await open('/api/auth/refresh', {}, session.cookie));

  const call = async <T>(method: Method, path: string, body: unknown, options: Options = {}): Promise<T> => {
    if (Date.now() > session.endsAt - 60_000) await (renewing ??= renew().finally(() => (renewing = undefined)));
    const { query, version, isFirst, key } = options;
    const asked = `${method} ${routeOf(path)}`;
    const begun = performance.now();
    const response = await fetch(url + path + searchOf(query), {
      method,
      headers: {
        authorization: `Bearer ${session.token}`,
        'accept-language': 'en',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(version === undefined ? {} : { 'if-match': `W/"${version}"` }),
        ...(isFirst ? { 'if-none-match': '*' } : {}),
        ...(key ? { 'idempotency-key': key } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    measured.took(method, routeOf(path), performance.now() - begun);
    if (response.ok) return (text ? JSON.parse(text) : undefined) as T;
    const problem = problemOf(text);
    if (response.status === 429) {
      // As the interface does: what was too much for a moment is asked once more.
      measured.refused('too-many');
      await sleep(Number(response.headers.get('retry-after') ?? 1) * 1000);
      return call(method, path, body, options);
    }
    const refused = new Refused(asked, response.status, problem);
    if (response.status < 500) measured.refused(refused.code);
    throw refused;
  };
  return {
    get: (path, options) => call('GET', path, undefined, options),
    post: (path, body, options) => call('POST', path, body, options),
    put: (path, body, options) => call('PUT', path, body, options),
  };
};

const problemOf = (text: string): Record<string, unknown> => {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { detail: text.slice(0, 200) };
  }
};
