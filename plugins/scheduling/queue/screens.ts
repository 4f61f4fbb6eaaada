import { PassThrough } from 'node:stream';
import type { Server } from '@hapi/hapi';
import type { Hms } from '../../../core/hms.ts';
import { refuse } from '../../../core/refuse.ts';

const mostScreens = 500;
const beat = 20_000;

const screensOf = new WeakMap<Hms, Set<PassThrough>>();

/** A screen that nobody is signed in at hears "news" when a ticket changes, and asks again. It hears no more than that. */
export const openScreens = (server: Server, hms: Hms): void => {
  const screens = new Set<PassThrough>();
  screensOf.set(hms, screens);
  const tell = (line: string): void => screens.forEach((screen) => void screen.write(line));
  hms.bus.onEvents((events) => {
    if (events.some(({ name }) => /^scheduling\.(ticket|queue)-/.test(name))) tell('data: news\n\n');
  });
  // Proxies close a line on which nothing comes.
  const heart = setInterval(() => tell(': still here\n\n'), beat);
  heart.unref();
  server.ext('onPreStop', () => {
    clearInterval(heart);
    screens.forEach((screen) => screen.end());
  });
};

/** Server-sent events, to the end of the connection. @throws refusal limit_reached */
export const openScreen = (hms: Hms): PassThrough => {
  const screens = screensOf.get(hms);
  if (!screens || screens.size >= mostScreens || hms.stopping) throw refuse('limit_reached', { retryAfter: 30 });
  const screen = new PassThrough();
  screens.add(screen);
  screen.once('close', () => screens.delete(screen));
  screen.write('retry: 2000\n\n');
  return screen;
};
