// The other end of the wire, in a process of its own: sends what it is given and says how long each answer took.
import { Agent, request } from 'node:http';
import { dial, type Line } from '../../plugins/lab-adapter/mllp.ts';

export type Call = HttpCall | MllpCall;
export interface HttpCall {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
  /** Anything else is counted as a mistake. */
  expected: number;
}
/** A message of HL7 v2; anything but AA is counted as a mistake. */
export interface MllpCall {
  message: string;
  /** The door for such messages. */
  port: number;
}
export const isTaken = (answer: string): boolean => /\rMSA\|AA\|/.test(answer);

export interface Order {
  port: number;
  calls: Call[];
  connections: number;
}
export interface Report {
  milliseconds: number[];
  elapsed: number;
  mistakes: string[];
}

const agents = new Map<number, Agent>();
const agentOf = (connections: number): Agent => {
  const agent = agents.get(connections) ?? new Agent({ keepAlive: true, maxSockets: connections });
  agents.set(connections, agent);
  return agent;
};

interface Sent {
  took: number;
  mistake?: string;
}
const send = (port: number, agent: Agent, call: HttpCall): Promise<Sent> =>
  new Promise((resolve, reject) => {
    const begun = performance.now();
    const outgoing = request(
      { host: '127.0.0.1', port, agent, method: call.method, path: call.path, headers: call.headers },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const took = performance.now() - begun;
          const mistake =
            answer.statusCode === call.expected
              ? undefined
              : `${answer.statusCode} ${Buffer.concat(chunks).toString().slice(0, 200)}`;
          resolve(mistake === undefined ? { took } : { took, mistake });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(call.body);
  });

/** A connection for each of those who send at once, kept open as laboratories do. */
const lines = new Map<string, Promise<Line>>();
const sendMessage = async (lane: number, { message, port }: MllpCall): Promise<Sent> => {
  const name = `${String(port)} ${String(lane)}`;
  const opening = lines.get(name) ?? dial({ host: '127.0.0.1', port, secure: false }, 10_000);
  lines.set(name, opening);
  const line = await opening;
  const begun = performance.now();
  const answer = await line.ask(message);
  const took = performance.now() - begun;
  return isTaken(answer) ? { took } : { took, mistake: answer.slice(0, 200) };
};

process.on('message', async ({ port, calls, connections }: Order) => {
  const agent = agentOf(connections);
  const report: Report = { milliseconds: [], elapsed: 0, mistakes: [] };
  const begun = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: connections }, async (_, lane) => {
      for (let call = calls[next++]; call; call = calls[next++]) {
        const { took, mistake } = await ('message' in call ? sendMessage(lane, call) : send(port, agent, call));
        report.milliseconds.push(took);
        if (mistake) report.mistakes.push(mistake);
      }
    }),
  );
  report.elapsed = performance.now() - begun;
  process.send!(report);
});
