import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { invariants } from '../../plugins/laboratory/invariants.ts';
import { etag } from '../ehr/ward.ts';
import { haemoglobin, potassium, startBench, type Bench } from './bench.ts';

const test = suite<{ bench: Bench }>('laboratory: results');
test.before(async (at) => {
  at.bench = await startBench(['billing']);
});
test.after((at) => at.bench?.stop());
test.after.each(async ({ bench }) => {
  await bench.settle();
  for (const [rule, query] of Object.entries(invariants)) assert.equal(await bench.db.any(query), [], rule);
});

const chart = async ({ nurse }: Bench, patientId: string) =>
  (await nurse.get(`/api/patients/${patientId}/record`)).body.results;

test('a value reaches the chart when it is verified, not before', async ({ bench }) => {
  const at = await bench.visit();
  const order = await bench.order(at, ['ELEC']);
  const [specimen] = await bench.toBench(order);
  assert.ok(specimen);
  const { body: entered } = await bench.enter(specimen, { [potassium]: '5.6', '2951-2': '140' });
  assert.is((await chart(bench, at.patientId)).total, 0);
  const seen = async () => (await bench.doctor.get(`/api/laboratory/orders/${order.body.id}`)).body.requests[0];
  const before = await seen();
  assert.equal(
    [before.reportStatus, before.results.map((it: { value: null }) => it.value)],
    ['preliminary', [null, null, null, null]],
  );

  const verified = await bench.verify(entered);
  assert.is(verified.status, 200, JSON.stringify(verified.body));
  assert.is((await seen()).reportStatus, 'partial');
  const results = await chart(bench, at.patientId);
  assert.equal(
    results.items
      .map((it: Record<string, unknown>) => [it.code, it.value, it.unit, it.interpretation, it.low, it.high, it.panel])
      .sort(),
    [
      [potassium, '5.6', 'mmol/L', 'H', '3.5', '5.1', 'Electrolytes'],
      ['2951-2', '140', 'mmol/L', 'N', '136', '145', 'Electrolytes'],
    ],
  );
  const rest = await bench.enter(verified.body, { '2075-0': '101', '2028-9': '24' });
  await bench.verify(rest.body);
  assert.equal([(await seen()).reportStatus, (await seen()).status], ['final', 'completed']);
});

test('sex and age on the day of the collection choose the range', async ({ bench }) => {
  const flagOf = async (own: object, value: string) => {
    const it = await bench.measured(await bench.visit(own), 'HGB', { [haemoglobin]: value });
    return [it.low, it.high, it.interpretation];
  };
  assert.equal(await flagOf({ gender: 'female', birthDate: '1980-01-01' }, '12.5'), ['12', '15.5', 'N']);
  assert.equal(await flagOf({ gender: 'male', birthDate: '1980-01-01' }, '12.5'), ['13.5', '17.5', 'L']);
  assert.equal(await flagOf({ gender: 'male', birthDate: '2026-02-20' }, '12.5'), ['13.5', '21.5', 'L']);
  assert.equal(await flagOf({ gender: 'female', birthDate: '2023-03-03' }, '12.5'), ['10.5', '13.5', 'N']);
  assert.equal(
    await flagOf({ gender: 'unknown', birthDate: '1980-01-01' }, '12.5'),
    ['12', '17.5', 'N'],
    'the widest of both',
  );
  // Eighteen on the day of the collection, not a day before.
  assert.equal(await flagOf({ gender: 'male', birthDate: '2008-03-02' }, '12.5'), ['13.5', '17.5', 'L']);
  assert.equal(await flagOf({ gender: 'male', birthDate: '2008-03-03' }, '12.5'), ['11.5', '15.5', 'N']);
});

test('every value gets exactly the flag that its limits say', async ({ bench }) => {
  const at = await bench.visit();
  const [specimen] = await bench.toBench(await bench.order(at, ['K']));
  assert.ok(specimen);
  let now = specimen;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 10, max: 120 }), async (tenths) => {
      const value = tenths / 10;
      const { status, body } = await bench.enter(now, { [potassium]: value.toFixed(1) });
      assert.is(status, 200);
      now = body;
      const expected = value <= 2.5 ? 'LL' : value >= 6.5 ? 'HH' : value < 3.5 ? 'L' : value > 5.1 ? 'H' : 'N';
      assert.is(body.results[0].interpretation, expected, String(value));
    }),
    { numRuns: 60, examples: [[25], [26], [34], [35], [51], [52], [64], [65]] },
  );
});

test('each patient at each age has at most one range, and its limits rise', async ({ bench }) => {
  const Limits = z.object({
    low: z.string().nullable(),
    high: z.string().nullable(),
    criticalLow: z.string().nullable(),
    criticalHigh: z.string().nullable(),
  });
  const people = await bench.db.anyFirst(
    sql.type(z.object({ id: z.uuid() }))`select id from patients.patient order by id limit 3`,
  );
  const codes = Object.keys(bench.ids);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...codes),
      fc.constantFrom('female', 'male', 'unknown', 'other'),
      fc.date({ min: new Date('1900-01-01'), max: new Date('2026-03-01'), noInvalidDate: true }),
      async (code, gender, born) => {
        await bench.db.query(
          sql.unsafe`update patients.patient set gender = ${gender}, birth_date = ${born.toISOString().slice(0, 10)} where id = ${people[0]!}`,
        );
        const rows = await bench.db.any(sql.type(Limits)`
          select r.low, r.high, r.critical_low, r.critical_high from laboratory.test t cross join lateral laboratory.range_of(t.id, ${people[0]!}, core.now()) r where t.code = ${code}
        `);
        assert.ok(rows.length <= 1);
        const limits = rows
          .flatMap((it) => [it.criticalLow, it.low, it.high, it.criticalHigh])
          .filter((it) => it !== null)
          .map(Number);
        assert.equal(
          limits,
          limits.toSorted((a, b) => a - b),
        );
      },
    ),
    { numRuns: 80 },
  );
});

test('what nobody measures is refused with its limits, comma or not', async ({ bench }) => {
  const [specimen] = await bench.toBench(await bench.order(await bench.visit(), ['K']));
  assert.ok(specimen);
  const { status, body } = await bench.enter(specimen, { [potassium]: '45' });
  assert.equal([status, body.type], [422, '/problems/result-implausible']);
  assert.match(body.errors[0].message, '12');
  for (const value of ['4,5', '1e3', 'high', ''])
    assert.is((await bench.enter(specimen, { [potassium]: value })).status, 400, value);
});

test('coded answers and words are taken where the test asks for them', async ({ bench }) => {
  const at = await bench.visit();
  const [specimen] = await bench.toBench(await bench.order(at, ['UA']));
  assert.ok(specimen);
  assert.is((await bench.enter(specimen, { '5802-4': 'purple' })).status, 422);
  const { body } = await bench.enter(specimen, {
    '5802-4': 'LA6576-8',
    '20454-5': '2+',
    '5811-5': '1.015',
    '5803-2': '6',
  });
  assert.equal(
    body.results
      .filter((it: { value: string | null }) => it.value)
      .map((it: Record<string, unknown>) => [it.value, it.interpretation])
      .sort(),
    [
      ['1.015', 'N'],
      ['2+', 'A'],
      ['6.0', 'N'],
      ['Positive', 'A'],
    ],
  );
  const wrong = body.results.find((it: { kind: string }) => it.kind === 'coded');
  const asNumber = { results: [{ id: wrong.id, version: wrong.version, value: '3' }] };
  assert.is((await bench.labtech.post(`/api/laboratory/specimens/${body.id}/results`, asNumber)).status, 422);
});

test('two people at one specimen: the second is told, nothing is lost', async ({ bench }) => {
  const [specimen] = await bench.toBench(await bench.order(await bench.visit(), ['K']));
  assert.ok(specimen);
  assert.is((await bench.enter(specimen, { [potassium]: '4.1' })).status, 200);
  const second = await bench.enter(specimen, { [potassium]: '4.9' });
  assert.equal([second.status, second.body.type], [412, '/problems/version-stale']);
});

test('a correction keeps the old value and says so everywhere', async ({ bench }) => {
  const at = await bench.visit();
  const it = await bench.measured(at, 'CREA', { '2160-0': '0.9' });
  const correct = (body: object, version = it.version) =>
    bench.labtech.post(`/api/laboratory/results/${it.id}/correct`, body, etag(version));
  assert.is((await correct({ value: '1.9' })).status, 400, 'without a reason');
  assert.is(
    (
      await bench.doctor.post(
        `/api/laboratory/results/${it.id}/correct`,
        { value: '1.9', reason: 'x y z' },
        etag(it.version),
      )
    ).status,
    403,
  );
  const done = await correct({ value: '1.9', reason: 'Dilution was not counted' });
  assert.is(done.status, 200, JSON.stringify(done.body));
  assert.equal([done.body.value, done.body.interpretation], ['1.90', 'H']);
  assert.equal(
    done.body.corrections.map((old: Record<string, unknown>) => [old.value, old.interpretation, old.reason]),
    [['0.90', 'N', 'Dilution was not counted']],
  );
  assert.is((await correct({ value: '2', reason: 'Late' })).status, 412);
  const [shown] = (await chart(bench, at.patientId)).items;
  assert.equal([shown.status, shown.value, shown.corrections[0].value], ['corrected', '1.90', '0.90']);
  const fhir = (await bench.doctor.get(`/fhir/R4/Observation/${shown.id}/_history`)).body;
  assert.equal(
    fhir.entry.map((entry: { resource: { status: string; valueQuantity: { value: number } } }) => [
      entry.resource.status,
      entry.resource.valueQuantity.value,
    ]),
    [
      ['corrected', 1.9],
      ['final', 0.9],
    ],
  );
  const report = (await bench.doctor.get(`/fhir/R4/DiagnosticReport?patient=${at.patientId}`)).body.entry[0].resource;
  assert.is(report.status, 'corrected');
});

test('no statement of ours overwrites a verified value or takes its past away', async ({ bench }) => {
  const it = await bench.measured(await bench.visit(), 'K', { [potassium]: '4.4' });
  const app = bench.hms.pools.app;
  const refusedAs = async (statement: string, constraint: string) => {
    const said = await app
      .connect((c) => c.query({ ...sql.unsafe``, sql: statement }))
      .then(
        () => 'done',
        (error: { constraint?: string; message: string; cause?: { message: string } }) =>
          `${error.constraint ?? ''} ${error.message} ${error.cause?.message ?? ''}`,
      );
    assert.match(said, constraint);
  };
  await refusedAs(
    `update laboratory.result set value = 5 where id = '${it.id}'`,
    'a verified value changes by a correction',
  );
  await refusedAs(`update laboratory.result set status = 'entered' where id = '${it.id}'`, 'never taken back');
  await refusedAs(`delete from laboratory.correction`, 'permission denied');
  await refusedAs(`update laboratory.correction set value = 1`, 'permission denied');
});

test('what was reported for the wrong patient is withdrawn and stays to be seen as that', async ({ bench }) => {
  const at = await bench.visit();
  const it = await bench.measured(at, 'K', { [potassium]: '4.4' });
  const { status, body } = await bench.labtech.post(
    `/api/laboratory/results/${it.id}/correct`,
    { withdraw: true, reason: 'Specimens were swapped' },
    etag(it.version),
  );
  assert.equal(
    [status, body.status, body.value, body.corrections[0].value],
    [200, 'withdrawn', null, '4.4'],
    JSON.stringify(body),
  );
  const [shown] = (await chart(bench, at.patientId)).items;
  assert.equal([shown.status, shown.value], ['entered-in-error', null]);
});

test('the bench sees what was measured before, the doctor its trend with the range', async ({ bench }) => {
  const at = await bench.visit();
  for (const value of ['4.1', '4.6']) await bench.measured(at, 'K', { [potassium]: value });
  const [specimen] = await bench.toBench(await bench.order(at, ['K']));
  assert.is(specimen?.results[0]?.previous?.value, '4.6');
  const trend = (await bench.doctor.get(`/api/laboratory/trend?patientId=${at.patientId}&code=${potassium}`)).body;
  assert.equal(
    [trend.unit, trend.points.map((it: { value: string; low: string }) => [it.value, it.low])],
    [
      'mmol/L',
      [
        ['4.1', '3.5'],
        ['4.6', '3.5'],
      ],
    ],
  );
});

test('changed ranges hold from then on; results keep theirs', async ({ bench }) => {
  const at = await bench.visit();
  const before = await bench.measured(at, 'CRP', { '1988-5': '6' });
  assert.is(before.interpretation, 'H');
  const { items } = (await bench.labtech.get('/api/laboratory/tests')).body;
  const crp = items.find((it: { code: string }) => it.code === 'CRP');
  const change = (ranges: object[], version = crp.version) =>
    bench.labtech.put(`/api/laboratory/tests/${crp.id}`, { ranges }, etag(version));
  assert.is((await bench.doctor.put(`/api/laboratory/tests/${crp.id}`, { ranges: [] }, etag(crp.version))).status, 403);
  assert.is((await change([{ gender: 'any', fromMonth: 0, low: '9', high: '5' }])).status, 422);
  assert.is(
    (
      await change([
        { gender: 'any', fromMonth: 0, high: '5' },
        { gender: 'any', fromMonth: 12, high: '6' },
      ])
    ).status,
    422,
  );
  assert.is((await change([{ gender: 'any', fromMonth: 0, high: '8', criticalHigh: '150' }])).status, 200);
  await bench.setClock('2026-03-02T09:00:00Z');
  const after = await bench.measured(at, 'CRP', { '1988-5': '6' });
  assert.equal([after.high, after.interpretation], ['8', 'N']);
  const [newest, oldest] = (await chart(bench, at.patientId)).items;
  assert.equal([newest.high, oldest.high], ['8', '5']);
  await bench.setClock('2026-03-02T08:00:00Z');
});

test('plausible limits are the laboratory’s to set, in order', async ({ bench }) => {
  const { items } = (await bench.labtech.get('/api/laboratory/tests')).body;
  const iron = items.find((it: { code: string }) => it.code === 'IRON');
  const change = (more: object) =>
    bench.labtech.put(`/api/laboratory/tests/${iron.id}`, { ranges: iron.ranges, ...more }, etag(iron.version));
  const wrong = await change({ lowest: '9', highest: '8' });
  assert.equal([wrong.status, wrong.body.type], [422, '/problems/test-numeric-has-unit']);
  const { status, body } = await change({ lowest: '2', highest: '900', release: 'days', releaseDays: 3 });
  assert.equal([status, body.lowest, body.highest, body.releaseDays], [200, '2', '900', 3], JSON.stringify(body));
  assert.equal(body.ranges, iron.ranges);
});

test('every name of the catalogue is there in the languages of the house, and is found in each', async ({ bench }) => {
  const { items } = (await bench.doctor.get('/api/laboratory/orderables?limit=200')).body;
  assert.is(items.length, 100, '88 tests and 12 panels');
  for (const { code, names, containers } of items)
    for (const each of [names, ...containers.map((it: { names: object }) => it.names)])
      assert.ok(each.es && /\p{Script=Arabic}|^NT-proBNP$/u.test(each.ar), code);
  const found = async (text: string) => {
    const { body } = await bench.doctor.get(`/api/laboratory/orderables?text=${encodeURIComponent(text)}`);
    return body.items.map(({ code }: { code: string }) => code);
  };
  assert.ok((await found('potasio')).includes('K'));
  assert.ok((await found('البوتاسيوم')).includes('K'));
  const at = await bench.visit();
  const order = await bench.order(at, ['ELEC']);
  const [request] = order.body.requests;
  assert.equal([request.names.es, request.results[0].names.es], ['Electrolitos', 'Sodio']);
});

test('a complete report is charged once at its price, a correction costs nothing', async ({ bench }) => {
  const admin = await bench.as('admin');
  const price = { display: 'Potassium', unitPrice: '4.20', currency: 'EUR' };
  assert.is((await admin.put('/api/prices/LAB-K', price)).status, 200);
  const at = await bench.visit();
  const it = await bench.measured(at, 'K', { [potassium]: '4.4' });
  await bench.labtech.post(
    `/api/laboratory/results/${it.id}/correct`,
    { value: '4.5', reason: 'Typed wrongly' },
    etag(it.version),
  );
  await bench.settle();
  const cashier = await bench.as('cashier');
  const { items } = (await cashier.get(`/api/charge-items?patientId=${at.patientId}`)).body;
  assert.equal(
    items.map((charge: Record<string, unknown>) => [
      charge.code,
      charge.amountMinor,
      charge.status,
      charge.encounterId,
    ]),
    [['LAB-K', 420, 'billable', at.encounterId]],
  );
});

test('the patient sees a result when its policy says so', async ({ bench }) => {
  const at = await bench.visit();
  const asPatient = bench.hms.db({
    kind: 'patient',
    id: null,
    displayName: '',
    permissions: new Set(),
    patientId: at.patientId,
  });
  const Code = sql.type(z.object({ code: z.string() }));
  const own = () =>
    asPatient.transaction(async (tx) => {
      const seen = await tx.anyFirst(
        Code`select code from ehr.observation where category = 'laboratory' order by code`,
      );
      const results = await tx.anyFirst(sql.type(z.object({ id: z.uuid() }))`select id from laboratory.result`);
      assert.is(seen.length, results.length, 'chart and laboratory say the same');
      return seen;
    });
  await bench.measured(at, 'K', { [potassium]: '4.4' });
  assert.equal(await own(), [potassium], 'at once');
  await bench.measured(at, 'UCULT', { '630-4': 'No growth' });
  assert.equal(await own(), [potassium], 'after some days');
  const psa = await bench.measured(at, 'PSA', { '2857-1': '9.1' });
  const act = (verb: string, version: number, body = {}) =>
    bench.doctor.post(`/api/laboratory/results/${psa.id}/${verb}`, body, etag(version));
  assert.equal(await own(), [potassium], 'when the doctor has released it');
  const released = await act('release', psa.version);
  assert.is(released.status, 200, JSON.stringify(released.body));
  assert.equal(await own(), [potassium, '2857-1'].toSorted());
  assert.is((await act('withhold', released.body.version)).status, 400, 'without a reason');
  assert.is(
    (await bench.nurse.post(`/api/laboratory/results/${psa.id}/release`, {}, etag(released.body.version))).status,
    403,
  );
  const withheld = await act('withhold', released.body.version, { reason: 'To be explained in person' });
  assert.is(withheld.body.withheldReason, 'To be explained in person');
  assert.equal(await own(), [potassium]);
  await bench.setClock('2026-03-05T08:00:00Z');
  assert.equal(await own(), [potassium, '630-4'].toSorted(), 'two days later');
  await bench.setClock('2026-03-02T08:00:00Z');
});
test.run();
