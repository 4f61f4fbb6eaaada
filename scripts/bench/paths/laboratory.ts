import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { doorPort } from '../../../plugins/lab-adapter/door.ts';
import { oru } from '../../../test/lab-adapter/oru.ts';
import type { Learner } from '../learn.ts';
import type { MllpCall } from '../load.ts';
import type { Path } from '../measure.ts';
import { forget } from './forget.ts';

const many = 60;
const familyName = 'Measured';
const potassium = '2823-3';

const Patient = z.strictObject({
  id: z.uuid(),
  recordNumber: z.string(),
  familyName: z.string(),
  givenName: z.string(),
  birthDate: z.string().nullable(),
});

/** A result of another laboratory, from the socket to AA, which comes after the commit that has posted it to the chart. */
export const laboratoryPaths = async (learner: Learner): Promise<Path[]> => {
  const { bench, wants, path } = learner;
  if (!wants('oru to chart')) return [];
  const port = doorPort(bench.hms);
  const calls = (await collected(learner)).map(({ patient, accession }, n): MllpCall => ({
    port,
    message: oru({
      controlId: `BENCH${String(n)}`,
      patient,
      accession,
      results: [{ code: potassium, value: '4.1', unit: 'mmol/L' }],
    }),
  }));
  await bench.owner.transaction(remember);
  return [await path('oru to chart', 3, calls, () => bench.owner.transaction(takeBack))];
};

/** One order for each patient, its specimen collected. */
const collected = async ({ bench, as, get, post, send }: Learner) => {
  const [doctor, nurse] = [await as('doctor'), await as('nurse')];
  const found = await send(get('/api/laboratory/orderables?text=potassium&limit=5', doctor));
  const test = (found as { items: { id: string; kind: string }[] }).items.find(({ kind }) => kind === 'test');
  const patients = await bench.owner.any(sql.type(Patient)`
    insert into patients.patient (family_name, given_name, gender, birth_date, phone, city)
    select ${familyName}, 'Bench ' || n, 'other', '1970-01-01', '+49 30 5550 0002', 'Lindenau' from generate_series(1, ${many}) n
    returning id, record_number, family_name, given_name, birth_date
  `);
  const specimens = [];
  for (const patient of patients) {
    const wish = { patientId: patient.id, items: [{ testId: test?.id }], priority: 'routine' };
    const key = { ...doctor, 'idempotency-key': randomUUID() };
    const order = (await send(post('/api/laboratory/orders', key, wish, 201))) as {
      specimens: { id: string; version: number; accession: string }[];
    };
    const [specimen] = order.specimens;
    if (!specimen) throw new Error('The order has no specimen.');
    const read = { ...nurse, 'if-match': `W/"${String(specimen.version)}"` };
    await send(post(`/api/laboratory/specimens/${specimen.id}/collect`, read, {}, 200));
    specimens.push({ patient, accession: specimen.accession });
  }
  return specimens;
};

const Id = z.strictObject({ id: z.uuid() });
const ours = sql.fragment`(select id from patients.patient where family_name = ${familyName})`;

const remember = async (tx: Db): Promise<void> => {
  await tx.query(sql.unsafe`create table bench_result as select * from laboratory.result where patient_id in ${ours}`);
};

/** A verified result never becomes an open one again, so the open one is put back in its place. */
const takeBack = async (tx: Db): Promise<void> => {
  // What waits for a person is acknowledged as well, and would have been measured for nothing.
  const posted = await tx.any(sql.type(Id)`
    delete from lab_adapter.incoming where control_id like 'BENCH%' and state = 'posted' returning id
  `);
  if (posted.length !== many) throw new Error(`Of ${String(many)} results ${String(posted.length)} reached the chart.`);
  await forget(tx);
  await tx.query(sql.unsafe`delete from laboratory.result where patient_id in ${ours}`);
  await tx.query(
    sql.unsafe`delete from core.history where relation = 'laboratory.result' and id in (select id from bench_result)`,
  );
  await tx.query(sql.unsafe`delete from ehr.observation where patient_id in ${ours}`);
  await tx.query(sql.unsafe`insert into laboratory.result select * from bench_result`);
};
