import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { replay, type Statement } from './capture.ts';
import type { Call, Order, Report } from './load.ts';

export interface Path {
  name: string;
  /** At most this many times its baseline. */
  aim: number;
  calls: Call[];
  /** What each call sent to the database, in the order of `calls`. */
  statements: Statement[][];
  /** Takes back what a round has written, so that the next can write it again. */
  undo?: () => Promise<void>;
}

export interface Measured {
  name: string;
  aim: number;
  statements: number;
  /** Medians over the rounds, in milliseconds: one at a time. */
  http: number;
  baseline: number;
  /** A second, with eight at once. */
  httpRate: number;
  baselineRate: number;
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

export class Sender {
  private readonly child: ChildProcess = fork(fileURLToPath(new URL('load.ts', import.meta.url)));
  private readonly port: number;
  constructor(port: number) {
    this.port = port;
  }
  send(calls: Call[], connections: number): Promise<Report> {
    return new Promise((resolve, reject) => {
      this.child.once('message', (report: Report) =>
        report.mistakes.length > 0
          ? reject(new Error(`${report.mistakes.length} wrong answers: ${report.mistakes[0]}`))
          : resolve(report),
      );
      this.child.send({ port: this.port, calls, connections } satisfies Order);
    });
  }
  stop(): void {
    this.child.kill();
  }
}

/** Text → name of the prepared statement, for all connections of the run. */
const names = new Map<string, string>();

const replayAll = async (pool: pg.Pool, scripts: readonly (readonly Statement[])[], connections: number) => {
  const milliseconds: number[] = [];
  const begun = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let script = scripts[next++]; script; script = scripts[next++]) {
        const started = performance.now();
        const client = await pool.connect();
        try {
          await replay(client, script, names);
        } finally {
          client.release();
        }
        milliseconds.push(performance.now() - started);
      }
    }),
  );
  return { milliseconds, elapsed: performance.now() - begun };
};

/** Both sides in turn, round by round, so that what else the machine does hits both. The first round warms up and does not count. */
export const measure = async (path: Path, sender: Sender, pool: pg.Pool, rounds: number): Promise<Measured> => {
  const seen = {
    http: [] as number[],
    baseline: [] as number[],
    httpRate: [] as number[],
    baselineRate: [] as number[],
  };
  for (let round = 0; round <= rounds; round++) {
    const results = [];
    for (const connections of [1, 8]) {
      const http = await sender.send(path.calls, connections);
      await path.undo?.();
      const baseline = await replayAll(pool, path.statements, connections);
      await path.undo?.();
      results.push({ http, baseline });
    }
    if (round === 0) continue;
    const [one, eight] = results as [(typeof results)[0], (typeof results)[0]];
    seen.http.push(median(one.http.milliseconds));
    seen.baseline.push(median(one.baseline.milliseconds));
    seen.httpRate.push((path.calls.length / eight.http.elapsed) * 1000);
    seen.baselineRate.push((path.calls.length / eight.baseline.elapsed) * 1000);
  }
  const statements = Math.round(
    path.statements.reduce((sum, script) => sum + script.length, 0) / path.statements.length,
  );
  return {
    name: path.name,
    aim: path.aim,
    statements,
    http: median(seen.http),
    baseline: median(seen.baseline),
    httpRate: median(seen.httpRate),
    baselineRate: median(seen.baselineRate),
  };
};
