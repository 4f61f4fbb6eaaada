import type { AnswerOf, Known, PathOf, PayloadOf } from './paths.ts';
import type { Session } from './types.ts';
import { useKey } from './ehr/kept.ts';
import { getLocale } from './locale.svelte.ts';
import type { Shown } from './passkey.ts';
import { attended } from './presence.ts';
import { proofAgain } from './proof-again.svelte.ts';
import { refused } from './refused.svelte.ts';
import { sessionTime } from './session-time.svelte.ts';

/** A refusal of the server (RFC 9457): `code` names it for programs, `detail` says it to people. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly detail: string | undefined;
  /** What is wrong with which field, when the body was refused. */
  readonly errors: { path: string; message: string }[];
  /** What the user may quote when asking for help. */
  readonly requestId: string | undefined;
  /** What the refusal brings along: `next`, say, the free times after a taken one. */
  readonly extra: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>) {
    const { type, title, status: _, detail, errors, requestId, ...extra } = body;
    super(String(detail ?? title ?? status));
    this.name = 'Problem';
    this.status = status;
    this.code = String(type ?? '')
      .split('/')
      .pop()!;
    this.detail = detail === undefined ? undefined : String(detail);
    this.errors = Array.isArray(errors) ? errors : [];
    this.requestId = requestId === undefined ? undefined : String(requestId);
    this.extra = extra;
  }

  is(code: string) {
    return this.code === code;
  }
}

/** No answer came: no network, or the server is not there. Nothing is known about what was asked. */
export class Unreachable extends Error {
  override name = 'Unreachable';
}

interface Options {
  query?: Record<string, string | number | boolean | null | undefined>;
  signal?: AbortSignal;
  /** The version that was read: the call is refused (412) when somebody has changed the thing since. */
  version?: number;
  /** Only when there is none yet. */
  ifNoneMatch?: '*';
  /** The same key gives the same answer, so it may be sent again. `newKey()` once for each thing the user means to do. */
  idempotencyKey?: string;
  /** The page asks by itself, whoever sits before it. */
  background?: boolean;
}

export const newKey = (): string => crypto.randomUUID();

/** What comes back and what may be sent follows from the path; one that the server does not have is an error here. */
export const api = {
  get: <const P extends PathOf<'GET'>>(path: P & Known<'GET', P>, options?: Options) =>
    call<AnswerOf<'GET', P>>('GET', path, undefined, options),
  post: <const P extends PathOf<'POST'>>(path: P & Known<'POST', P>, body?: PayloadOf<'POST', P>, options?: Options) =>
    call<AnswerOf<'POST', P>>('POST', path, body ?? {}, options),
  put: <const P extends PathOf<'PUT'>>(path: P & Known<'PUT', P>, body: PayloadOf<'PUT', P>, options?: Options) =>
    call<AnswerOf<'PUT', P>>('PUT', path, body, options),
  del: <const P extends PathOf<'DELETE'>>(path: P & Known<'DELETE', P>, options?: Options) =>
    call<AnswerOf<'DELETE', P>>('DELETE', path, undefined, options),
  /** What is no JSON: a file to keep. */
  file: (path: string, options?: Options): Promise<Blob> => call('GET', path, undefined, options, (it) => it.blob()),
};

/** For doors that are open to everybody: no token goes with it, and a refusal ends no session. */
export const anybody = {
  post: async <const P extends PathOf<'POST'>>(path: P & Known<'POST', P>, body: PayloadOf<'POST', P>) =>
    answer<AnswerOf<'POST', P>>(await send(path, { method: 'POST', headers: json(), body: JSON.stringify(body) })),
};

// The access token lives in this variable and nowhere else. A reload asks the refresh cookie for a new one.
let accessToken: string | undefined;
/** Whose record it shows, of a session that shows one; null for those who work here. */
let boundTo: string | null | undefined;
/** Who is signed in on this page. */
let whom: Session['user'] | undefined;
let refreshing: Promise<Session | undefined> | undefined;
/** Why the server gave no new token. */
let reason: string | undefined;
let whenSignedOut: (reason: string | undefined) => Promise<boolean> = () => Promise.resolve(false);
let whenReached: (reached: boolean) => void = () => {};

export const hasToken = () => accessToken !== undefined;
export const bearer = () => `Bearer ${accessToken}`;

/** Told once by the frame: what to do when the session is over (true: they are back), and when the server is (not) there. */
export function onSession(handlers: {
  signedOut: (reason: string | undefined) => Promise<boolean>;
  reached: (reached: boolean) => void;
}) {
  whenSignedOut = handlers.signedOut;
  whenReached = handlers.reached;
}

export interface Proof {
  username: string;
  password: string;
  /** Instead of one that somebody else has chosen. */
  newPassword?: string | undefined;
  /** Of the authenticator, or a recovery code. */
  code?: string | undefined;
  /** Instead of a code. */
  passkey?: Shown | undefined;
  /** This browser need not be asked for a code for a month. */
  trust?: boolean | undefined;
}
/** Instead of name and password: the device knows whose it is. */
export interface PasskeyProof {
  username?: never;
  passkey: Shown;
}

export async function signIn(proof: Proof | PasskeyProof): Promise<Session> {
  return take(await openSession(proof));
}

/** The same person as before, behind the lock: their page stays as it is. */
export async function again(proof: Proof | PasskeyProof): Promise<Session> {
  const session = await openSession(proof);
  return isSame(session) ? take(session) : startOver();
}

const openSession = async (proof: Proof | PasskeyProof): Promise<Session> =>
  answer<Session>(
    await send(proof.username === undefined ? '/api/auth/passkeys/sign-in' : '/api/auth/login', {
      method: 'POST',
      headers: json(),
      body: JSON.stringify(proof),
    }),
  );

function take(session: Session): Session {
  accessToken = session.accessToken;
  boundTo = session.boundTo ?? null;
  whom = session.user;
  useKey(session.user.id, session.keptKey);
  sessionTime.learn(session.times);
  return session;
}

/** Another window may have changed to another person or patient. */
const isSame = (session: Session): boolean =>
  (whom === undefined || session.user.id === whom.id) &&
  (boundTo === undefined || (session.boundTo ?? null) === boundTo);

/** Nothing of the one before stays on this page. */
function startOver(): Promise<never> {
  location.assign('/');
  return new Promise(() => {});
}

/** The name that the person of this page signs in with. */
export const signedInAs = (): string => whom?.username ?? '';

/** Waits until whoever was signed in here is back; false when they have left. */
export const comeBack = (): Promise<boolean> => whenSignedOut(reason);

export async function signOut(): Promise<void> {
  const headers = { ...json(), ...(accessToken ? { authorization: bearer() } : {}) };
  accessToken = undefined;
  sessionTime.forget();
  await send('/api/auth/logout', { method: 'POST', headers, body: '{}' });
}

/** Undefined when nobody is signed in. Asked once, however many wait for it: a refresh token is good for one use. */
export function refresh(): Promise<Session | undefined> {
  refreshing ??= renew().finally(() => (refreshing = undefined));
  return refreshing;
}

async function renew(): Promise<Session | undefined> {
  const before = accessToken;
  // Two tabs share the cookie: the lock keeps the second from spending a token that the first has just used up.
  const response = await alone(() => send('/api/auth/refresh', { method: 'POST', headers: json(), body: '{}' }));
  if (response.status === 401 || response.status === 403) {
    // They came back while this was on its way: it was asked with the cookie of the session before.
    if (accessToken !== before && accessToken !== undefined) return renew();
    accessToken = undefined;
    reason = isJson(response) ? ((await response.json()) as { reason?: string }).reason : undefined;
    return undefined;
  }
  const session = await answer<Session>(response);
  return isSame(session) ? take(session) : startOver();
}

const alone = <T>(work: () => Promise<T>): Promise<T> =>
  navigator.locks ? (navigator.locks.request('openward.refresh', work) as Promise<T>) : work();

async function call<T>(
  method: string,
  path: string,
  body: unknown,
  options: Options = {},
  read: (response: Response) => Promise<T> = jsonOf,
): Promise<T> {
  const isUse = !options.background && attended();
  const attempt = () => {
    if (isUse) sessionTime.used();
    return send(path + search(options.query), {
      method,
      headers: { ...headersOf(body, options), ...(isUse ? {} : background) },
      body: body === undefined ? null : JSON.stringify(body),
      signal: options.signal ?? null,
    });
  };
  let response = await attempt();
  if (response.status === 401) {
    // When the page is on its way to the sign-in, an answer now would only flash an error before it goes.
    if (!(await refresh()) && !(await comeBack())) return new Promise<T>(() => {});
    response = await attempt();
  }
  // Refused before anything was done: once they have shown who they are, the same goes on.
  if (response.status === 403 && (await isDelicate(response)) && (await proofAgain.ask())) response = await attempt();
  try {
    return await answer<T>(response, read);
  } catch (error) {
    if (error instanceof Problem && error.status === 403 && !options.background) tellRefused(error);
    throw error;
  }
}

function tellRefused({ message, extra: { permission, permissionTitle } }: Problem) {
  if (typeof permission === 'string' && permission)
    refused.tell({ permission, title: String(permissionTitle ?? permission), detail: message });
}

const isDelicate = async (response: Response): Promise<boolean> =>
  isJson(response) &&
  ((await response.clone().json()) as { type?: string }).type === '/problems/reauthentication-needed';

function headersOf(body: unknown, options: Options): Record<string, string> {
  return {
    ...(body === undefined ? { 'accept-language': getLocale() } : json()),
    ...(accessToken && { authorization: bearer() }),
    ...(options.version !== undefined && { 'if-match': `W/"${options.version}"` }),
    ...(options.ifNoneMatch && { 'if-none-match': options.ifNoneMatch }),
    ...(options.idempotencyKey && { 'idempotency-key': options.idempotencyKey }),
  };
}

/** Nobody asked for it: it does not keep the session awake. */
export const background = { 'openward-background': '1' };
const json = () => ({ 'content-type': 'application/json', 'x-openward': '1', 'accept-language': getLocale() });

function search(query: Options['query'] = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : '';
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    const response = await fetch(path, { ...init, credentials: 'same-origin' });
    whenReached(true);
    return response;
  } catch (error) {
    if (init.signal?.aborted) throw error;
    whenReached(false);
    throw new Unreachable('The server did not answer.', { cause: error });
  }
}

const isJson = (response: Response) => /\bjson\b/.test(response.headers.get('content-type') ?? '');
async function jsonOf<T>(response: Response): Promise<T> {
  return (response.status === 204 || !isJson(response) ? undefined : await response.json()) as T;
}
async function answer<T>(response: Response, read: (response: Response) => Promise<T> = jsonOf): Promise<T> {
  if (response.ok) return read(response);
  throw new Problem(response.status, isJson(response) ? await response.json() : { title: response.statusText });
}
