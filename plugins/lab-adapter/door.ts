import { service } from '../../core/actor.ts';
import type { Db } from '../../core/database.ts';
import type { Hms } from '../../core/hms.ts';
import type { Service } from '../../core/plugin.ts';
import { answerFrame, type Where } from './incoming.ts';
import { listen, type Listener } from './mllp.ts';
import { shortConnections } from './queries/connections.ts';
import { doorOf } from './settings.ts';

const listening = new WeakMap<Hms, Listener>();
const tryAgainAfter = 2_000;

/** Where this process listens; 0 where it does not. */
export const doorPort = (hms: Hms): number => listening.get(hms)?.port ?? 0;

const newFor = 2_000;

/** How the laboratory is called, asked for again after a while: somebody may have renamed it. */
const naming = async (db: Db): Promise<() => Promise<Where>> => {
  const ask = async (): Promise<Where> => {
    const it = (await shortConnections(db)).find(({ kind }) => kind === 'mllp');
    if (!it) throw new Error('The laboratory connections are missing.');
    return { connectionId: it.id, laboratory: it.name };
  };
  let known = await ask();
  let askedAt = performance.now();
  return async () => {
    if (performance.now() - askedAt > newFor) {
      known = await ask().catch(() => known);
      askedAt = performance.now();
    }
    return known;
  };
};

/**
 * Results arrive here. Where the port is taken the hospital opens all the same, says so in its log, and tries again: in
 * production it is not ready until it has it.
 */
export const door: Service = {
  async start(hms) {
    const db = hms.db(service('lab-adapter'));
    const named = await naming(db);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    const open = async (): Promise<void> => {
      try {
        const listener = await listen(doorOf(hms.config), async (frame) => answerFrame(hms, db, frame, await named()));
        if (stopped) await listener.stop();
        else listening.set(hms, listener);
      } catch (error) {
        hms.log.warn(
          { code: (error as { code?: string }).code },
          'the port for laboratory results cannot be opened, will be tried again',
        );
        if (!stopped) timer = setTimeout(() => void open(), tryAgainAfter);
      }
    };
    await open();
    return {
      healthy: () => !hms.config.production || listening.has(hms),
      async stop() {
        stopped = true;
        clearTimeout(timer);
        await listening.get(hms)?.stop();
        listening.delete(hms);
      },
    };
  },
};
