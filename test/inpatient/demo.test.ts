import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { startHms, type TestHms } from '../hms.ts';
import { etag, type BedBody } from './wards.ts';

const plugins = ['auth', 'facility', 'patients', 'scheduling', 'ehr', 'inpatient', 'billing', 'reports'];
const plan = {
  patients: 300,
  visitsPerPatient: 4,
  passwordPepper: 'x'.repeat(32),
  zone: 'Europe/Berlin',
  currency: 'EUR',
  progress: () => {},
};

const test = suite<{ hms: TestHms }>('demo: wards');
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

test('three wards, one of them intensive, most of 24 beds taken, some free, one closed, one to clean', async ({
  hms,
}) => {
  const nurse = await hms.as('nurse');
  const { wards, waiting } = (await nurse.get('/api/bed-board')).body;
  assert.equal(
    wards.map((it: { level: string; beds: object[] }) => [it.level, it.beds.length]),
    [
      ['general', 12],
      ['general', 8],
      ['intensive', 4],
    ],
  );
  const beds: BedBody[] = wards.flatMap((it: { beds: BedBody[] }) => it.beds);
  const count = (state: string) => beds.filter((it) => it.state === state).length;
  assert.ok(count('O') >= 13 && count('O') <= 22, `${count('O')} taken`);
  assert.ok(count('U') >= 1 && count('C') === 1 && count('H') >= 1, JSON.stringify(beds.map(({ state }) => state)));
  assert.is(waiting.length, 2);
});

test('two years of stays, some by way of intensive care, with their nights charged', async ({ hms }) => {
  const Seen = z.strictObject({
    stays: z.int(),
    days: z.number(),
    moved: z.int(),
    years: z.int(),
    nights: z.int(),
    charged: z.int(),
    billed: z.int(),
  });
  const seen = await hms.db.one(sql.type(Seen)`
    select count(*)::int as stays, avg(extract(epoch from discharged_at - admitted_at) / 86400)::float8 as days,
      (select count(*)::int from (select from inpatient.bed_stay group by stay_id having count(*) > 1) m) as moved,
      (extract(epoch from max(admitted_at) - min(admitted_at)) / 31557600 + 0.5)::int as years,
      (select count(*)::int from inpatient.bed_day where reversed_at is null) as nights,
      (select count(*)::int from billing.charge_item where source = 'inpatient.bed-day-due') as charged,
      (select count(*)::int from billing.charge_item where source = 'inpatient.bed-day-due' and status = 'billed') as billed
    from inpatient.stay where status = 'discharged'
  `);
  assert.ok(seen.stays > 300, JSON.stringify(seen));
  assert.ok(seen.days > 2 && seen.days < 9 && seen.moved > 3 && seen.years === 2, JSON.stringify(seen));
  assert.is(seen.charged, seen.nights);
  assert.ok(seen.billed > seen.charged * 0.9, JSON.stringify(seen));
});

test('the day goes on where the demo left it', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  const { waiting } = (await nurse.get('/api/bed-board')).body;
  const kept = waiting.find((it: { reserved: object | null }) => it.reserved);
  const admitted = await nurse.post(`/api/stays/${kept.id}/admit`, {}, etag(kept.version));
  assert.is(admitted.status, 200, JSON.stringify(admitted.body));
});

test('its reports give rows', async ({ hms }) => {
  const admin = await hms.as('admin');
  const { items } = (await admin.get('/api/reports')).body;
  const ours = items.filter(({ id }: { id: string }) => ['bed-occupancy', 'length-of-stay'].includes(id));
  assert.is(ours.length, 2, JSON.stringify(items.map(({ id }: { id: string }) => id)));
  for (const { id } of ours) {
    const { status, body } = await admin.get(`/api/reports/${id}`);
    assert.is(status, 200, JSON.stringify(body));
    assert.ok(body.rows.length > 0, id);
  }
});
test.run();
