import { createHash } from 'node:crypto';
import type { Request, ResponseObject, ResponseToolkit } from '@hapi/hapi';
import { z } from 'zod';
import { sql, type Db } from './database.ts';
import { refuse } from './refuse.ts';
import { headerOf } from './routes.ts';

const Kept = z.strictObject({
  free: z.boolean(),
  bodyHash: z.string().nullable(),
  status: z.int().nullable(),
  headers: z.record(z.string(), z.string()).nullable(),
  body: z.string().nullable(),
});

export interface Key {
  key: string;
  route: string;
  bodyHash: string;
}

const hashOf = (body: unknown): string =>
  createHash('sha256')
    .update(Buffer.isBuffer(body) ? body : JSON.stringify(body ?? null))
    .digest('base64url');

/** The key of this request, or null where the route takes none. 400 where one is required and missing. */
export const keyOf = (request: Request): Key | null => {
  const wanted = request.route.settings.app?.idempotent;
  const header = headerOf(request, 'idempotency-key');
  if (!wanted) return null;
  if (header === undefined) {
    if (wanted === 'required') throw refuse('idempotency_key_missing');
    return null;
  }
  if (!/^[\x21-\x7e]{8,200}$/.test(header)) throw refuse('idempotency_key_missing');
  return { key: header, route: `${request.method} ${request.path}`, bodyHash: hashOf(request.payload) };
};

/**
 * The answer already given to this key, or null when this request is the first. A lock that is not waited for tells a
 * second request that the first is still under way. Kept seven days.
 */
export const keptAnswer = async (tx: Db, { key, route, bodyHash }: Key): Promise<z.infer<typeof Kept> | null> => {
  const kept = await tx.one(sql.type(Kept)`
    select pg_try_advisory_xact_lock(hashtextextended(${tx.actor.id + route + key}, 2)) as free, i.body_hash, i.status, i.headers, i.body
    from (select) here
    left join core.idempotency i on i.user_id = ${tx.actor.id} and i.route = ${route} and i.key = ${key}
  `);
  if (kept.status === null) {
    if (!kept.free) throw refuse('idempotency_in_progress');
    return null;
  }
  if (kept.bodyHash !== bodyHash) throw refuse('idempotency_key_reused');
  return kept;
};

export const replay = (h: ResponseToolkit, kept: z.infer<typeof Kept>): ResponseObject => {
  const response = h
    .response(kept.body ?? undefined)
    .code(kept.status ?? 200)
    .header('idempotency-replayed', 'true');
  for (const [name, value] of Object.entries(kept.headers ?? {})) response.header(name, value);
  return response;
};

const keptHeaders = ['content-type', 'etag', 'location'];

export const keepAnswer = (tx: Db, key: Key, answer: ResponseObject): Promise<unknown> => {
  const headers = Object.fromEntries(
    keptHeaders.flatMap((name) => (answer.headers[name] === undefined ? [] : [[name, String(answer.headers[name])]])),
  );
  const source = answer.source as unknown;
  const isText = typeof source === 'string';
  if (!headers['content-type'] && !isText) headers['content-type'] = 'application/json; charset=utf-8';
  const body = source === null || source === undefined ? null : isText ? source : JSON.stringify(source);
  return keep(tx, key, { status: (answer.statusCode as number | null) ?? 200, headers, body });
};

/** What this key will be answered from now on. */
export const keep = (
  tx: Db,
  { key, route, bodyHash }: Key,
  { status, headers, body }: { status: number; headers: Record<string, string>; body: string | null },
): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into core.idempotency (user_id, route, key, body_hash, status, headers, body)
    values (${tx.actor.id}, ${route}, ${key}, ${bodyHash}, ${status}, ${sql.jsonb(headers)}, ${body})
  `);
