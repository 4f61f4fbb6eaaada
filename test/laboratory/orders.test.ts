import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { invariants } from '../../plugins/laboratory/invariants.ts';
import { etag } from '../ehr/ward.ts';
import { haemoglobin, potassium, startBench, type Bench } from './bench.ts';

const test = suite<{ bench: Bench }>('laboratory: orders and specimens');
test.before(async (at) => {
  at.bench = await startBench();
});
test.after((at) => at.bench?.stop());
test.after.each(async ({ bench }) => {
  await bench.settle();
  for (const [rule, query] of Object.entries(invariants)) assert.equal(await bench.db.any(query), [], rule);
});

test('several tests and panels are ordered at once, with a specimen for each container', async ({ bench }) => {
  const at = await bench.visit();
  const { status, body } = await bench.order(at, ['CBC', 'ELEC', 'CRP', 'GLU'], { priority: 'stat', reason: 'Fever' });
  assert.is(status, 201, JSON.stringify(body));
  assert.equal(
    body.requests.map((it: { display: string; reportStatus: string }) => [it.display, it.reportStatus]),
    ['Blood count', 'Electrolytes', 'C-reactive protein', 'Glucose'].map((display) => [display, 'registered']),
  );
  assert.is(body.requests[0].results.length, 9);
  assert.equal(body.specimens.map((it: { container: string }) => it.container).sort(), [
    'EDTA tube',
    'Fluoride tube',
    'Serum tube',
  ]);
  assert.is(body.responsibleName, 'Dr Diallo');
  const { items } = (await bench.nurse.get(`/api/laboratory/orders?encounterId=${at.encounterId}`)).body;
  assert.equal(
    items.map((it: { id: string }) => it.id),
    [body.id],
  );
});

test('a test that is open already is ordered again only with a reason', async ({ bench }) => {
  const at = await bench.visit();
  await bench.order(at, ['K']);
  const again = await bench.order(at, ['ELEC']);
  assert.is(again.status, 409);
  assert.is(again.body.type, '/problems/open-test-once');
  assert.equal(
    again.body.open.map((it: { display: string }) => it.display),
    ['Potassium'],
  );
  assert.is((await bench.order(at, ['ELEC'], { again: true })).status, 400);
  const meant = await bench.order(at, ['ELEC'], { again: true, againReason: 'Haemolysed at the bedside' });
  assert.is(meant.status, 201);
  assert.is(meant.body.requests[0].againReason, 'Haemolysed at the bedside');
});

test('fifty doctors who order one test at once get it once', async ({ bench }) => {
  const at = await bench.visit();
  const answers = await Promise.all(Array.from({ length: 50 }, () => bench.order(at, ['TSH'])));
  assert.equal(answers.map(({ status }) => status).sort(), [201, ...Array.from({ length: 49 }, () => 409)]);
});

test('one test in two things of one order is said, not silently dropped', async ({ bench }) => {
  const { status, body } = await bench.order(await bench.visit(), ['CBC', 'HGB']);
  assert.is(status, 422);
  assert.match(body.detail, 'Haemoglobin');
});

test('the same key orders once', async ({ bench }) => {
  const at = await bench.visit();
  const body = { ...at, items: [bench.ids.CRP] };
  const key = { 'idempotency-key': 'order-once-please' };
  const [one, two] = [
    await bench.doctor.post('/api/laboratory/orders', body, key),
    await bench.doctor.post('/api/laboratory/orders', body, key),
  ];
  assert.equal([one.status, two.status, one.body.id], [201, 201, two.body.id]);
});

test('a cancelled order leaves the work list, and says why', async ({ bench }) => {
  const at = await bench.visit();
  const { body } = await bench.order(at, ['FERR', 'B12']);
  const [ferritin] = body.requests;
  const cancel = (reason: object) =>
    bench.doctor.post(`/api/laboratory/requests/${ferritin.id}/cancel`, reason, etag(ferritin.version));
  assert.is((await cancel({})).status, 400);
  const done = await cancel({ reason: 'Measured last week' });
  assert.is(done.status, 200, JSON.stringify(done.body));
  assert.equal(
    done.body.requests.map((it: { status: string; statusReason: string | null }) => [it.status, it.statusReason]),
    [
      ['revoked', 'Measured last week'],
      ['active', null],
    ],
  );
  assert.is((await cancel({ reason: 'Again' })).status, 412);
  assert.is((await bench.order(at, ['FERR'])).status, 201, 'and can be ordered anew');
});

test('a specimen goes from ordered to collected to received, each once', async ({ bench }) => {
  const order = await bench.order(await bench.visit(), ['HGB']);
  const [{ id, version, accession }] = order.body.specimens;
  assert.match(accession, /^L\d{8}$/);
  const list = async (tab: string) =>
    (await bench.labtech.get(`/api/laboratory/worklist?tab=${tab}`)).body.items.filter(
      (it: { id: string }) => it.id === id,
    );
  assert.is((await list('collect')).length, 1);
  const early = await bench.labtech.post(`/api/laboratory/specimens/${id}/receive`, {}, etag(version));
  assert.equal([early.status, early.body.type], [409, '/problems/specimen-not-to-receive']);
  const collected = await bench.nurse.post(`/api/laboratory/specimens/${id}/collect`, {}, etag(version));
  assert.equal([collected.body.step, collected.body.collectorName], ['collected', 'Nurse']);
  assert.is((await bench.nurse.post(`/api/laboratory/specimens/${id}/collect`, {}, etag(version))).status, 412);
  assert.is((await list('receive')).length, 1);
  const received = await bench.labtech.post(
    `/api/laboratory/specimens/${id}/receive`,
    {},
    etag(collected.body.version),
  );
  assert.is(received.body.step, 'received');
  assert.is((await list('results')).length, 1);
  const future = await bench.order(await bench.visit(), ['HGB']);
  const [next] = future.body.specimens;
  const later = { collectedAt: '2026-03-02T09:00:00Z' };
  assert.is(
    (await bench.nurse.post(`/api/laboratory/specimens/${next.id}/collect`, later, etag(next.version))).status,
    422,
  );
});

test('a number is found by its label, and a misread one is nobody’s', async ({ bench }) => {
  const order = await bench.order(await bench.visit(), ['HGB']);
  const [{ id, accession }] = order.body.specimens as [{ id: string; accession: string }];
  assert.is((await bench.labtech.get(`/api/laboratory/accessions/${accession.toLowerCase()}`)).body.id, id);
  for (let at = 1; at < accession.length; at += 1) {
    const wrong = accession.slice(0, at) + ((Number(accession[at]) + 1) % 10) + accession.slice(at + 1);
    const { status, body } = await bench.labtech.get(`/api/laboratory/accessions/${wrong}`);
    assert.equal([status, body.type], [422, '/problems/accession-misread'], wrong);
  }
});

test('a refused specimen says why and is collected again under a new number', async ({ bench }) => {
  const [specimen] = await bench.toBench(await bench.order(await bench.visit(), ['K']));
  assert.ok(specimen);
  const { body: entered } = await bench.enter(specimen, { [potassium]: '7.9' });
  const refuse = (reason: object) =>
    bench.labtech.post(`/api/laboratory/specimens/${specimen.id}/reject`, reason, etag(entered.version));
  assert.is((await refuse({})).status, 400);
  assert.is((await refuse({ reason: 'other' })).status, 400, 'other wants words');
  const refused = await refuse({ reason: 'haemolysed' });
  assert.equal(
    [refused.status, refused.body.step, refused.body.rejection, refused.body.results],
    [200, 'rejected', 'haemolysed', []],
  );
  const { items } = (await bench.labtech.get('/api/laboratory/worklist?tab=collect')).body;
  const anew = items.find((it: { replacesAccession: string }) => it.replacesAccession === specimen.accession);
  assert.is.not(anew.accession, specimen.accession);
  assert.equal(
    anew.results.map((it: { code: string; value: null }) => [it.code, it.value]),
    [[potassium, null]],
    'what was typed is forgotten',
  );
  assert.is((await bench.enter(specimen, { [potassium]: '4.1' })).status, 409);
});

test('each role does its own part', async ({ bench }) => {
  const at = await bench.visit();
  const order = await bench.order(at, ['HGB']);
  const [{ id, version }] = order.body.specimens;
  const body = { ...at, items: [bench.ids.CRP] };
  const pharmacist = await bench.as('pharmacist');
  const cashier = await bench.as('cashier');
  for (const client of [bench.nurse, bench.labtech, bench.clerk, pharmacist, cashier])
    assert.is((await client.post('/api/laboratory/orders', body)).status, 403);
  for (const client of [bench.doctor, bench.clerk, pharmacist])
    assert.is((await client.post(`/api/laboratory/specimens/${id}/collect`, {}, etag(version))).status, 403);
  for (const client of [bench.nurse, bench.doctor]) {
    assert.is((await client.post(`/api/laboratory/specimens/${id}/receive`, {}, etag(version))).status, 403);
    assert.is(
      (await client.post(`/api/laboratory/specimens/${id}/verify`, { results: [{ id, version }] })).status,
      403,
    );
  }
  for (const client of [bench.clerk, pharmacist, cashier])
    for (const path of [
      'worklist?tab=collect',
      `orders/${order.body.id}`,
      `results?patientId=${at.patientId}`,
      'critical-results',
    ])
      assert.is((await client.get(`/api/laboratory/${path}`)).status, 403, path);
});

test('an order belongs to a visit of the same patient', async ({ bench }) => {
  const [one, other] = [await bench.visit(), await bench.visit()];
  assert.is((await bench.order({ patientId: one.patientId, encounterId: other.encounterId }, ['HGB'])).status, 422);
  assert.is((await bench.order({ patientId: '00000000-0000-7000-8000-000000000000' }, ['HGB'])).status, 404);
});

test('a value without its specimen in the laboratory is refused', async ({ bench }) => {
  const order = await bench.order(await bench.visit(), ['HGB']);
  const { body } = await bench.labtech.get(`/api/laboratory/specimens/${order.body.specimens[0].id}`);
  const { status, body: problem } = await bench.enter(body, { [haemoglobin]: '13.1' });
  assert.equal([status, problem.type], [409, '/problems/specimen-not-received']);
});
test.run();
