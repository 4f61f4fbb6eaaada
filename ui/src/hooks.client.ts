import type { ClientInit, HandleClientError } from '@sveltejs/kit/hooks';
import { Problem, Unreachable } from '#lib/api.ts';

export const init: ClientInit = async () => {
  if (!('Temporal' in globalThis)) await import('temporal-polyfill/global');
};

/** What an error page needs to know. A refusal of the server keeps its status, words and reference. */
export const handleError: HandleClientError = ({ kind, error }) => {
  if (kind !== 'unknown') return {};
  if (error instanceof Problem) {
    const { status, code, message, requestId, extra } = error;
    return { status, code, message, requestId, ...(extra.permission ? { permission: String(extra.permission) } : {}) };
  }
  if (error instanceof Unreachable) return { status: 0, message: error.message };
  console.error(error);
  return {};
};
