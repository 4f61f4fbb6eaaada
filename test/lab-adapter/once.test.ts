import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { isPlatform } from '../../core/loader.ts';
import { dial, type Line } from '../../plugins/lab-adapter/mllp.ts';
import { potassium } from '../laboratory/bench.ts';
import { startHouse, told, type House } from './house.ts';
import { oru } from './oru.ts';

const test = suite('lab-adapter: once, whatever happens');
const orders = 1000;
const deliveries = 3;
const connections = 4;
/** The server dies when so many messages have been acknowledged. */
const deaths = [300, 900, 2000];

interface Ordered {
  accession: string;
  recordNumber: string;
}
/** That many patients, each with a potassium that was collected. */
const prepare = (house: House): Promise<readonly Ordered[]> =>
  house.db.transaction(async (tx) => {
    await tx.query(sql.unsafe`
      create temp table wanted on commit drop as
      select uuidv7() as patient_id, uuidv7() as request_id, uuidv7() as specimen_id, uuidv7() as requisition_id, n from generate_series(1, ${orders}) n
    `);
    await tx.query(sql.unsafe`
      insert into patients.patient (id, family_name, given_name, birth_date, gender) select patient_id, 'Many', n::text, '1980-01-01', 'female' from wanted
    `);
    await tx.query(sql.unsafe`
      insert into laboratory.service_request (id, requisition_id, patient_id, priority, test_id, code_system, code, display, authored_at)
      select w.request_id, w.requisition_id, w.patient_id, 'routine', t.id, 'http://loinc.org', t.loinc, t.display, core.now()
      from wanted w join laboratory.test t on t.loinc = ${potassium}
    `);
    await tx.query(sql.unsafe`
      insert into laboratory.diagnostic_report (service_request_id, ours, patient_id, category, code_system, code, display)
      select request_id, true, patient_id, 'LAB', 'http://loinc.org', ${potassium}, 'Potassium' from wanted
    `);
    await tx.query(sql.unsafe`
      insert into laboratory.specimen (id, requisition_id, accession, patient_id, container_code, status, collected_at)
      select specimen_id, requisition_id, laboratory.accession(nextval('laboratory.accession_seq')), patient_id, 'SST', 'available', core.now() from wanted
    `);
    await tx.query(sql.unsafe`
      insert into laboratory.result (service_request_id, specimen_id, test_id, patient_id, sent_to)
      select w.request_id, w.specimen_id, t.id, w.patient_id, 'Reference laboratory' from wanted w join laboratory.test t on t.loinc = ${potassium}
    `);
    return tx.any(sql.type(z.strictObject({ accession: z.string(), recordNumber: z.string() }))`
      select s.accession, p.record_number from wanted w join laboratory.specimen s on s.id = w.specimen_id join patients.patient p on p.id = w.patient_id order by w.n
    `);
  });

/** The same every time. */
const shuffled = <T>(list: readonly T[]): T[] => {
  const all = [...list];
  let seed = 20260302;
  for (let n = all.length - 1; n > 0; n -= 1) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    const other = seed % (n + 1);
    [all[n], all[other]] = [all[other]!, all[n]!];
  }
  return all;
};

test('1,000 results, each delivered three times over four connections to a server that is killed: 1,000 results', async () => {
  const port = 20_000 + ((process.pid + 7) % 20_000);
  // This process answers requests only: results arrive at workers that die.
  const house = await startHouse({ OPENWARD_ROLE: 'web' }, []);
  const names = house.hms.plugins.filter((plugin) => !isPlatform(plugin)).map(({ name }) => name);
  const env = { OPENWARD_ROLE: 'worker', OPENWARD_MLLP_PORT: String(port) };
  const worker = async (): Promise<ChildProcess> => {
    const child = fork(join(import.meta.dirname, '../worker.ts'), {
      env: { ...process.env, WORKER: JSON.stringify({ urls: house.hms.urls, env, names }) },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    return child;
  };
  let child: ChildProcess | undefined;
  try {
    const wanted = await prepare(house);
    const messages = wanted.map(({ accession, recordNumber }, n) => ({
      controlId: `ONCE-${String(n)}`,
      text: oru({
        controlId: `ONCE-${String(n)}`,
        patient: { recordNumber },
        accession,
        results: [{ code: potassium, value: (3.6 + (n % 40) / 10).toFixed(1), unit: 'mmol/L' }],
      }),
    }));
    const queue = shuffled(Array.from({ length: deliveries }, () => messages).flat());
    const kept = new Set<string>();
    let acknowledged = 0;
    const isKept = () =>
      house.db.anyFirst(
        sql.type(
          z.strictObject({ controlId: z.string() }),
        )`select control_id from lab_adapter.incoming where state = 'posted'`,
      );

    child = await worker();
    let reborn: Promise<void> = Promise.resolve();
    const die = async (): Promise<void> => {
      const told = [...kept];
      child?.kill('SIGKILL');
      await once(child!, 'exit');
      const there = new Set(await isKept());
      assert.ok(
        told.every((id) => there.has(id)),
        'what was acknowledged is kept',
      );
      child = await worker();
    };
    /** One connection: a message is sent until it is acknowledged. */
    const deliver = async (): Promise<void> => {
      let line: Line | undefined;
      for (let next = queue.pop(); next; next = queue.pop()) {
        for (let isAnswered = false; !isAnswered;) {
          try {
            line ??= await dial({ host: '127.0.0.1', port, secure: false }, 10_000);
            const { code, controlId } = told(await line.ask(next.text));
            assert.equal([code, controlId], ['AA', next.controlId]);
            isAnswered = true;
          } catch (error) {
            line?.close();
            line = undefined;
            if ((error as { code?: string }).code === 'ERR_ASSERTION' || (error as Error).name === 'Assertion')
              throw error;
            await reborn;
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }
        kept.add(next.controlId);
        acknowledged += 1;
        if (acknowledged === deaths[0]) {
          deaths.shift();
          reborn = die();
          await reborn;
        }
      }
      line?.close();
    };
    await Promise.all(Array.from({ length: connections }, deliver));

    assert.equal([acknowledged, kept.size, deaths.length], [orders * deliveries, orders, 0]);
    const counts = await house.db.one(sql.type(
      z.strictObject({
        posted: z.int(),
        others: z.int(),
        results: z.int(),
        observations: z.int(),
        corrections: z.int(),
      }),
    )`
      select (select count(*)::int from lab_adapter.incoming where state = 'posted') as posted, (select count(*)::int from lab_adapter.incoming where state <> 'posted') as others,
        (select count(*)::int from laboratory.result where status = 'verified') as results, (select count(*)::int from ehr.observation) as observations,
        (select count(*)::int from laboratory.correction) as corrections
    `);
    assert.equal(counts, { posted: orders, others: 0, results: orders, observations: orders, corrections: 0 });
    await house.holds();
  } finally {
    if (child?.exitCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await house.stop();
  }
});
test.run();
