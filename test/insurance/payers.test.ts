import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { etag } from '../ehr/ward.ts';
import { act, key, startOffice, type Office } from './office.ts';

const test = suite<{ office: Office }>('insurance: payers and their money by hand');
test.before(async (at) => {
  at.office = await startOffice();
});
test.after(({ office }) => office?.stop());
test.after.each(({ office }) => office.holds());

/** A claim that the payer promised to pay: 81.00 for the visit, 18.90 for the tablets. */
const promised = async (office: Office, payerReference: string) => {
  const invoice = await office.invoiced(await office.insured(), { tablets: 21 });
  const claim = await office.claimOf(invoice.id);
  const sent = await office.cashier.post(`/api/claims/${claim.id}/submit`, {}, act(claim.version));
  const lines = [
    { sequence: 1, benefitMinor: 8100, copayMinor: 1000, coinsuranceMinor: 900 },
    { sequence: 2, benefitMinor: 1890, coinsuranceMinor: 210 },
  ];
  const told = await office.cashier.post(
    `/api/claims/${claim.id}/answers`,
    { outcome: 'complete', payerReference, lines },
    act(sent.body.version),
  );
  assert.is(told.status, 201, JSON.stringify(told.body));
  return told.body;
};
const advice = (office: Office, reference: string, lines: object[], more: object = {}) => ({
  payerId: office.payerId,
  reference,
  paidOn: '2026-03-02',
  currency: 'EUR',
  lines,
  ...more,
});

test('an amount for a whole claim fills its lines and closes it', async ({ office }) => {
  const claim = await promised(office, 'P-10');
  const { status, body } = await office.cashier.post(
    '/api/remittances',
    advice(office, 'A-1', [{ claimReference: claim.number, amountMinor: 9990 }], { amountMinor: 9990 }),
    key(),
  );
  assert.is(status, 201, JSON.stringify(body));
  assert.equal(
    body.lines.map((it: { amountMinor: number; appliedMinor: number }) => [it.amountMinor, it.appliedMinor]),
    [
      [8100, 8100],
      [1890, 1890],
    ],
  );
  const { body: closed } = await office.cashier.get(`/api/claims/${claim.id}`);
  assert.equal([closed.workflow, closed.paidMinor], ['closed', 9990]);
});

test('too little leaves the claim open, the rest comes later; too much is kept as credit', async ({ office }) => {
  const claim = await promised(office, 'P-11');
  const pay = (reference: string, amountMinor: number) =>
    office.cashier.post(
      '/api/remittances',
      advice(office, reference, [{ claimReference: 'P-11', amountMinor }]),
      key(),
    );
  assert.is((await pay('A-2', 9000)).body.unappliedMinor, 0);
  const { body: open } = await office.cashier.get(`/api/claims/${claim.id}`);
  assert.equal([open.workflow, open.paidMinor, open.lines[1].paidMinor], ['adjudicated', 9000, 900]);
  assert.is((await pay('A-3', 1500)).body.unappliedMinor, 510);
  assert.is((await office.cashier.get(`/api/claims/${claim.id}`)).body.workflow, 'closed');
  const { body: late } = await pay('A-4', 100);
  assert.equal([late.unappliedMinor, late.lines[0].claimNumber], [100, claim.number], 'known whose it is');
});

test('lines that are not the amount post nothing; the same advice is posted once', async ({ office }) => {
  const claim = await promised(office, 'P-12');
  const lines = [
    { claimReference: claim.number, amountMinor: 9000 },
    { claimReference: 'never heard of', amountMinor: 500 },
  ];
  const wrong = await office.cashier.post(
    '/api/remittances',
    advice(office, 'A-5', lines, { amountMinor: 9400 }),
    key(),
  );
  assert.equal([wrong.status, wrong.body.type], [422, '/problems/remittance-is-its-lines']);
  assert.is((await office.cashier.get(`/api/claims/${claim.id}`)).body.paidMinor, 0);
  const right = advice(office, 'A-5', lines, { amountMinor: 9500 });
  const once = key();
  const [first, again] = [
    await office.cashier.post('/api/remittances', right, once),
    await office.cashier.post('/api/remittances', right, once),
  ];
  assert.equal([first.status, first.body.unappliedMinor, again.body.id], [201, 500, first.body.id]);
  const { body } = await office.cashier.post('/api/remittances', right, key());
  assert.is(body.type, '/problems/remittance-posted-once');
});

test('claims are found by our number or the payer’s, for that payer only', async ({ office }) => {
  const claim = await promised(office, 'P-13');
  const found = async (query: string) =>
    (await office.cashier.get(`/api/claims?${query}`)).body.items.map((it: { id: string }) => it.id);
  assert.equal(await found(`payerId=${office.payerId}&reference=P-13`), [claim.id]);
  assert.equal(await found(`reference=${claim.number}`), [claim.id]);
  const other = await office.admin.post('/api/payers', { code: 'OTHER', name: 'Other' });
  assert.equal(await found(`payerId=${other.body.id}&reference=P-13`), []);
  assert.ok((await found(`payerId=${office.payerId}&queue=awaiting-payment`)).includes(claim.id));
});

test('a payer and its plan are amended by version; a closed one takes no new insurance', async ({ office }) => {
  const { admin, cashier } = office;
  const { body: payer } = await admin.post('/api/payers', { code: 'AMEND', name: 'Amend' });
  const changed = { code: 'AMEND', name: 'Amended', subscriberPattern: 'A[0-9]{3}', filingDays: 30, active: false };
  assert.is((await cashier.put(`/api/payers/${payer.id}`, changed, etag(payer.version))).status, 403);
  const done = await admin.put(`/api/payers/${payer.id}`, changed, etag(payer.version));
  assert.equal([done.status, done.body.name, done.body.active], [200, 'Amended', false], JSON.stringify(done.body));
  assert.is((await admin.put(`/api/payers/${payer.id}`, changed, etag(payer.version))).status, 412);
  const unreadable = { ...changed, subscriberPattern: 'A[0-9' };
  assert.is((await admin.put(`/api/payers/${payer.id}`, unreadable, etag(done.body.version))).status, 400);
  const taken = await admin.post('/api/payers', { code: 'AMEND', name: 'Twice' });
  assert.equal([taken.status, taken.body.type], [409, '/problems/payer-code-unique']);

  const codes = [{ code: 'VITAMIN', rule: 'authorisation' }];
  const made = await admin.post('/api/insurance-plans', { payerId: payer.id, name: 'Gold', codes });
  const [plan] = made.body.plans;
  const amended = await admin.put(
    `/api/insurance-plans/${plan.id}`,
    { payerId: payer.id, name: 'Gold', copayMinor: 500, coinsuranceRate: '0.125', codes: [] },
    etag(plan.version),
  );
  const [after] = amended.body.plans;
  assert.equal(
    [after.copayMinor, after.coinsuranceRate, after.codes],
    [500, '0.1250', []],
    JSON.stringify(amended.body),
  );
});

test.run();
