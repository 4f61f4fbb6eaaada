import type { Request } from '@hapi/hapi';
import type { Problem } from '../core/errors.ts';
import type { Hms } from '../core/hms.ts';
import { localeOf, say } from '../core/messages.ts';
import { headerOf } from '../core/routes.ts';
import { noteProblem } from '../core/problems.ts';
import type { Json } from './json.ts';
import type { Fault } from './validate.ts';

const codes: Record<number, string> = {
  400: 'invalid',
  401: 'login',
  403: 'forbidden',
  404: 'not-found',
  405: 'not-supported',
  406: 'not-supported',
  409: 'conflict',
  410: 'deleted',
  412: 'conflict',
  413: 'too-long',
  415: 'not-supported',
  422: 'business-rule',
  428: 'required',
  429: 'throttled',
  500: 'exception',
  503: 'transient',
};

/** What a problem carries for a program, beside its sentence. */
const notSaid = new Set([
  'type',
  'title',
  'status',
  'detail',
  'errors',
  'requestId',
  'faults',
  'expression',
  'retryAfter',
]);

const outcome = (problem: Problem, request: Request, error: unknown): Json => {
  const locale = localeOf(headerOf(request, 'accept-language'));
  const coding = [{ system: 'urn:openward:problem', code: problem.type.replace('/problems/', '') }];
  const faults = (problem.faults ?? []) as Fault[];
  const extra = Object.fromEntries(Object.entries(problem).filter(([key]) => !notSaid.has(key)));
  const expression = (problem.expression ?? (error as { expression?: string } | null)?.expression) as
    string | undefined;
  const sentence = Object.keys(extra).length > 0 ? `${problem.detail} ${JSON.stringify(extra)}` : problem.detail;
  const issue =
    faults.length > 0
      ? faults.map(({ path, key, code, expected }) => ({
          severity: 'error',
          code,
          details: { coding, text: say(key, locale, { expected: expected ?? '' }) },
          diagnostics: `${path}: ${say(key, locale, { expected: expected ?? '' })}`,
          expression: [path],
        }))
      : [
          {
            severity: problem.status >= 500 ? 'fatal' : 'error',
            code: codes[problem.status] ?? 'processing',
            details: { coding, text: problem.detail },
            diagnostics: problem.status === 500 ? `${sentence} ${problem.requestId}` : sentence,
            ...(expression ? { expression: [expression] } : {}),
          },
        ];
  return { resourceType: 'OperationOutcome', issue };
};

export interface Failure {
  status: number;
  body: Json;
  retryAfter?: number;
}

/** The answer to an error, whatever it is; written down where core writes problems down. `about`: Type/id, where the address does not say it. */
export const failureOf = async (hms: Hms, request: Request, error: unknown, about?: string): Promise<Failure> => {
  const { type, id } = (request.params ?? {}) as { type?: string; id?: string };
  const object = about ?? [type ?? 'Bundle', id].filter(Boolean).join('/');
  const problem = await noteProblem(hms, request, error, { object: object.slice(0, 200) });
  return {
    status: problem.status,
    body: outcome(problem, request, error),
    ...(typeof problem.retryAfter === 'number' ? { retryAfter: problem.retryAfter } : {}),
  };
};
