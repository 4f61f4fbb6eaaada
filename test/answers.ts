import { isDeepStrictEqual } from 'node:util';
import type { Lifecycle, Request } from '@hapi/hapi';
import type { ZodType } from 'zod';
import { shapeOf } from '../core/openapi.ts';

/**
 * Holds every answer under /api against the shape that its route declares, as its reader gets it: what is missing, of another
 * type or not declared becomes a 500 that says where. Tests run with it; a hospital answers without asking twice.
 */
export const checkAnswer: Lifecycle.Method = (request, h) => {
  const { response } = request;
  const isAnswer =
    'statusCode' in response && response.statusCode >= 200 && response.statusCode < 300 && response.variety === 'plain';
  const isFile = request.route.settings.app?.file !== undefined;
  if (!request.route.path.startsWith('/api/') || !isAnswer || isFile) return h.continue;
  const mistake = mistakeOf(bodyOf(response.source), shapeOf(request.route));
  return mistake === undefined ? h.continue : refuse(request, h, mistake);
};

/** As text it is an answer that PostgreSQL or an earlier request has written. */
const bodyOf = (source: unknown): unknown =>
  source === null || source === undefined || source === ''
    ? null
    : (JSON.parse(typeof source === 'string' ? source : JSON.stringify(source)) as unknown);

const mistakeOf = (body: unknown, shape: ZodType | null | undefined): string | undefined => {
  if (shape === undefined) return 'its route says neither what it answers nor that it answers nothing';
  if (shape === null) return body === null ? undefined : 'its route says that it answers nothing';
  const { success, data, error } = shape.safeParse(body);
  if (!success) return error.issues.map(({ path, message }) => `${path.join('.') || 'answer'}: ${message}`).join('; ');
  return isDeepStrictEqual(data, body) ? undefined : 'it holds what its shape does not declare';
};

const refuse = (request: Request, h: Parameters<Lifecycle.Method>[1], mistake: string) => {
  const detail = `The answer to ${request.method.toUpperCase()} ${request.path} is not what its route declares: ${mistake}`;
  console.error(detail);
  return h
    .response({ type: '/problems/answer-undeclared', title: 'Answer', status: 500, detail, requestId: request.info.id })
    .code(500)
    .type('application/problem+json');
};
