import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { startHms, type TestHms } from '../hms.ts';

const plugins = ['auth', 'facility', 'patients', 'scheduling', 'ehr', 'pharmacy', 'billing', 'insurance', 'reports'];
const plan = {
  patients: 120,
  visitsPerPatient: 8,
  passwordPepper: 'x'.repeat(32),
  zone: 'Europe/Berlin',
  currency: 'EUR',
  progress: () => {},
};

const test = suite<{ hms: TestHms }>('demo: pharmacy, billing and insurance');
test.before(async (at) => {
  // A Wednesday, 15:00 in Berlin.
  at.hms = await startHms(plugins, { now: '2026-03-04T14:00:00Z' });
  const owner = { ...at.hms.db, actor: service('demo') };
  for (const plugin of at.hms.hms.plugins) if (plugin.demo) await owner.transaction((tx) => plugin.demo!(tx, plan));
});
test.after((at) => at.hms?.stop());

const key = () => ({ 'idempotency-key': randomUUID() });
const holds = async ({ hms, db, settle }: TestHms) => {
  await settle();
  for (const plugin of hms.plugins)
    for (const [rule, query] of Object.entries(plugin.invariants ?? {}))
      assert.equal(await db.any(query), [], `${plugin.name}: ${rule}`);
};

test('every rule holds', ({ hms }) => holds(hms));

test('past visits are invoiced and mostly paid, by several methods', async ({ hms }) => {
  const seen = await hms.db.one(sql.type(
    z.strictObject({ visits: z.int(), invoices: z.int(), open: z.int(), methods: z.int(), unpriced: z.int() }),
  )`
    select (select count(*)::int from ehr.encounter where status = 'finished') as visits,
      (select count(*)::int from billing.invoice) as invoices,
      (select count(*)::int from billing.invoice where open_minor > 0) as open,
      (select count(distinct method)::int from billing.payment) as methods,
      (select count(*)::int from billing.charge_item where amount_minor is null) as unpriced
  `);
  assert.ok(seen.visits > 500);
  assert.ok(seen.invoices > seen.visits * 0.9 && seen.invoices <= seen.visits);
  assert.ok(seen.open > 0 && seen.open < seen.invoices / 20, `${seen.open} of ${seen.invoices}`);
  assert.is(seen.methods, 3);
  assert.is(seen.unpriced, 0);
});

test('today somebody waits at the pharmacy and at the till, and can be served', async ({ hms }) => {
  const pharmacist = await hms.as('pharmacist');
  const queue = (await pharmacist.get('/api/dispense-queue')).body.items;
  assert.ok(queue.length > 3);
  const { medicationRequest, remaining } = queue.find(
    (it: { available: number; remaining: number }) => it.available >= it.remaining,
  );
  const given = await pharmacist.post(
    '/api/medication-dispenses',
    { medicationRequestId: medicationRequest.id, quantity: remaining },
    key(),
  );
  assert.is(given.status, 201, JSON.stringify(given.body));

  const cashier = await hms.as('cashier');
  const till = (await cashier.get('/api/till?limit=100')).body.items;
  const owing = till.find((it: { billableMinor: number }) => it.billableMinor > 0);
  assert.ok(till.some((it: { invoices: unknown[] }) => it.invoices.length > 0));
  const invoice = await cashier.post('/api/invoices', { patientId: owing.patient.id }, key());
  assert.is(invoice.status, 201, JSON.stringify(invoice.body));
  const paid = await cashier.post(
    '/api/payments',
    { invoiceId: invoice.body.id, method: 'cash', amountMinor: invoice.body.openMinor },
    key(),
  );
  assert.is(paid.body.invoice.openMinor, 0);
  await holds(hms);
});

test('the shelf has something of everything: good, soon to expire, expired, low, run out', async ({ hms }) => {
  const { items } = (await (await hms.as('pharmacist')).get('/api/stock')).body;
  const some = (is: (item: { onHand: number; usable: number; lots: { expiresOn: string }[] }) => boolean) =>
    assert.ok(items.some(is), String(is));
  some((it) => it.usable > 100);
  some((it) => it.onHand > it.usable);
  some((it) => it.onHand === 0);
  some((it) => it.usable > 0 && it.usable < 20);
  const { body } = await (await hms.as('admin')).get('/api/dashboard');
  assert.ok(body.tiles.stockAtRisk.lots > 10 && body.tiles.stockAtRisk.valueMinor > 0);
  assert.ok(body.tiles.visits.value > 0 && body.tiles.revenue.minor > 0 && body.tiles.waiting.medianMinutes > 0);
});

test('most are insured; claims are in every state, and some denied lines wait', async ({ hms }) => {
  const cashier = await hms.as('cashier');
  const { body: counts } = await cashier.get('/api/claims/counts');
  for (const queue of ['failing', 'ready', 'submitted', 'pended', 'rejected', 'denied', 'awaiting-payment'])
    assert.ok(counts[queue] > 0, `${queue} ${JSON.stringify(counts)}`);
  const closed = await cashier.get('/api/claims?queue=closed&limit=100');
  assert.ok(closed.body.items.length > 20);
  const [ready] = (await cashier.get('/api/claims?queue=ready')).body.items;
  const sent = await cashier.post(
    `/api/claims/${ready.id}/submit`,
    {},
    { ...key(), 'if-match': `W/"${ready.version}"` },
  );
  assert.is(sent.status, 200, JSON.stringify(sent.body));
  await holds(hms);
});

test.run();
