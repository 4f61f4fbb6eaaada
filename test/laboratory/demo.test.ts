import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { etag } from '../ehr/ward.ts';
import { startHms, type TestHms } from '../hms.ts';

const plugins = ['auth', 'facility', 'patients', 'scheduling', 'ehr', 'laboratory', 'pharmacy', 'billing', 'reports'];
const plan = {
  patients: 200,
  visitsPerPatient: 8,
  passwordPepper: 'x'.repeat(32),
  zone: 'Europe/Berlin',
  currency: 'EUR',
  progress: () => {},
};

const test = suite<{ hms: TestHms }>('demo: laboratory');
test.before(async (at) => {
  // A Wednesday, 15:00 in Berlin.
  at.hms = await startHms(plugins, { now: '2026-03-04T14:00:00Z' });
  const owner = { ...at.hms.db, actor: service('demo') };
  for (const plugin of at.hms.hms.plugins) if (plugin.demo) await owner.transaction((tx) => plugin.demo!(tx, plan));
});
test.after((at) => at.hms?.stop());

test('every rule holds', async ({ hms: { hms, db, settle } }) => {
  await settle();
  for (const plugin of hms.plugins)
    for (const [rule, query] of Object.entries(plugin.invariants ?? {}))
      assert.equal(await db.any(query), [], `${plugin.name}: ${rule}`);
});

test('two years of results, most of them usual, some not, few critical', async ({ hms }) => {
  const Seen = z.strictObject({
    results: z.int(),
    abnormal: z.int(),
    critical: z.int(),
    tests: z.int(),
    years: z.int(),
    repeated: z.int(),
  });
  const seen = await hms.db.one(sql.type(Seen)`
    select count(*)::int as results, count(*) filter (where interpretation in ('L', 'H', 'A'))::int as abnormal,
      count(*) filter (where interpretation in ('LL', 'HH'))::int as critical, count(distinct test_id)::int as tests,
      (extract(epoch from max(verified_at) - min(verified_at)) / 31557600 + 0.5)::int as years,
      (select count(*)::int from (select from laboratory.result where status = 'verified' group by patient_id, test_id having count(*) > 2) t) as repeated
    from laboratory.result where status = 'verified'
  `);
  assert.ok(seen.results > 1500, String(seen.results));
  assert.ok(
    seen.abnormal > seen.results * 0.03 && seen.abnormal < seen.results * 0.25,
    `${seen.abnormal} of ${seen.results}`,
  );
  assert.ok(seen.critical > 0 && seen.critical < seen.results * 0.02, `${seen.critical} of ${seen.results}`);
  assert.ok(seen.tests >= 30);
  assert.ok(seen.repeated > 20, `${seen.repeated} lines to draw`);
});

test('today there is work at every bench, and one critical result that the doctor has not read', async ({ hms }) => {
  const labtech = await hms.as('labtech');
  const { counts } = (await labtech.get('/api/laboratory/worklist?tab=results')).body;
  assert.ok(counts.collect >= 3 && counts.receive >= 2 && counts.results >= 3, JSON.stringify(counts));
  const { items } = (await labtech.get('/api/laboratory/worklist?tab=results')).body;
  assert.ok(
    items.some((it: { results: { status: string }[] }) => it.results.every(({ status }) => status === 'entered')),
    'to verify',
  );
  const doctor = await hms.as('doctor');
  const tasks = (await doctor.get('/api/laboratory/critical-results')).body.items;
  const mine = tasks.find((it: { mine: boolean }) => it.mine);
  assert.equal([mine?.display, mine?.value, mine?.interpretation], ['Potassium', '6.8', 'HH'], JSON.stringify(tasks));
  const done = await doctor.post(
    `/api/laboratory/critical-results/${mine.id}/acknowledge`,
    { readBack: '6.8' },
    etag(mine.version),
  );
  assert.is(done.status, 200);
});

test('the day goes on where the demo left it', async ({ hms }) => {
  const [nurse, labtech] = [await hms.as('nurse'), await hms.as('labtech')];
  const [first] = (await nurse.get('/api/laboratory/worklist?tab=collect')).body.items;
  const collected = await nurse.post(`/api/laboratory/specimens/${first.id}/collect`, {}, etag(first.version));
  assert.is(collected.status, 200, JSON.stringify(collected.body));
  const { items } = (await labtech.get('/api/laboratory/worklist?tab=results')).body;
  const ready = items.find((it: { results: { status: string }[] }) =>
    it.results.every(({ status }) => status === 'entered'),
  );
  const results = ready.results.map(({ id, version }: { id: string; version: number }) => ({ id, version }));
  assert.is((await labtech.post(`/api/laboratory/specimens/${ready.id}/verify`, { results })).status, 200);
  const chart = (await nurse.get(`/api/patients/${ready.patient.id}/record`)).body.results;
  assert.ok(chart.total >= results.length);
});

test('reports of the past are charged with their visit', async ({ hms }) => {
  const charged = await hms.db.oneFirst(sql.type(z.object({ n: z.int() }))`
    select count(*)::int as n from billing.charge_item where source = 'laboratory.report-issued' and status = 'billed'
  `);
  assert.ok(charged > 200, String(charged));
});
test.run();
