// npm run bench:access [-- --patients N --rounds N]: what asking who somebody is, whether they may, and writing down that they
// did costs a request. GET /api/patients/{id} as it is, and the same handler with session, permission, filter, limits and audit
// stubbed out in this process alone, in turn in one run.
import { parseArgs } from 'node:util';
import { fdatasyncSync, openSync, writeSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { idParams, versioned } from '../../core/routes.ts';
import { getPatient } from '../../plugins/patients/api.ts';
import { openBenchHospital } from './hospital.ts';
import { learner } from './learn.ts';
import type { HttpCall } from './load.ts';
import { median, Sender } from './measure.ts';

const { values } = parseArgs({
  options: { patients: { type: 'string', default: '20000' }, rounds: { type: 'string', default: '15' } },
});

const bench = await openBenchHospital(Number(values.patients));
const { server } = bench.hms;
// Added when the hospital stands, past the check of routes: no setting or header of a running hospital leads here.
server.route({
  method: 'GET',
  path: '/bench/patients/{id}',
  options: { auth: false, validate: { params: idParams }, app: { access: 'public', patientData: true } },
  handler: async (request, h) =>
    versioned(h, await getPatient(bench.hms.db(service('bench')), request.params.id as string)),
});

/** How long 8 kB take to be on this disk: each entry of the audit waits for that once. */
const file = openSync(join(bench.home, 'disk'), 'w');
const page = Buffer.alloc(8192);
const toDisk = (): number =>
  median(
    Array.from({ length: 20 }, () => {
      const begun = performance.now();
      writeSync(file, page, 0, page.length, 0);
      fdatasyncSync(file);
      return performance.now() - begun;
    }),
  );
const disk: number[] = [];

const sender = new Sender(Number(server.info.port));
try {
  const clerk = await learner(bench, () => true).as('receptionist');
  const ids = await bench.owner.anyFirst(
    sql.type(z.object({ id: z.string() }))`select id from patients.patient order by md5(id::text) limit 400`,
  );
  const calls = (path: string, headers: Record<string, string>): HttpCall[] =>
    ids.map((id) => ({ method: 'GET', path: `${path}${id}`, headers, expected: 200 }));
  const sides = { whole: calls('/api/patients/', clerk), stubbed: calls('/bench/patients/', {}) };

  const seen = { whole: { one: [], eight: [] }, stubbed: { one: [], eight: [] } } as Record<
    keyof typeof sides,
    { one: number[]; eight: number[] }
  >;
  const pairs: { added: number; share: number; lost: number }[] = [];
  for (let round = 0; round <= Number(values.rounds); round++) {
    const now = { whole: { one: 0, eight: 0 }, stubbed: { one: 0, eight: 0 } };
    // Whoever comes first in a round comes second in the next.
    for (const side of round % 2 ? (['stubbed', 'whole'] as const) : (['whole', 'stubbed'] as const)) {
      now[side].one = median((await sender.send(sides[side], 1)).milliseconds);
      now[side].eight = (ids.length / (await sender.send(sides[side], 8)).elapsed) * 1000;
    }
    disk.push(toDisk());
    if (round === 0) continue; // warms up
    for (const side of ['whole', 'stubbed'] as const) {
      seen[side].one.push(now[side].one);
      seen[side].eight.push(now[side].eight);
    }
    pairs.push({
      added: now.whole.one - now.stubbed.one,
      share: now.whole.one / now.stubbed.one - 1,
      lost: 1 - now.whole.eight / now.stubbed.eight,
    });
  }
  const of = (key: 'added' | 'share' | 'lost') => median(pairs.map((pair) => pair[key]));
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  console.log(`
                 one at a time        eight at once
as it is         ${median(seen.whole.one).toFixed(2)} ms              ${Math.round(median(seen.whole.eight))} /s
stubbed          ${median(seen.stubbed.one).toFixed(2)} ms              ${Math.round(median(seen.stubbed.eight))} /s
difference       ${of('added').toFixed(2)} ms, ${percent(of('share'))}        ${percent(of('lost'))} fewer      (aims: 0.3 ms, 50 %; 15 %)
of the difference, one wait for the disk: ${median(disk).toFixed(2)} ms
load average at the end: ${loadavg()
    .map((it) => it.toFixed(1))
    .join(' ')}`);
} finally {
  sender.stop();
  await bench.stop();
}
