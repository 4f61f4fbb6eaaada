import type { AuthCredentials, Server } from '@hapi/hapi';
import Nes from '@hapi/nes';
import type { Actor } from './actor.ts';
import type { Announced } from './database.ts';
import type { Hms } from './hms.ts';
import { refuse } from './refuse.ts';

const hears = (actor: Actor | undefined, { only }: Announced): boolean => {
  // Whoever sees nothing but one record hears nothing of the others.
  if (actor?.kind === 'patient' || !actor) return Boolean(only && 'userId' in only && actor?.id === only.userId);
  if (!only) return true;
  return 'userId' in only ? actor.id === only.userId : actor.permissions.has(only.permission);
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
  server.subscription('/live/{plugin}', {
    filter: async (_path, _message, { credentials, internal }) =>
      hears((credentials as AuthCredentials | null)?.user?.actor, internal as Announced),
  });
  hms.bus.onEvents((events) => {
    for (const event of events)
      server.publish(`/live/${event.name.split('.')[0]}`, { event: event.name }, { internal: event });
  });
};
