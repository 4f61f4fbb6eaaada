import type { Server } from '@hapi/hapi';
import { service } from '../../../core/actor.ts';
import type { Hms } from '../../../core/hms.ts';
import { writeUses } from './queries.ts';
import { limitsOf } from './settings.ts';

const uses = new WeakMap<Hms, Map<string, number>>();

/** Kept here for a moment and written with those of other sessions: no request waits for it. */
export const noteUse = (hms: Hms, sessionId: string): void => void uses.get(hms)?.set(sessionId, Date.now());

/** When this session was last used here, if that is not written yet. */
export const unwrittenUse = (hms: Hms, sessionId: string): number | undefined => uses.get(hms)?.get(sessionId);

export const keepUses = (server: Server, hms: Hms): void => {
  const waiting = new Map<string, number>();
  uses.set(hms, waiting);
  const write = async (): Promise<void> => {
    if (waiting.size === 0) return;
    const now = new Map(waiting);
    await writeUses(hms.db(service('auth')), now);
    for (const [id, at] of now) if (waiting.get(id) === at) waiting.delete(id);
  };
  const say = (error: unknown) =>
    hms.log.warn({ err: error as Error }, 'the use of sessions could not be written down');
  const idle = Math.min(limitsOf(hms, false).idle, limitsOf(hms, true).idle);
  const timer = setInterval(() => void write().catch(say), Math.min(2_000, idle * 50));
  server.ext('onPostStop', async () => {
    clearInterval(timer);
    await write().catch(say);
  });
};
