import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface Mail {
  to: string[];
  headers: Map<string, string>;
  source: string;
  text: string;
  /** The file that came with it, for calendar programs. */
  calendar: string | null;
}

export interface MailServer {
  url: string;
  mails: Mail[];
  /** The next answers: an SMTP code to refuse the recipient with; none left: taken. */
  refusals: number[];
  stop: () => Promise<void>;
}

/** A real SMTP server on loopback. */
export const openMailServer = async (): Promise<MailServer> => {
  const mails: Mail[] = [];
  const refusals: number[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo(_address, _session, callback) {
      const code = refusals.shift();
      callback(code === undefined ? null : Object.assign(new Error('refused for a reason'), { responseCode: code }));
    },
    onData(stream, session, callback) {
      void text(stream).then((source) => {
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          headers: headersOf(source),
          source,
          text: textOf(partsOf(source)[0]!),
          calendar: calendarOf(source),
        });
        callback(null);
      });
    },
  });
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    refusals,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
};

/** Of several parts each, with its own head; of a plain letter itself. */
const partsOf = (source: string): string[] => {
  const [, boundary] = /boundary="?([^";]+)/.exec(headersOf(source).get('content-type') ?? '') ?? [];
  return boundary === undefined
    ? [source]
    : source
        .split(`--${boundary}`)
        .slice(1, -1)
        .map((part) => part.replace(/^\r\n|\r\n$/g, ''));
};
const calendarOf = (source: string): string | null => {
  const part = partsOf(source).find((it) => headersOf(it).get('content-type')?.startsWith('text/calendar'));
  return part === undefined ? null : textOf(part);
};

/** The body, decoded. */
const textOf = (source: string): string => {
  const body = source.slice(source.indexOf('\r\n\r\n') + 4);
  const encoding = headersOf(source).get('content-transfer-encoding');
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  if (encoding !== 'quoted-printable') return body;
  const bytes = body
    .replaceAll('=\r\n', '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
};

const headersOf = (source: string): Map<string, string> => {
  const [head = ''] = source.split('\r\n\r\n');
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
};

export interface Sms {
  to: string;
  text: string;
  reference: string;
}

export interface Gateway {
  url: string;
  token: string;
  /** Every request that carried a message, in order. */
  asked: Sms[];
  /** What it took, by reference: the same twice is one SMS. */
  taken: Map<string, Sms>;
  /** Answers a request; without one it takes everything. */
  answer: ((sms: Sms, response: ServerResponse) => boolean) | undefined;
  stop: () => Promise<void>;
}

/** An SMS gateway on loopback, which knows a reference again. */
export const openGateway = async (): Promise<Gateway> => {
  const gateway = { token: 'gateway-token-0123456789', asked: [], taken: new Map() } as unknown as Gateway;
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    if (request.headers.authorization !== `Bearer ${gateway.token}`) return void response.writeHead(401).end();
    const sms = JSON.parse(body) as Sms;
    gateway.asked.push(sms);
    if (gateway.answer?.(sms, response)) return;
    gateway.taken.set(sms.reference, sms);
    response
      .writeHead(202, { 'content-type': 'application/json' })
      .end(JSON.stringify({ id: `sms-${gateway.taken.size}` }));
  };
  const server = createServer((request, response) => void handle(request, response).catch(() => response.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  gateway.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/messages`;
  gateway.stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return gateway;
};
