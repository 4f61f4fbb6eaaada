import type { Request } from '@hapi/hapi';
import { nobody } from './actor.ts';
import { defaultNote, isRefusal, writeAudit, type AuditNote } from './audit/write.ts';
import { causeOf } from './database.ts';
import { problemOf, type Problem } from './errors.ts';
import type { Hms } from './hms.ts';
import { explainMissing } from './missing-permission.ts';
import { Refusal, refuse } from './refuse.ts';
import { headerOf } from './routes.ts';
import { mayNote } from './unknown-callers.ts';

/**
 * The problem of an error; what nobody expected goes to the log, what was refused to the audit. Used by every door. When a
 * refusal cannot be written down, the answer is that: 503.
 */
export const noteProblem = async (hms: Hms, request: Request, error: unknown, note?: AuditNote): Promise<Problem> => {
  const problem = await explainMissing(hms, request, problemOf(error, request, hms.refusals));
  hms.metrics.refusals.inc({ type: problem.type });
  if (problem.status === 500 || (error instanceof Refusal && error.cause !== undefined))
    hms.log.error({ err: error as Error, requestId: request.info.id, route: request.route.path }, 'unexpected error');
  const { constraint } = causeOf(error);
  if (constraint !== undefined && hms.refusals[constraint] === undefined)
    hms.log.warn({ constraint, requestId: request.info.id }, 'a constraint that no plugin names refused a request');
  if (!isToNote(request, problem)) return problem;
  const failed = await writeRefusal(hms, request, problem, note);
  if (failed === null) return problem;
  hms.log.error({ err: failed as Error, requestId: request.info.id }, 'a refusal could not be audited');
  return problemOf(refuse('audit_unavailable'), request, hms.refusals);
};

const isToNote = (request: Request, problem: Problem): boolean => {
  // The handler has said it in words of its own.
  if (request.app.refusalNoted) {
    request.app.refusalNoted = undefined;
    return false;
  }
  const who = request.auth.credentials?.user?.actor.id ?? request.info.remoteAddress;
  const badToken = problem.status === 401 && headerOf(request, 'authorization') !== undefined;
  // Whoever goes on in a loop is known by the first few.
  if (badToken || problem.type === '/problems/limit-reached') return mayNote(who);
  return isRefusal(request, problem.status);
};

/** What went wrong with it, or null. */
const writeRefusal = (hms: Hms, request: Request, { type }: Problem, note?: AuditNote): Promise<unknown> =>
  writeAudit(hms.db(request.auth.credentials?.user?.actor ?? nobody), request, {
    ...(note ?? defaultNote(undefined, request)),
    outcome: 4,
    detail: type,
  }).then(
    () => {
      request.app.refusalNoted = undefined;
      return null;
    },
    (error: unknown) => error ?? new Error('not written'),
  );
