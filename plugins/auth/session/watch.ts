import type { Server } from '@hapi/hapi';
import { service, type Actor } from '../../../core/actor.ts';
import type { Hms } from '../../../core/hms.ts';
import { listPermissionsOf } from '../roles/queries.ts';
import { forget, forgetAll } from './actors.ts';
import { listOver } from './queries.ts';

interface Socket {
  auth: { credentials?: { user?: { actor: Actor } } | null };
  disconnect: () => Promise<unknown>;
}

/**
 * Open lines end with their session: at once where the news of it arrives, within a second where it does not. Who got other
 * rights, or has a role that ends by itself, is disconnected too, and comes back with the new ones.
 */
export const watchSessions = (server: Server, hms: Hms): void => {
  const sockets = () => {
    const open: [Actor, Socket][] = [];
    (server as unknown as { eachSocket: (each: (socket: Socket) => void) => void }).eachSocket((socket) => {
      const actor = socket.auth.credentials?.user?.actor;
      if (actor) open.push([actor, socket]);
    });
    return open;
  };
  const close = (which: (actor: Actor) => boolean) => {
    for (const [actor, socket] of sockets()) if (which(actor)) void socket.disconnect();
  };

  /** Those who may something else now than when their line was opened. */
  const closeChanged = async (): Promise<void> => {
    const open = sockets().filter(([{ kind, id }]) => kind === 'user' && id);
    const ids = [...new Set(open.map(([{ id }]) => id!))];
    if (ids.length === 0) return;
    const now = new Map(
      (await listPermissionsOf(hms.db(service('auth')), ids)).map((it) => [it.userId, new Set(it.permissions)]),
    );
    close(({ kind, id, permissions }) => {
      const may = now.get(id ?? '') ?? new Set();
      return kind === 'user' && ids.includes(id!) && may.symmetricDifference(permissions).size > 0;
    });
  };

  hms.bus.onEvents((events) => {
    for (const { name, subjectId } of events) {
      if (name === 'auth.session-ended') {
        forget(hms, { sessionId: subjectId });
        close(({ sessionId }) => sessionId === subjectId);
      }
      if (name === 'auth.user-changed') {
        forget(hms, { userId: subjectId });
        close(({ id }) => id === subjectId);
      }
      if (name === 'auth.role-changed') {
        forgetAll(hms);
        closeChanged().catch((error: unknown) =>
          hms.log.warn({ err: error as Error }, 'open lines could not be checked'),
        );
      }
    }
  });

  const look = async (): Promise<void> => {
    const ids = new Set(sockets().flatMap(([{ sessionId }]) => (sessionId ? [sessionId] : [])));
    if (ids.size === 0) return;
    const over = new Set(await listOver(hms.db(service('auth')), [...ids]));
    if (over.size > 0) close(({ sessionId }) => sessionId !== undefined && over.has(sessionId));
  };
  let looking: Promise<void> | undefined;
  const timer = setInterval(() => {
    // Known here, so it waits for no database.
    close(({ until = Infinity }) => until <= Date.now());
    looking ??= look()
      .catch((error: unknown) => hms.log.warn({ err: error as Error }, 'open lines could not be checked'))
      .finally(() => (looking = undefined));
  }, 900);
  server.ext('onPreStop', async () => {
    clearInterval(timer);
    await looking;
  });
};
