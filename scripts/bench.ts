// npm run bench [-- --patients N --rounds N --only booking,claim]: what each hot path costs beyond its own SQL. Both sides are
// measured in one run: the request over HTTP, and every statement that it sends (audit, outbox and idempotency included)
// through prepared pg with as many connections. Machines are noisy, ratios hold.
import { parseArgs } from 'node:util';
import pg from 'pg';
import { openBenchHospital } from './bench/hospital.ts';
import { learner } from './bench/learn.ts';
import type { Call } from './bench/load.ts';
import { measure, Sender, type Measured } from './bench/measure.ts';
import { pathsOf } from './bench/paths/index.ts';

const { values } = parseArgs({
  options: {
    patients: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '7' },
    only: { type: 'string' },
  },
});
const only = values.only?.split(',');

const table = (rows: Measured[], empty: { http: number; rate: number }): string => {
  const cell = (text: string | number, width: number) => String(text).padStart(width);
  const head = `${'path'.padEnd(22)}${cell('SQL', 5)}${cell('http ms', 10)}${cell('pg ms', 9)}${cell('ratio', 8)}${cell('aim', 6)}${cell('http/s ×8', 12)}${cell('pg/s ×8', 10)}${cell('ratio', 8)}`;
  const lines = rows.map(
    (it) =>
      `${it.name.padEnd(22)}${cell(it.statements, 5)}${cell(it.http.toFixed(2), 10)}${cell(it.baseline.toFixed(2), 9)}${cell((it.http / it.baseline).toFixed(2), 8)}${cell(it.aim, 6)}${cell(Math.round(it.httpRate), 12)}${cell(Math.round(it.baselineRate), 10)}${cell((it.baselineRate / it.httpRate).toFixed(2), 8)}`,
  );
  return [
    head,
    ...lines,
    `${'empty hapi route'.padEnd(22)}${cell(0, 5)}${cell(empty.http.toFixed(2), 10)}${cell('', 9)}${cell('', 8)}${cell('', 6)}${cell(Math.round(empty.rate), 12)}`,
  ].join('\n');
};

const bench = await openBenchHospital(Number(values.patients));
const sender = new Sender(Number(bench.hms.server.info.port));
const pool = new pg.Pool({ connectionString: bench.hms.urls.app, max: 8 });
try {
  const rows: Measured[] = [];
  for (const path of await pathsOf(learner(bench, (name) => !only || only.some((word) => name.includes(word))))) {
    console.log(`measuring ${path.name}`);
    rows.push(await measure(path, sender, pool, Number(values.rounds)));
  }
  const nothing = Array.from({ length: 300 }, (): Call => ({
    method: 'GET',
    path: '/health/live',
    headers: {},
    expected: 200,
  }));
  await sender.send(nothing, 8);
  const one = await sender.send(nothing, 1);
  const eight = await sender.send(nothing, 8);
  const empty = { http: one.milliseconds.sort((a, b) => a - b)[150] ?? 0, rate: (300 / eight.elapsed) * 1000 };
  console.log(`\n${table(rows, empty)}`);
} finally {
  sender.stop();
  await pool.end();
  await bench.stop();
}
