import type { Request, ResponseObject, ResponseToolkit } from '@hapi/hapi';
import { keepAnswer, keptAnswer, keyOf, replay } from '../core/idempotency.ts';
import { refuse } from '../core/refuse.ts';
import { dbOf, headerOf } from '../core/routes.ts';
import { within, type Answer, type At, type Result, type Whole } from './at.ts';
import { audited, reading } from './audited.ts';
import { parseJson, type Json } from './json.ts';
import type { Types } from './types.ts';

export const mediaType = 'application/fhir+json; charset=utf-8';
const deepest = 32;

export const baseOf = (origin: string): string => `${origin}/fhir/R4`;

export const atOf = (request: Request, types: Types): At => {
  const { hms } = request.server.app;
  acceptable(request);
  return {
    db: dbOf(request),
    hms,
    types,
    request,
    base: baseOf(hms.config.origin),
    strict: preferOf(request, 'handling') === 'strict',
  };
};

/** `Prefer: return=minimal; handling=strict` by name. */
export const preferOf = (request: Request, name: string): string | undefined =>
  (headerOf(request, 'prefer') ?? '')
    .split(/[;,]/)
    .map((part) => part.trim().split('='))
    .find(([key]) => key === name)?.[1];

/** We speak JSON. @throws 406 when that is not wanted */
const acceptable = (request: Request): void => {
  const format = request.url.searchParams.get('_format');
  const wanted = format ?? headerOf(request, 'accept') ?? '*/*';
  if (!/json|\*\/\*|application\/\*/.test(wanted)) throw refuse('fhir_format_unknown');
};

/** The body as JSON whose decimals stay as written. @throws 400, 415 */
export const bodyOf = (request: Request): unknown => {
  const payload = request.payload as unknown as Buffer | null;
  if (!headerOf(request, 'content-type')) throw refuse('wrong_type');
  const text = payload?.toString('utf8').replace(/^\uFEFF/, '') ?? '';
  checkDepth(text);
  try {
    return parseJson(text);
  } catch (error) {
    throw refuse('fhir_not_json', { reason: (error as Error).message.slice(0, 80).replace(/".*"/s, '…') });
  }
};

/** Counts brackets outside of texts, so that what is too deep is never parsed. A Bundle's entries start four levels down. */
const checkDepth = (text: string): void => {
  const limit = deepest * 2 + 8;
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inText) {
      if (code === 92) at++;
      else if (code === 34) inText = false;
    } else if (code === 34) inText = true;
    else if (code === 123 || code === 91) {
      if (++depth > limit) throw refuse('nested_too_deep');
    } else if (code === 125 || code === 93) depth--;
  }
};

export const formOf = (request: Request): [string, string][] => {
  const payload = request.payload as unknown as Buffer | null;
  return [...new URLSearchParams(payload?.toString('utf8') ?? '')];
};

export const answerRead = async (
  at: At,
  h: ResponseToolkit,
  work: (at: At) => Promise<Result>,
): Promise<ResponseObject> => respond(at, h, await reading(at, work), true);

/**
 * A change, its audit and the answer kept for its Idempotency-Key are one transaction. `always`: with a body, whatever Prefer
 * says.
 */
export const answerWrite = (
  at: At,
  h: ResponseToolkit,
  work: (at: At) => Promise<Result | Whole>,
  always = false,
): Promise<ResponseObject> =>
  at.db.transaction(async (tx) => {
    const key = keyOf(at.request);
    const kept = key && (await keptAnswer(tx, key));
    if (kept) return replay(h, kept);
    const inside = within(at, tx);
    const result = await audited(inside, () => work(inside));
    const response = respond(at, h, result, always || preferOf(at.request, 'return') !== 'minimal');
    if (key) await keepAnswer(tx, key, response);
    return response;
  });

export const respond = (
  at: At,
  h: ResponseToolkit,
  { status, body, one, location }: Answer,
  full: boolean,
): ResponseObject => {
  const response = body && full ? sendJson(h, body, status) : h.response().code(status);
  if (one) response.header('etag', `W/"${one.version}"`);
  if (one?.updatedAt) response.header('last-modified', new Date(one.updatedAt).toUTCString());
  if (location) response.header('location', `${at.base}/${location}`);
  return response;
};

export const sendJson = (h: ResponseToolkit, body: Json, status = 200): ResponseObject =>
  h.response(JSON.stringify(body)).code(status).type(mediaType);
