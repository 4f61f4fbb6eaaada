import { isBoom, type Boom } from '@hapi/boom';
import type { Request } from '@hapi/hapi';
import { NotFoundError } from 'slonik';
import { causeOf, isConnectionGone } from './database.ts';
import { localeOf, say } from './messages.ts';
import { headerOf } from './routes.ts';
import { Refusal, type Refusals } from './refuse.ts';

/** RFC 9457. Under /api it is the body; fhir/ makes an OperationOutcome of it. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: { path: string; code: string; message: string }[];
  requestId: string;
  [extra: string]: unknown;
}

const kebab = (name: string) => name.replaceAll('_', '-');

/**
 * Refusals that every table knows, by the SQLSTATE of a constraint that no plugin names. They are called by what is wrong, for
 * names of tables are nobody's business; the log has them.
 */
const byState: Record<string, readonly [status: number, key: string]> = {
  '23503': [422, 'refusal_reference_unknown'],
  '23505': [409, 'refusal_already_there'],
  '23514': [422, 'refusal_value_not_allowed'],
  '23P01': [409, 'refusal_already_there'],
  '22001': [422, 'refusal_value_not_allowed'],
  '22003': [422, 'refusal_value_not_allowed'],
  '22007': [400, 'refusal_value_not_allowed'],
  '22008': [400, 'refusal_value_not_allowed'],
  '22P02': [400, 'refusal_value_not_allowed'],
  '22021': [400, 'refusal_value_not_allowed'],
};

/** SQLSTATE class 53: too many connections, disk or memory full. */
const exhausted = /^53/;
const busy = new Set(['40001', '40P01', '55P03']);

/** The answer to an error, whatever it is. Anything unexpected is a 500 that says nothing but a reference. */
export const problemOf = (error: unknown, request: Request, refusals: Refusals): Problem => {
  const locale = localeOf(headerOf(request, 'accept-language'));
  const make = (status: number, key: string, type: string, extra: Record<string, unknown> = {}): Problem => ({
    ...extra,
    type: `/problems/${kebab(type)}`,
    title: say(`problem_${status}`, locale),
    status,
    detail: say(key, locale, extra),
    requestId: request.info.id,
  });

  if (error instanceof Refusal) {
    const [status, key] = refusals[error.refusal] ?? [500, 'problem_500'];
    const problem = make(status, key, error.refusal, status === 503 ? { retryAfter: 5, ...error.extra } : error.extra);
    const { field, ...rest } = problem;
    return typeof field === 'string' && problem.errors === undefined
      ? { ...(rest as Problem), errors: [{ path: field, code: error.refusal, message: problem.detail }] }
      : problem;
  }
  if (error instanceof NotFoundError) return make(404, 'refusal_not_found', 'not-found');

  const { code, constraint, columns = [] } = causeOf(error);
  const named = constraint === undefined ? undefined : refusals[constraint];
  if (constraint !== undefined && named) return make(named[0], named[1], constraint);
  if (code && busy.has(code)) return make(503, 'refusal_busy', 'busy', { retryAfter: 1 });
  if (isConnectionGone(error) || (code && exhausted.test(code)) || isPoolTimeout(error))
    return make(503, 'refusal_database_away', 'database-away', { retryAfter: 5 });
  const known = code === undefined ? undefined : byState[code];
  if (known) {
    const [status, key] = known;
    const problem = make(status, key, key.replace('refusal_', ''));
    const fields = columns.map((column) => column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
    const at = { code: kebab(key.replace('refusal_', '')), message: problem.detail };
    return fields.length > 0 ? { ...problem, errors: fields.map((path) => ({ path, ...at })) } : problem;
  }
  if (isBoom(error)) return ofBoom(error, request, make);
  return make(500, 'problem_500_detail', 'internal');
};

const isPoolTimeout = (error: unknown): boolean =>
  error instanceof Error && /timeout|timed out/i.test(error.name + error.message) && 'code' in error === false;

type Make = (status: number, key: string, type: string, extra?: Record<string, unknown>) => Problem;

const ofBoom = (error: Boom, request: Request, make: Make): Problem => {
  const status = error.output.statusCode;
  const details = (error as { details?: { path: (string | number)[]; type: string; message: string }[] }).details;
  if (details)
    return make(400, 'refusal_invalid', 'invalid', {
      errors: details.map(({ path, type, message }) => ({ path: path.join('.'), code: type, message })),
    });
  if (status === 403) {
    const missing =
      request.route.settings.auth?.access?.flatMap(({ scope }) =>
        scope === false || !scope ? [] : (scope.selection ?? []),
      ) ?? [];
    // Who is let in nowhere without a permission of their own: it is not what is missing.
    if (missing.length === 0) return make(403, 'refusal_not_open_to_you', 'permission-missing');
    return make(403, 'refusal_permission_missing', 'permission-missing', { permission: missing.join(', ') });
  }
  if (status === 413) return make(413, 'refusal_too_large', 'too-large');
  if (status === 500) return make(500, 'problem_500_detail', 'internal');
  const keys: Record<number, string> = {
    400: 'refusal_unreadable',
    401: 'refusal_not_signed_in',
    404: 'refusal_not_found',
    415: 'refusal_wrong_type',
    429: 'refusal_too_many',
    503: 'refusal_busy',
  };
  return make(status, keys[status] ?? `problem_${status}`, keys[status]?.replace('refusal_', '') ?? String(status));
};
