import type pg from 'pg';
import { demoPassword } from '../../plugins/auth/demo.ts';
import { captureStatements } from './capture.ts';
import type { Bench } from './hospital.ts';
import { dial } from '../../plugins/lab-adapter/mllp.ts';
import { isTaken, type Call, type HttpCall, type MllpCall } from './load.ts';
import type { Path } from './measure.ts';

type Headers = Record<string, string>;
const json = { 'content-type': 'application/json' };

/** What a path is made with: calls of somebody who is signed in, and what each of them asks of the database. */
export interface Learner {
  bench: Bench;
  /** Whether this path was asked for; one that was not is not prepared either. */
  wants: (name: string) => boolean;
  as: (role: string) => Promise<Headers>;
  get: (path: string, as: Headers) => HttpCall;
  post: (path: string, as: Headers, body: unknown, expected: number) => HttpCall;
  /** Sends each call once, keeps what it asked of the database, and takes it back. */
  path: (name: string, aim: number, calls: Call[], undo?: () => Promise<void>) => Promise<Path>;
  /** Sends a call that is not measured. */
  send: (call: HttpCall) => Promise<unknown>;
}

/** The pools that serve requests set a lock time-out; the job queue's does not. */
const isRequestConnection = (client: pg.Client): boolean =>
  (client as unknown as { connectionParameters: { options?: string } }).connectionParameters.options?.includes(
    'lock_timeout',
  ) ?? false;

/** Who somebody is, a person or a laboratory, is asked once a second or two and is no part of a path. */
const isWhoAsks = (statement: string): boolean =>
  /auth\.session|auth\."user"|from lab_adapter\.connection/.test(statement);

const deliver = async ({ message, port }: MllpCall): Promise<void> => {
  const line = await dial({ host: '127.0.0.1', port, secure: false }, 10_000);
  const answer = await line.ask(message).finally(() => line.close());
  if (!isTaken(answer)) throw new Error(`${message.slice(0, 100)}: ${answer}`);
};

export const learner = (bench: Bench, wants: Learner['wants']): Learner => {
  const capture = captureStatements(isRequestConnection);
  const url = `http://127.0.0.1:${bench.hms.server.info.port}`;
  const tokens = new Map<string, Promise<Headers>>();

  const send: Learner['send'] = async ({ method, path, headers, body, expected }) => {
    const answer = await fetch(url + path, { method, headers, ...(body ? { body } : {}) });
    const text = await answer.text();
    if (answer.status !== expected) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
    return JSON.parse(text) as unknown;
  };
  const signIn = async (username: string): Promise<Headers> => {
    const headers = { ...json };
    const body = JSON.stringify({ username, password: demoPassword });
    const answer = await send({ method: 'POST', path: '/api/auth/login', headers, body, expected: 200 });
    return { authorization: `Bearer ${(answer as { accessToken: string }).accessToken}` };
  };
  const post: Learner['post'] = (path, as, body, expected) => ({
    method: 'POST',
    path,
    headers: { ...as, ...json },
    body: JSON.stringify(body),
    expected,
  });

  return {
    bench,
    wants,
    send,
    post,
    get: (path, headers) => ({ method: 'GET', path, headers, expected: 200 }),
    as(role) {
      const known = tokens.get(role) ?? signIn(role);
      tokens.set(role, known);
      return known;
    },
    async path(name, aim, calls, undo) {
      const statements: Path['statements'] = [];
      for (const call of calls) {
        await new Promise((resolve) => setTimeout(resolve, 3));
        capture.begin();
        await ('message' in call ? deliver(call) : send(call));
        statements.push(capture.end().filter(({ text }) => !isWhoAsks(text)));
      }
      await undo?.();
      return { name, aim, calls, statements, ...(undo ? { undo } : {}) };
    },
  };
};
