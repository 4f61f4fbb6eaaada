import type { Client } from '@hapi/nes/lib/client';
import { background, bearer, comeBack, hasToken, refresh } from './api.ts';

interface Message {
  /**
   * News, not data: fetch again. `scheduling.appointment-booked`; `reconnected` after a break in the line, when some may have been
   * missed; `subscribed` when it has just opened and there were some so many milliseconds ago.
   */
  event: string;
  ago?: number;
}
type Callback = (message: Message) => void;

/** Each with the moment from which on it wants to know: what it shows was fetched a little before it listens. */
const callbacks = new Map<string, Map<Callback, number>>();
const fetchedBefore = 5000;
/** When something was heard last, by path. */
const heard = new Map<string, number>();
let client: Client | undefined;
let keeping = false;

/** Calls back for each event of a plugin, until the function that it returns is called. */
function on(plugin: string, callback: Callback): () => void {
  const path = `/live/${plugin}`;
  const all = callbacks.get(path) ?? new Map<Callback, number>();
  const since = performance.now() - fetchedBefore;
  callbacks.set(path, all.set(callback, since));
  if (client && all.size === 1) void subscribe(client, path);
  // Another page listened already, and this one was on its way.
  else if (client && (heard.get(path) ?? -Infinity) >= since) queueMicrotask(() => callback({ event: 'subscribed' }));
  void keep();
  return () => {
    all.delete(callback);
    if (all.size > 0) return;
    callbacks.delete(path);
    void client?.unsubscribe(path).catch(() => {});
  };
}

/** Keeps one connection as long as somebody listens. Not nes's own reconnecting: it gives up when the token has run out. */
async function keep() {
  if (keeping) return;
  keeping = true;
  let wait = 1000;
  for (let times = 0; callbacks.size > 0; times++) {
    try {
      const { closed } = await connect();
      wait = 1000;
      if (times > 0)
        for (const all of callbacks.values()) for (const call of all.keys()) call({ event: 'reconnected' });
      await closed;
    } catch (error) {
      // Without live updates pages still show what they have loaded.
      const isOver = (error as { statusCode?: number }).statusCode === 401 && !(await renewed());
      if (isOver && !(await comeBack())) break;
    }
    client = undefined;
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(wait * 2, 30_000);
  }
  keeping = false;
}

/** False when the session is over; a server that does not answer has said nothing of it. */
const renewed = (): Promise<boolean> => refresh().then(Boolean, () => true);

/** Connects and subscribes; `closed` resolves at the end of the connection. */
async function connect(): Promise<{ closed: Promise<void> }> {
  if (!hasToken() && !(await refresh())) throw new Error('Nobody is signed in.');
  // Loaded by the first page that wants it, not by the start page.
  const { default: Nes } = await import('@hapi/nes/lib/client');
  const wire = new Nes.Client(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`);
  wire.onError = () => {};
  const closed = new Promise<void>((resolve) => (wire.onDisconnect = () => resolve()));
  await wire.connect({
    auth: { headers: { authorization: bearer(), ...background } },
    reconnect: false,
    timeout: 10_000,
  });
  client = wire;
  await Promise.all([...callbacks.keys()].map((path) => subscribe(wire, path)));
  return { closed };
}

async function subscribe(wire: Client, path: string) {
  const tell = (it: unknown) => {
    const message = it as Message;
    const at = performance.now() - (message.ago ?? 0);
    heard.set(path, at);
    for (const [call, since] of callbacks.get(path) ?? []) if (at >= since) call(message);
  };
  // Refused when the plugin is off or the role may not see it; the page then lives without.
  await wire.subscribe(path, tell).catch(() => {});
}

/** At the end of the session. */
function close() {
  callbacks.clear();
  void client?.disconnect();
}

export const live = { on, close };
