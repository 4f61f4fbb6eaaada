import type { ClientInit, HandleClientError } from '@sveltejs/kit/hooks';
import { Problem, Unreachable } from '#lib/api.ts';

export const init: ClientInit = async () => {
  if (!('Temporal' in globalThis)) await import('temporal-polyfill/global');
};

/** What an error page needs to know. A refusal of the server keeps its status, words and reference. */
export const handleError: HandleClientError = ({ kind, error }) => {
  if (kind !== 'unknown') return {};
  if (error instanceof Problem) {
    return { status: error.status, code: error.code, message: error.message, requestId: error.requestId };
  }
  if (error instanceof Unreachable) return { status: 0, message: error.message };
  console.error(error);
  return {};
};
