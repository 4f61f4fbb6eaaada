import type { AuthCredentials, Server } from '@hapi/hapi';
import Nes from '@hapi/nes';
import { may } from './access.ts';
import type { Actor } from './actor.ts';
import type { Announced } from './database.ts';
import type { Hms } from './hms.ts';
import { refuse } from './refuse.ts';

const hears = (actor: Actor | undefined, { only }: Announced): boolean => {
  // Whoever sees nothing but one record hears nothing of the others.
  if (actor?.kind === 'patient' || !actor) return Boolean(only && 'userId' in only && actor?.id === only.userId);
  if (!only) return true;
  return 'userId' in only ? actor.id === only.userId : may(actor, only.permission);
};

/**
 * Screens hear that something of a plugin has changed and fetch it again: `/live/<plugin>` carries the event's name and nothing
 * else, not even to what it happened, for that may be hidden. So it needs no more rights than being signed in. What is meant for
 * some is told to nobody else.
 */
export const openLive = async (server: Server, hms: Hms): Promise<void> => {
  await server.register({
    plugin: Nes as never,
    options: {
      auth: { type: 'direct', minAuthVerifyInterval: 60_000 },
      maxConnections: 2000,
      heartbeat: { interval: 15_000, timeout: 5_000 },
    },
  });
  // Such a line carries news. It would also carry requests, under rights that were looked at when it was opened.
  server.ext('onRequest', (request, h) => {
    if ((request.plugins as { nes?: unknown }).nes) throw refuse('not_found');
    return h.continue;
  });
  const actorOf = (credentials: unknown) => (credentials as AuthCredentials | null)?.user?.actor;
  const recent: { path: string; at: number; event: Announced }[] = [];
  server.subscription('/live/{plugin}', {
    filter: async (_path, _message, { credentials, internal }) => hears(actorOf(credentials), internal as Announced),
    // What came after a page was loaded and before its line was open: it is told how long ago that was, and fetches again.
    async onSubscribe(socket, path) {
      setImmediate(() => {
        const actor = actorOf(socket.auth.credentials);
        const last = recent.findLast((it) => it.path === path && hears(actor, it.event));
        if (last) void socket.publish(path, { event: 'subscribed', ago: performance.now() - last.at }).catch(() => {});
      });
    },
  });
  hms.bus.onEvents((events) => {
    const at = performance.now();
    while (recent[0] && recent[0].at < at - remembered) recent.shift();
    for (const event of events) {
      const path = `/live/${event.name.split('.')[0]}`;
      recent.push({ path, at, event });
      server.publish(path, { event: event.name }, { internal: event });
    }
  });
};
/** Milliseconds. Opening a page and its line takes no longer, or it fails. */
const remembered = 60_000;
