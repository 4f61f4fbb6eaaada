import type { Request } from '@hapi/hapi';
import { service, type Actor } from '../../core/actor.ts';
import { writeAudit } from '../../core/audit/write.ts';
import type { Db } from '../../core/database.ts';

/** Whoever asks, of a route that needs a session. */
export const whoOf = (request: { auth: unknown }): Actor & { id: string } =>
  (request as Request).auth.credentials.user!.actor as Actor & { id: string };

/** auth's own hand: patients, whose database role knows no users, look after their sign-in as staff do. */
export const authDb = (request: { server: unknown }): Db => (request as Request).server.app.hms.db(service('auth'));

export const asUser = (db: Db, id: string): Db => ({ ...db, actor: { ...db.actor, kind: 'user', id } });

/** One entry about somebody's own sign-in. */
export const noteOwn = (db: Db, request: unknown, userId: string, detail: string, outcome: 0 | 4 | 8 = 0) =>
  writeAudit(asUser(db, userId), request as Request, { action: 'E', outcome, detail, object: `User/${userId}` });

/** Changes one's own sign-in, with its entry. For routes that say `transaction: false`. */
export const changeOwn = <R>(
  request: { server: unknown; auth: unknown },
  detail: string,
  work: (tx: Db) => Promise<R>,
) =>
  authDb(request).transaction(async (tx) => {
    const result = await work(tx);
    await noteOwn(tx, request, whoOf(request).id, detail);
    return result;
  });
