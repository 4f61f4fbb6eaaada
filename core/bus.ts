import pg from 'pg';
import type { Announced } from './database.ts';
import type { Log } from './log.ts';

/** Tells every process of the deployment what was committed. Nothing is lost without it: the relay also polls. */
export interface Bus {
  announce: (events: readonly Announced[]) => void;
  /** Called in every process, this one included. */
  onEvents: (listener: (events: readonly Announced[]) => void) => void;
  stop: () => Promise<void>;
}

const channel = 'openward_event';
/** NOTIFY takes less than 8,000 bytes. */
const mostPerNotice = 40;

/** One connection that listens and notifies, outside business transactions: NOTIFY inside one serialises commits. */
export const openBus = async (url: string, log: Log): Promise<Bus> => {
  const listeners: ((events: readonly Announced[]) => void)[] = [];
  let waiting: Announced[] = [];
  let stopped = false;
  let client: pg.Client | undefined;

  const connect = async (): Promise<void> => {
    const next = new pg.Client({ connectionString: url, keepAlive: true });
    next.on('error', (error) => {
      log.warn({ code: (error as { code?: string }).code }, 'the event connection was lost');
      if (client === next) client = undefined;
      retry();
    });
    next.on('notification', ({ payload }) => {
      const events = (JSON.parse(payload ?? '[]') as [string, string, Announced['only']?][]).map(
        ([name, subjectId, only]) => ({ name, subjectId, ...(only ? { only } : {}) }),
      );
      for (const listener of listeners) listener(events);
    });
    await next.connect();
    await next.query(`listen ${channel}`);
    client = next;
  };
  const retry = (): void => {
    if (stopped || client) return;
    setTimeout(() => {
      if (!stopped && !client) connect().catch(retry);
    }, 1000).unref();
  };
  await connect();

  let sent: Promise<unknown> = Promise.resolve();
  const flush = (): void => {
    const events = waiting;
    waiting = [];
    for (let at = 0; at < events.length; at += mostPerNotice) {
      const notice = JSON.stringify(
        events
          .slice(at, at + mostPerNotice)
          .map(({ name, subjectId, only }) => (only ? [name, subjectId, only] : [name, subjectId])),
      );
      sent = sent.then(() => client?.query('select pg_notify($1, $2)', [channel, notice])).catch(() => {}); // the relay polls anyway
    }
  };

  return {
    announce(events) {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push(...events);
    },
    onEvents: (listener) => void listeners.push(listener),
    async stop() {
      stopped = true;
      await client?.end();
    },
  };
};
