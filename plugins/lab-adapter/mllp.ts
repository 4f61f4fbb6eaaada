import { connect as connectPlain, createServer as createPlain, type AddressInfo, type Server, type Socket } from 'node:net'; // prettier-ignore
import { connect as connectSecure, createServer as createSecure } from 'node:tls';
import type { Address, Door } from './settings.ts';

// MLLP: <VT> message <FS> <CR>. What is between frames is noise; one message a frame.
const vt = 0x0b;
const fs = 0x1c;
export const longest = 1_048_576;
const idleFor = 300_000;
const mostConnections = 64;

export const framed = (message: string): Buffer =>
  Buffer.concat([Buffer.of(vt), Buffer.from(message), Buffer.of(fs, 0x0d)]);

/** A message as it came, or what was wrong with its frame and what there was of it. */
export interface Frame {
  body: Buffer;
  fault?: 'frame-cut' | 'frame-too-long';
}

/** Puts frames together from pieces as the network gives them: split anywhere, or several at once. */
export const frameReader = (limit = longest): ((piece: Buffer) => Frame[]) => {
  let parts: Buffer[] = [];
  let size = 0;
  let inside = false;
  let tooLong = false;
  const take = (piece: Buffer) => {
    size += piece.length;
    if (size > limit) tooLong = true;
    // Of what is too long only the beginning is kept: it says whose it is.
    else parts.push(piece);
  };
  const end = (fault?: Frame['fault']): Frame => {
    const wrong = tooLong ? 'frame-too-long' : fault;
    const frame = { body: Buffer.concat(parts), ...(wrong && { fault: wrong }) };
    parts = [];
    size = 0;
    inside = tooLong = false;
    return frame;
  };
  return (piece) => {
    const frames: Frame[] = [];
    let rest = piece;
    while (rest.length > 0) {
      if (!inside) {
        const start = rest.indexOf(vt);
        if (start < 0) break;
        inside = true;
        rest = rest.subarray(start + 1);
        continue;
      }
      const [stop, again] = [rest.indexOf(fs), rest.indexOf(vt)];
      const at = stop < 0 ? again : again < 0 ? stop : Math.min(stop, again);
      take(at < 0 ? rest : rest.subarray(0, at));
      if (at < 0) break;
      frames.push(end(at === again ? 'frame-cut' : undefined));
      inside = at === again;
      rest = rest.subarray(at + 1);
    }
    return frames;
  };
};

export interface Listener {
  port: number;
  connections: () => number;
  stop: () => Promise<void>;
}

/** Answers each frame in turn; the next one is read when the answer is written. */
export const listen = async (door: Door, answer: (frame: Frame) => Promise<string>): Promise<Listener> => {
  const sockets = new Set<Socket>();
  const serve = async (socket: Socket): Promise<void> => {
    const read = frameReader();
    for await (const piece of socket)
      for (const frame of read(piece as Buffer)) {
        if (!socket.write(framed(await answer(frame))))
          await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve));
      }
  };
  const arrived = (socket: Socket) => {
    socket.on('error', () => socket.destroy());
    const from = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    if (door.peers && !door.peers.has(from)) return void socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.setTimeout(idleFor, () => socket.destroy());
    socket.setNoDelay(true);
    serve(socket).catch(() => socket.destroy());
  };
  const server: Server = door.tls ? createSecure(door.tls, arrived) : createPlain(arrived);
  server.maxConnections = mostConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(door.port, door.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.size,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};

export interface Line {
  /** One at a time. @throws when there is no answer in time, or the line breaks: then nobody knows whether it has arrived */
  ask: (message: string) => Promise<string>;
  close: () => void;
}

export const dial = async ({ host, port, secure }: Address, patience: number): Promise<Line> => {
  const socket = secure ? connectSecure({ host, port, servername: host }) : connectPlain({ host, port });
  const read = frameReader();
  let waiting: { resolve: (answer: string) => void; reject: (error: Error) => void } | undefined;
  const fail = (error: Error) => {
    socket.destroy();
    waiting?.reject(error);
    waiting = undefined;
  };
  const within = <T>(work: (resolve: (value: T) => void, reject: (error: Error) => void) => void): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => fail(new Error('no answer in time')), patience);
      const settled = () => clearTimeout(timer);
      work(
        (value) => (settled(), resolve(value)),
        (error) => (settled(), reject(error)),
      );
    });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the line was closed')));
  socket.on('data', (piece) => {
    for (const { body, fault } of read(piece as Buffer)) {
      if (fault || !waiting) continue;
      waiting.resolve(body.toString('utf8'));
      waiting = undefined;
    }
  });
  await within<void>((resolve, reject) => {
    waiting = { resolve: () => resolve(), reject };
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      waiting = undefined;
      resolve();
    });
  });
  return {
    ask: (message) =>
      within((resolve, reject) => {
        if (socket.destroyed) return reject(new Error('the line was closed'));
        waiting = { resolve, reject };
        socket.write(framed(message));
      }),
    close: () => socket.destroy(),
  };
};
