// npm run bench:access [-- --patients N --rounds N]: what asking who somebody is, whether they may, and writing down that they
// did costs a request. GET /api/patients/{id} as it is; the same handler with session, permission, filter, limits and audit
// stubbed out in this process alone; and that one with nothing but the least an entry can be, by itself and in the statement that
// reads the patient, in turn in one run.
import { parseArgs } from 'node:util';
import { fdatasyncSync, openSync, writeSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { idParams, versioned } from '../../core/routes.ts';
import { Patient } from '../../plugins/patients/model.ts';
import { getPatient, patientColumns } from '../../plugins/patients/queries.ts';
import { openBenchHospital } from './hospital.ts';
import { openLeastEntry } from './least-entry.ts';
import { learner } from './learn.ts';
import type { HttpCall } from './load.ts';
import { median, Sender } from './measure.ts';

const { values } = parseArgs({
  options: { patients: { type: 'string', default: '20000' }, rounds: { type: 'string', default: '15' } },
});

const bench = await openBenchHospital(Number(values.patients));
const { server } = bench.hms;
const least = await openLeastEntry(bench);
const db = bench.hms.db(service('bench'));
// Added when the hospital stands, past the check of routes: no setting or header of a running hospital leads here.
const add = (path: string, read: (id: string) => Promise<Patient>) =>
  server.route({
    method: 'GET',
    path: `${path}{id}`,
    options: { auth: false, validate: { params: idParams }, app: { access: 'public', patientData: true } },
    handler: async (request, h) => versioned(h, await read(request.params.id as string)),
  });
add('/bench/stubbed/', (id) => getPatient(db, id));
add('/bench/least/', async (id) => {
  const patient = await getPatient(db, id);
  await least.write(id);
  return patient;
});
add('/bench/joined/', (id) =>
  db.one(sql.type(Patient)`
    with shown as materialized (select ${patientColumns} from patients.patient it where it.id = ${id}),
      noted as (${least.inTheSameStatement})
    select * from shown
  `),
);

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

const measured = () => ({ one: [] as number[], eight: [] as number[] });
const compared = () => ({ time: [] as number[], share: [] as number[], lost: [] as number[] });

const sender = new Sender(Number(server.info.port));
try {
  const clerk = await learner(bench, () => true).as('receptionist');
  const ids = await bench.owner.anyFirst(
    sql.type(z.object({ id: z.string() }))`select id from patients.patient order by md5(id::text) limit 400`,
  );
  const calls = (path: string, headers: Record<string, string>): HttpCall[] =>
    ids.map((id) => ({ method: 'GET', path: `${path}${id}`, headers, expected: 200 }));
  const sides = {
    whole: calls('/api/patients/', clerk),
    least: calls('/bench/least/', {}),
    joined: calls('/bench/joined/', {}),
    stubbed: calls('/bench/stubbed/', {}),
  };
  const names = ['whole', 'least', 'joined', 'stubbed'] as const;
  type Side = (typeof names)[number];
  const each = <T>(make: () => T): Record<Side, T> =>
    Object.fromEntries(names.map((name) => [name, make()])) as Record<Side, T>;

  const added = each(compared);
  const seen = each(measured);
  for (let round = 0; round <= Number(values.rounds); round++) {
    const now = each(() => ({ one: 0, eight: 0 }));
    // Whoever comes first in a round comes last in the next.
    for (const side of round % 2 ? names.toReversed() : names) {
      now[side].one = median((await sender.send(sides[side], 1)).milliseconds);
      now[side].eight = (ids.length / (await sender.send(sides[side], 8)).elapsed) * 1000;
    }
    disk.push(toDisk());
    if (round === 0) continue; // warms up
    for (const side of names) {
      seen[side].one.push(now[side].one);
      seen[side].eight.push(now[side].eight);
      added[side].time.push(now[side].one - now.stubbed.one);
      added[side].share.push(now[side].one / now.stubbed.one - 1);
      added[side].lost.push(1 - now[side].eight / now.stubbed.eight);
    }
  }
  const row = (name: string, side: Side) =>
    `${name.padEnd(38)}${median(seen[side].one).toFixed(2)} ms  ${Math.round(median(seen[side].eight))} /s`;
  const percent = (shares: number[]) => `${(100 * median(shares)).toFixed(0)} %`;
  const difference = ({ time, share, lost }: ReturnType<typeof compared>) =>
    `   + ${median(time).toFixed(2)} ms, ${percent(share)};  ${percent(lost)} fewer`;
  console.log(`
                                      one      eight at once         (aims: + 0.3 ms, 50 %; 15 % fewer)
${row('as it is', 'whole')}${difference(added.whole)}
${row('stubbed, with a least entry', 'least')}${difference(added.least)}
${row('the same in the statement that reads', 'joined')}${difference(added.joined)}
${row('stubbed', 'stubbed')}
one wait for the disk: ${median(disk).toFixed(2)} ms
load average at the end: ${loadavg()
    .map((it) => it.toFixed(1))
    .join(' ')}`);
} finally {
  sender.stop();
  await least.stop();
  await bench.stop();
}
