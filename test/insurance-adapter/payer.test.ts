import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { startPayer, type Payer } from '../../scripts/payer-simulator.ts';
import { act, key, startOffice, type Office } from '../insurance/office.ts';

interface At {
  payer: Payer;
  office: Office;
}
const test = suite<At>('insurance-adapter: a payer on a socket');
test.before(async (at) => {
  const today = () => new Date('2026-03-02T08:00:00Z');
  at.payer = await startPayer({ port: 0, rules: { deniedCodes: ['AMOX'], pendedFor: 1 }, today });
  at.office = await startOffice(['insurance-adapter'], { OPENWARD_PAYER_URL: at.payer.url });
});
test.after(async ({ payer, office }) => {
  await office?.stop();
  await payer?.stop();
});
test.before.each(({ payer }) => {
  payer.away(false);
  payer.loseAnswers(0);
});
test.after.each(({ office }) => office.holds());

/** What the jobs do in their time, now: messages that wait for a while are due. */
const exchange = async ({ office }: At, times = 3) => {
  const jobs = office.hms.plugins.find(({ name }) => name === 'insurance-adapter')?.jobs ?? {};
  for (let n = 0; n < times; n += 1) {
    await office.settle();
    await office.db.query(sql.unsafe`
      update insurance_adapter.message set next_at = clock_timestamp() where state in ('waiting', 'sent')
    `);
    for (const { run } of Object.values(jobs)) await run(office.hms.db(service('insurance-adapter')), office.hms);
  }
  await office.settle();
};
const submit = async ({ office }: At, patientId: string, more: { diagnosis?: boolean; tablets?: number } = {}) => {
  const invoice = await office.invoiced(patientId, more);
  const claim = await office.claimOf(invoice.id);
  const sent = await office.cashier.post(`/api/claims/${claim.id}/submit`, {}, act(claim.version));
  assert.is(sent.status, 200, JSON.stringify(sent.body));
  return { invoice, claim: sent.body };
};
const claimNow = async ({ office }: At, id: string) => (await office.cashier.get(`/api/claims/${id}`)).body;
const messageOf = async ({ office }: At, claimId: string) =>
  (await office.cashier.get(`/api/payer-messages?claimId=${claimId}`)).body.items[0];
const received = ({ payer }: At, number: string) =>
  payer.claims().filter((claim) => claim.identifier?.[0]?.value === number);

test('whether somebody is insured is asked and answered', async (at) => {
  const { cashier } = at.office;
  for (const [number, inForce] of [
    ['KV-200001', true],
    ['KV-200009', false],
  ] as const) {
    const patientId = await at.office.insured({}, number);
    const [coverage] = (await cashier.get(`/api/coverages?patientId=${patientId}`)).body.items;
    assert.is((await cashier.post(`/api/coverages/${coverage.id}/eligibility`, {})).status, 202);
    await exchange(at);
    const [answered] = (await cashier.get(`/api/coverages?patientId=${patientId}`)).body.items;
    assert.is(answered.eligibility.inForce, inForce, number);
    assert.ok(answered.eligibility.answeredAt);
  }
});

test('a claim is sent, decided and paid, and the invoice is settled but for the patient', async (at) => {
  const { invoice, claim } = await submit(at, await at.office.insured({}, 'KV-200011'));
  await exchange(at);
  const closed = await claimNow(at, claim.id);
  assert.equal([closed.workflow, closed.paidMinor], ['closed', 8100], JSON.stringify(await messageOf(at, claim.id)));
  const [sent] = received(at, claim.number);
  assert.is(sent?.insurer?.identifier?.value, 'KV');
  assert.is((await messageOf(at, claim.id)).state, 'answered');
  const { body } = await at.office.cashier.get(`/api/invoices/${invoice.id}`);
  assert.equal([body.payerOpenMinor, body.openMinor, body.status], [0, 1900, 'issued']);
});

test('nothing is lost while the payer is away, and a lost answer makes no second claim', async (at) => {
  at.payer.away(true);
  const { claim } = await submit(at, await at.office.insured({}, 'KV-200012'));
  await exchange(at, 2);
  const waiting = await messageOf(at, claim.id);
  assert.is(waiting.state, 'waiting');
  assert.ok(waiting.attempts >= 2 && waiting.lastError);
  assert.is((await claimNow(at, claim.id)).workflow, 'submitted');
  at.payer.away(false);
  at.payer.loseAnswers(1); // it arrives; the answer does not
  await exchange(at, 1);
  assert.is(received(at, claim.number).length, 1);
  assert.is((await messageOf(at, claim.id)).state, 'waiting');
  await exchange(at);
  assert.is(received(at, claim.number).length, 1);
  assert.is((await claimNow(at, claim.id)).workflow, 'closed');
});

test('pended first, then paid', async (at) => {
  const { claim } = await submit(at, await at.office.insured({}, 'KV-200017'));
  await exchange(at, 1);
  const pended = await claimNow(at, claim.id);
  assert.equal([pended.workflow, pended.disposition], ['pended', 'Waits for a medical review']);
  await exchange(at, 2);
  const closed = await claimNow(at, claim.id);
  assert.is(closed.workflow, 'closed');
  assert.equal(
    closed.history.map((it: { workflow: string }) => it.workflow),
    ['ready', 'submitted', 'accepted', 'pended', 'adjudicated', 'closed'],
  );
});

test('a payer that is silent is asked again, one that talks nonsense is parked for a person', async (at) => {
  const silent = await submit(at, await at.office.insured({}, 'KV-210000'));
  const garbled = await submit(at, await at.office.insured({}, 'KV-216666'));
  await exchange(at);
  assert.is((await messageOf(at, silent.claim.id)).state, 'sent');
  assert.is((await claimNow(at, silent.claim.id)).workflow, 'accepted');
  const parked = await messageOf(at, garbled.claim.id);
  assert.equal([parked.state, parked.lastError], ['parked', 'the answer is no JSON']);
  const { admin, cashier, clerk } = at.office;
  assert.ok((await admin.get('/api/payer-connection')).body.parked >= 1);
  assert.is((await clerk.get('/api/payer-connection')).status, 403);
  const path = `/api/payer-messages/${parked.id}/retry`;
  assert.is((await cashier.post(path, {}, act(parked.version))).status, 403);
  assert.is((await admin.post(path, {}, act(parked.version))).body.state, 'sent');
  assert.is((await admin.post(path, {}, act(parked.version))).body.type, '/problems/message-not-parked');
  await exchange(at, 1);
  assert.is((await messageOf(at, garbled.claim.id)).state, 'parked');
});

test('a member whom the payer does not know: rejected, mended, and sent anew under another name', async (at) => {
  const { cashier, planId } = at.office;
  const patientId = await at.office.insured({}, 'KV-200019');
  const { claim } = await submit(at, patientId);
  await exchange(at);
  const rejected = await claimNow(at, claim.id);
  assert.equal([rejected.workflow, rejected.disposition], ['rejected', 'Member not found']);
  const [coverage] = (await cashier.get(`/api/coverages?patientId=${patientId}`)).body.items;
  const right = { planId, subscriberId: 'KV-200018', startsOn: '2026-01-01' };
  assert.is((await cashier.put(`/api/coverages/${coverage.id}`, right, act(coverage.version))).status, 200);
  const again = await cashier.post(`/api/claims/${claim.id}/submit`, {}, act(rejected.version));
  assert.is(again.status, 200, JSON.stringify(again.body));
  await exchange(at);
  assert.is((await claimNow(at, claim.id)).workflow, 'closed');
  assert.is(received(at, `${claim.number}-2`).length, 1);
});

test('a denied line comes back with the payer’s reason and is resubmitted with its number', async (at) => {
  const { invoice, claim } = await submit(at, await at.office.insured({}, 'KV-200021'), { tablets: 20 });
  await exchange(at);
  const denied = await claimNow(at, claim.id);
  assert.equal([denied.workflow, denied.deniedMinor, denied.nextAction], ['adjudicated', 2000, 'bill-patient']);
  const again = await at.office.cashier.post(`/api/claims/${claim.id}/resubmit`, {}, act(denied.version));
  assert.is(again.status, 201, JSON.stringify(again.body));
  await at.office.cashier.post(`/api/claims/${again.body.id}/submit`, {}, act(again.body.version));
  await exchange(at);
  const [sent] = received(at, again.body.number);
  assert.equal(sent?.related?.[0]?.reference?.value, denied.payerReference);
  const still = await claimNow(at, again.body.id);
  const path = `/api/claims/${again.body.id}/lines/1/decide`;
  const decided = await at.office.cashier.post(path, { action: 'bill-patient' }, act(still.version));
  assert.is(decided.body.workflow, 'closed', JSON.stringify(decided.body));
  // The patient owes the copay and coinsurance of the visit, the vitamins, and now the tablets.
  const { body } = await at.office.cashier.get(`/api/invoices/${invoice.id}`);
  assert.equal([body.payerOpenMinor, body.openMinor], [0, 1900 + 500 + 2000]);
});

test('what is taken back in time never leaves the house', async (at) => {
  const slow = await startOffice(['insurance-adapter'], {
    OPENWARD_PAYER_URL: at.payer.url,
    OPENWARD_CLAIM_UNDO_SECONDS: '60',
  });
  try {
    const invoice = await slow.invoiced(await slow.insured({}, 'KV-200031'));
    const claim = await slow.claimOf(invoice.id);
    const before = at.payer.claims().length;
    const sent = await slow.cashier.post(`/api/claims/${claim.id}/submit`, {}, act(claim.version));
    await slow.settle();
    const recalled = await slow.cashier.post(`/api/claims/${claim.id}/recall`, {}, act(sent.body.version));
    assert.is(recalled.body.workflow, 'ready', JSON.stringify(recalled.body));
    // Even before the news of it has arrived.
    await exchange({ ...at, office: slow }, 1);
    const { items } = (await slow.cashier.get(`/api/payer-messages?claimId=${claim.id}`)).body;
    assert.equal(
      items.map((it: { state: string }) => it.state),
      ['cancelled'],
    );
    assert.is(at.payer.claims().length, before);
  } finally {
    await slow.stop();
  }
});

test('a payment is posted once, however often it is seen', async (at) => {
  await exchange(at, 2);
  const rows = await at.office.db.any(sql.type(z.object({ reference: z.string(), n: z.int() }))`
    select reference, count(*)::int as n from insurance.remittance group by reference having count(*) > 1
  `);
  assert.equal(rows, []);
  assert.is((await at.office.cashier.post('/api/remittances', {}, key())).status, 400);
});

test.run();
