import type { Client } from '../hms.ts';
import type { Example } from './examples.ts';

/** A request that only reads. */
export interface Door extends Example {
  name: string;
}

/** Each answer has its own, and what is drawn anew each time. */
const ofTheMoment = /"(requestId|serverTime|startedAt|expiresIn)":("[^"]*"|\d+)/g;

/** What a door says, page after page. */
export const readAll = async (client: Client, { method, path, body, headers }: Door, most = 40): Promise<string> => {
  const pages: string[] = [];
  let next: string | null = path;
  let cursor: string | undefined;
  for (let page = 0; next !== null && page < most; page++) {
    const response: Response = await client.fetch(next, {
      method,
      headers: {
        ...headers,
        ...(body !== undefined && !headers['content-type'] ? { 'content-type': 'application/json' } : {}),
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify({ ...body, ...(cursor ? { cursor } : {}) }) }),
    });
    const text = await response.text();
    pages.push(
      `${response.status} ${text
        .replace(ofTheMoment, '"$1":0')
        .replace(/_page=[^"&]+/g, '_page=·')
        .replace(/"next":"[^"]*"/g, '"next":"·"')}`,
    );
    next = null;
    if (!(response.headers.get('content-type') ?? '').includes('json') || response.status !== 200) break;
    const answer = JSON.parse(text) as { next?: string | null; link?: { relation: string; url: string }[] };
    const link = answer.link?.find(({ relation }) => relation === 'next')?.url;
    if (link) next = link.replace(/^https?:\/\/[^/]+/, '');
    else if (answer.next && method === 'GET') {
      const url = new URL(path, 'http://here');
      url.searchParams.set('cursor', answer.next);
      next = url.pathname + url.search;
    } else if (answer.next) {
      cursor = answer.next;
      next = path;
    }
  }
  return pages.join('\n');
};
