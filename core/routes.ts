import type { ReqRefDefaults, Request, ResponseObject, ResponseToolkit, RouteOptions, ServerRoute } from '@hapi/hapi';
import Joi from 'joi';
import type { ZodType } from 'zod';
import { may } from './access.ts';
import type { Actor } from './actor.ts';
import type { AuditNote } from './audit/write.ts';
import type { Db } from './database.ts';
import type { Hms } from './hms.ts';
import type { LimitClass } from './limits/classes.ts';
import type { Plugin } from './plugin.ts';
import { refuse } from './refuse.ts';

declare module '@hapi/hapi' {
  interface RouteOptionsApp {
    /** For a route without a scope: who else may call it. A route with neither stops the start. */
    access?: 'public' | 'signed-in';
    /** Of a route without a scope: those who are bound to one patient may call it too. */
    patients?: true;
    /** Delicate: whoever asks has proved within the last minutes who they are, or is asked once more. */
    recent?: true;
    /** Only there when this plugin is on too. */
    needs?: string;
    /** Idempotency-Key under POST: 400 without it, or honoured when sent. */
    idempotent?: 'required' | 'accepted';
    /**
     * It changes a thing that has versions: without If-Match it is 428 before anything else is looked at, and the handler finds
     * what was read with `ifMatch`. `if-there`: the first time there is none, and the handler says when.
     */
    versioned?: true | 'if-there';
    /**
     * It shows or changes something of a patient: never stored by a cache, every call audited. Each route says it, or the hospital
     * does not start; under /fhir the types do.
     */
    patientData?: boolean;
    /** What the audit row says; by default patients and object are found in the result and the path. */
    audit?: (result: never, request: Request) => AuditNote;
    /**
     * Shape of the answer, for the API document and the interface's types; null: it has no body. Every route under /api
     * says one of them, and tests hold each answer against it. A function when it depends on the plugins that are on.
     */
    response?: ZodType | null | ((plugins: readonly Plugin[]) => ZodType);
    /** Media type of an answer that is a file to keep, and has no shape. */
    file?: string;
    /** False: the handler opens its own transactions (sign-in, bundles). */
    transaction?: false;
    /** As what it is counted when it is not simply a reading, a change or a file: core/limits/classes.ts. */
    limit?: LimitClass;
    /** Of a public route: a name for whoever is known without a token, who is counted apart once the address is used up. */
    knownCaller?: (request: Request) => Promise<string | null>;
    /** Whose route it is; written by the server. */
    plugin?: string;
    /** One sentence for the API document. */
    summary?: string;
  }
  interface RequestApplicationState {
    db?: Db;
    /** What If-Match said. */
    version?: number;
    /** The handler has written its refusal down itself. */
    refusalNoted?: true | undefined;
    /** What the audit row says, of a handler whose answer does not tell it. */
    noted?: AuditNote;
    /** By whom an attempt to sign in is counted. */
    attempt?: string;
    /** It was no use trying, and counts all the same: the name is locked. */
    guessed?: true;
  }
  interface ServerApplicationState {
    hms: Hms;
  }
  interface UserCredentials {
    actor: Actor;
  }
}

interface Refs {
  Payload?: unknown;
  Params?: unknown;
  Query?: unknown;
  Headers?: unknown;
}
type Merged<R extends Refs> = Omit<ReqRefDefaults, keyof R> & { [K in keyof R]: R[K] };

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  options: RouteOptions;
  handler: (request: Request, h: ResponseToolkit) => unknown;
}

interface RouteOf<R extends Refs> {
  method: Route['method'];
  path: string;
  options: Omit<RouteOptions, 'auth' | 'handler'> & { auth?: { scope: string } | false };
  handler: (request: Request<Merged<R>>, h: ResponseToolkit<Merged<R>>) => unknown;
}

/** A route as data. Its payload, params and query are typed by what its joi schemas let through. */
export const route = <R extends Refs = object>(it: RouteOf<R>): Route => it as unknown as Route;

/**
 * The database as the caller sees it. Under POST, PUT, PATCH and DELETE it is the transaction around the handler:
 * change, events, audit and kept answer are committed together.
 */
export const dbOf = (request: { app: unknown; server: unknown; auth: unknown }): Db => {
  const { app, server, auth } = request as Request;
  app.db ??= server.app.hms.db(auth.credentials?.user?.actor, originOf(request as Request));
  return app.db;
};

/** History from elsewhere says so; only clients that may import are believed. */
export const originOf = ({ headers, auth }: Request): 'here' | 'import' => {
  const actor = auth.credentials?.user?.actor;
  return headers['openward-origin'] === 'import' && actor && may(actor, 'record:import') ? 'import' : 'here';
};

/** One header as text; undefined when it was not sent. */
export const headerOf = (request: { headers: Record<string, unknown> }, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};

/** An instant with an offset. joi's isoDate() lets `2026-03-01T09:00` through, which means another time in each zone. */
export const instant = () =>
  Joi.string()
    .custom((text: string, helpers) => {
      try {
        return Temporal.Instant.from(text).toString();
      } catch {
        return helpers.error('instant.offset');
      }
    })
    .meta({ format: 'date-time' })
    .messages({ 'instant.offset': '{{#label}} must be a time with an offset, such as 2026-03-01T09:00:00+01:00' });

/** A calendar day, YYYY-MM-DD, that exists. */
export const day = () =>
  Joi.string()
    .custom((text: string, helpers) => {
      try {
        if (!/^\d{4}-\d\d-\d\d$/.test(text)) throw new RangeError();
        return Temporal.PlainDate.from(text, { overflow: 'reject' }).toString();
      } catch {
        return helpers.error('day.unknown');
      }
    })
    .meta({ format: 'date' })
    .messages({ 'day.unknown': '{{#label}} must be a day, such as 2026-03-01' });

export const uuid = () => Joi.string().guid();
/** Text of a person: trimmed, no NUL, limited. */
export const text = (max = 200) =>
  Joi.string()
    .trim()
    .min(1)
    .max(max)
    .pattern(/^[^\u0000]*$/, 'no NUL');
export const idParams = Joi.object({ id: uuid().required() });

/** The version that the caller has read, in a route that says `versioned`. */
export const ifMatch = (request: { app: unknown; route: unknown; headers: Record<string, unknown> }): number => {
  const { app, route } = request as Request;
  if (!route.settings.app?.versioned) throw new Error(`${route.path} asks for If-Match and does not say "versioned".`);
  return (app.version ??= versionIn(request));
};

/** `W/"3"` and `"3"` are taken; without the header 428, `*` and lists are 400. */
export const versionIn = (request: { headers: Record<string, unknown> }): number => {
  const header = headerOf(request, 'if-match');
  if (header === undefined) throw refuse('version_missing');
  const match = /^(?:W\/)?"(\d{1,9})"$/.exec(header.trim());
  if (!match) throw refuse('version_unreadable');
  return Number(match[1]);
};

/** An answer with one versioned thing, and its ETag. */
export const versioned = (
  h: Pick<ResponseToolkit, 'response'> | { response: unknown },
  row: { version: number },
): ResponseObject => (h as ResponseToolkit).response(row).header('etag', `W/"${row.version}"`);

export const asServerRoute = (it: Route, handler: Route['handler']): ServerRoute => ({
  method: it.method,
  path: it.path,
  options: { ...it.options, handler: handler as NonNullable<RouteOptions['handler']> },
});
