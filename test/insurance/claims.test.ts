import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import { act, asPlanned, diagnose, key, startOffice, type Office } from './office.ts';

const test = suite<{ office: Office }>('insurance: claims');
test.before(async (at) => {
  at.office = await startOffice();
});
test.after(({ office }) => office?.stop());
test.after.each(({ office }) => office.holds());

const submitted = async ({ cashier, claimOf }: Office, invoiceId: string) => {
  const claim = await claimOf(invoiceId);
  const sent = await cashier.post(`/api/claims/${claim.id}/submit`, {}, act(claim.version));
  assert.is(sent.status, 200, JSON.stringify(sent.body));
  return sent.body;
};
const answer = ({ cashier }: Office, claim: { id: string; version: number }, body: object) =>
  cashier.post(`/api/claims/${claim.id}/answers`, body, act(claim.version));

test('an invoice is split by the plan while it is issued, line by line', async ({ office }) => {
  const { cashier } = office;
  const invoice = await office.invoiced(await office.insured(), { tablets: 21 });
  // Consultation 100.00: 10.00 copay, 9.00 coinsurance. Tablets 21.00: 2.10. Vitamins 5.00: excluded.
  assert.equal([invoice.totalMinor, invoice.payerMinor, invoice.openMinor], [12600, 9990, 2610]);
  const { body: shares } = await cashier.get(`/api/invoices/${invoice.id}/shares`);
  assert.is(shares.coverage.payerName, 'Kasse Vier');
  assert.equal(
    shares.lines.map((it: { patientMinor: number; payerMinor: number }) => [it.patientMinor, it.payerMinor]).sort(),
    [
      [1900, 8100],
      [210, 1890],
      [500, 0],
    ],
  );
  const tooMuch = await cashier.post(
    '/api/payments',
    { invoiceId: invoice.id, method: 'card', amountMinor: 2611 },
    key(),
  );
  assert.is(tooMuch.body.type, '/problems/payment-exceeds-open');
  const paid = await cashier.post('/api/payments', { invoiceId: invoice.id, method: 'card', amountMinor: 2610 }, key());
  assert.equal([paid.body.invoice.status, paid.body.invoice.openMinor], ['issued', 0]);
  const till = await cashier.get('/api/till');
  assert.not.ok(till.body.items.some((it: { patient: { id: string } }) => it.patient.id === invoice.patientId));
  // The claim asks for what the payer pays a part of, by the prices of the invoice, and points to the diagnosis.
  const claim = await office.claimOf(invoice.id);
  assert.equal([claim.workflow, claim.totalMinor, claim.errors], ['ready', 12100, 0]);
  assert.equal(
    claim.diagnoses.map((it: { code: string }) => it.code),
    ['I10'],
  );
  assert.equal(
    claim.lines.map((it: { diagnoses: number[] }) => it.diagnoses),
    [[1], [1]],
  );
});

test('the parts of a line are the line, to the minor unit, whatever the plan and the prices', async ({ office }) => {
  const Part = z.strictObject({
    line: z.int(), excludedMinor: z.int(), deductibleMinor: z.int(), copayMinor: z.int(), coinsuranceMinor: z.int(), payerMinor: z.int(),
  }); // prettier-ignore
  const amount = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 10_000_000_000 }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(amount, fc.boolean()), { minLength: 1, maxLength: 8 }),
      amount,
      amount,
      fc.integer({ min: 0, max: 10_000 }),
      async (lines, deductible, copay, rate) => {
        const parts = await office.db.any(sql.type(Part)`
          select * from insurance.split(${sql.array(lines.map(([minor]) => minor), 'int8')}, ${sql.array(lines.map(([, excluded]) => excluded), 'bool')},
            ${deductible}, ${copay}, ${rate}::numeric / 10000) order by line
        `); // prettier-ignore
        for (const [index, part] of parts.entries()) {
          const { line: _, ...amounts } = part;
          const [whole, excluded] = lines[index]!;
          assert.is(
            Object.values(amounts).reduce((sum, each) => sum + each, 0),
            whole,
          );
          assert.ok(Object.values(amounts).every((each) => each >= 0));
          if (excluded) assert.is(part.excludedMinor, whole);
        }
        const sum = (of: (part: z.infer<typeof Part>) => number) => parts.reduce((all, part) => all + of(part), 0);
        const covered = lines.reduce((all, [minor, excluded]) => all + (excluded ? 0 : minor), 0);
        assert.is(
          sum((part) => part.deductibleMinor),
          Math.min(deductible, covered),
        );
        assert.is(
          sum((part) => part.copayMinor),
          Math.min(copay, covered - Math.min(deductible, covered)),
        );
      },
    ),
    { numRuns: 150 },
  );
});

test('a claim that breaks a rule is held, says why, and is ready once that is mended', async ({ office }) => {
  const { cashier, doctor } = office;
  const patientId = await office.insured();
  const invoice = await office.invoiced(patientId, { diagnosis: false });
  const claim = await office.claimOf(invoice.id);
  assert.is(claim.workflow, 'draft');
  const errors = claim.findings.filter((it: { severity: string }) => it.severity === 'error');
  assert.equal(errors.map((it: { rule: string; line: number }) => [it.rule, it.line]), [
    ['diagnosis', 0],
    ['line-diagnosis', 1],
  ]); // prettier-ignore
  const refused = await cashier.post(`/api/claims/${claim.id}/submit`, {}, act(claim.version));
  assert.equal([refused.status, refused.body.type], [422, '/problems/claim-breaks-rules']);
  const { items } = (await cashier.get('/api/claims?queue=failing')).body;
  assert.ok(items.some((it: { id: string }) => it.id === claim.id));
  // The doctor writes the diagnosis afterwards: the claim hears of it.
  const visits = await doctor.get(`/api/encounters?patientId=${patientId}`);
  await diagnose(office, patientId, visits.body.items[0].id);
  await office.settle();
  assert.is((await office.claimOf(invoice.id)).workflow, 'ready');
});

test('a sent claim needs its key and its version, can be taken back in time, and then no more', async ({ office }) => {
  const { cashier } = office;
  const invoice = await office.invoiced(await office.insured());
  const claim = await office.claimOf(invoice.id);
  const path = `/api/claims/${claim.id}/submit`;
  assert.is((await cashier.post(path, {}, { 'if-match': `W/"${claim.version}"` })).status, 400);
  assert.is((await cashier.post(path, {}, key())).status, 428);
  const once = act(claim.version);
  const [sent, again] = [await cashier.post(path, {}, once), await cashier.post(path, {}, once)];
  assert.is(sent.body.workflow, 'submitted');
  assert.equal(again.body, sent.body, 'the same key gives the same answer');
  const recall = await cashier.post(`/api/claims/${claim.id}/recall`, {}, act(sent.body.version));
  assert.equal([recall.status, recall.body.type], [409, '/problems/claim-is-gone']);
  assert.is((await cashier.put(`/api/claims/${claim.id}`, { lines: [] }, act(sent.body.version))).status, 409);
});

test('paid as planned: the remittance closes claim and invoice, once for each reference', async ({ office }) => {
  const { cashier, payerId } = office;
  const invoice = await office.invoiced(await office.insured(), { tablets: 10 });
  const claim = await submitted(office, invoice.id);
  const { body: shares } = await cashier.get(`/api/invoices/${invoice.id}/shares`);
  const told = await answer(office, claim, {
    outcome: 'complete',
    payerReference: 'P-1',
    lines: asPlanned(claim, shares),
  });
  assert.equal([told.status, told.body.workflow], [201, 'adjudicated'], JSON.stringify(told.body));
  await cashier.post('/api/payments', { invoiceId: invoice.id, method: 'card', amountMinor: invoice.openMinor }, key());
  const remittance = {
    payerId,
    reference: 'R-1',
    paidOn: '2026-03-02',
    currency: 'EUR',
    lines: told.body.lines.map((it: { sequence: number; benefitMinor: number }) => ({
      claimReference: 'P-1',
      sequence: it.sequence,
      amountMinor: it.benefitMinor,
    })),
  };
  const [first, second] = await Promise.all([
    cashier.post('/api/remittances', remittance, key()),
    cashier.post('/api/remittances', remittance, key()),
  ]);
  assert.equal([first.status, second.status].sort(), [201, 409]);
  const done = await cashier.get(`/api/invoices/${invoice.id}`);
  assert.equal([done.body.status, done.body.payerOpenMinor, done.body.openMinor], ['balanced', 0, 0]);
  const closed = await office.claimOf(invoice.id);
  assert.is(closed.workflow, 'closed');
  assert.equal(
    closed.history.map((it: { workflow: string }) => it.workflow),
    ['ready', 'submitted', 'adjudicated', 'closed'],
  );
});

test('what the payer leaves to the patient is the patient’s; money that fits nowhere is kept and shown', async ({
  office,
}) => {
  const { cashier, payerId } = office;
  const invoice = await office.invoiced(await office.insured());
  const claim = await submitted(office, invoice.id);
  const lines = [{ sequence: 1, benefitMinor: 5000, copayMinor: 1000, deductibleMinor: 4000 }];
  await answer(office, claim, { outcome: 'complete', payerReference: 'P-2', lines });
  const owed = await cashier.get(`/api/invoices/${invoice.id}`);
  assert.equal([owed.body.payerOpenMinor, owed.body.openMinor], [5000, 5000]);
  const remittance = {
    payerId,
    reference: 'R-2',
    paidOn: '2026-03-02',
    currency: 'EUR',
    lines: [
      { claimReference: 'P-2', sequence: 1, amountMinor: 6000 },
      { claimReference: 'P-unknown', sequence: 1, amountMinor: 700 },
    ],
  };
  const { body } = await cashier.post('/api/remittances', remittance, key());
  assert.equal([body.amountMinor, body.unappliedMinor], [6700, 1700]);
  assert.is((await cashier.get('/api/claims/counts')).body.unapplied, 2);
  assert.is((await cashier.get('/api/remittances?unapplied=true')).body.items[0].reference, 'R-2');
});

test('a denied line is never written off by itself: it is listed with its next step and resubmitted with the payer’s number', async ({
  office,
}) => {
  const { cashier } = office;
  const invoice = await office.invoiced(await office.insured(), { tablets: 10 });
  const claim = await submitted(office, invoice.id);
  const lines = [
    { sequence: 1, benefitMinor: 8100, copayMinor: 1000, coinsuranceMinor: 900 },
    { sequence: 2, benefitMinor: 0, coinsuranceMinor: 100, deniedMinor: 900, reason: 'diagnosis' },
  ];
  const { body: denied } = await answer(office, claim, { outcome: 'partial', payerReference: 'P-3', lines });
  assert.equal([denied.workflow, denied.deniedMinor, denied.nextAction], ['adjudicated', 900, 'resubmit']);
  assert.is(denied.lines[1].reasonSentence, 'claim_reason_diagnosis');
  const list = (await cashier.get('/api/claims?queue=denied')).body.items;
  assert.ok(list.some((it: { id: string }) => it.id === claim.id));
  assert.is((await cashier.get(`/api/invoices/${invoice.id}`)).body.writtenOffMinor, 0);

  const again = await cashier.post(`/api/claims/${claim.id}/resubmit`, {}, act(denied.version));
  assert.is(again.status, 201, JSON.stringify(again.body));
  const { frequency, replacesId, replacesReference, totalMinor, workflow } = again.body;
  assert.equal([frequency, replacesId, replacesReference, totalMinor, workflow], [7, claim.id, 'P-3', 900, 'ready']);
  const twice = await cashier.post(
    `/api/claims/${claim.id}/resubmit`,
    {},
    act((await cashier.get(`/api/claims/${claim.id}`)).body.version),
  );
  assert.is(twice.body.type, '/problems/line-not-denied');

  // Denied again: now somebody decides. A write-off needs a reason.
  const sent = await cashier.post(`/api/claims/${again.body.id}/submit`, {}, act(again.body.version));
  const still = await answer(office, sent.body, {
    outcome: 'complete',
    payerReference: 'P-4',
    lines: [{ sequence: 1, benefitMinor: 0, deniedMinor: 900, reason: 'something new' }],
  });
  assert.equal([still.body.lines[0].reason, still.body.nextAction], ['other', 'appeal']);
  const path = `/api/claims/${again.body.id}/lines/1/decide`;
  assert.is((await cashier.post(path, { action: 'write-off' }, act(still.body.version))).status, 400);
  const appealed = await cashier.post(path, { action: 'appeal' }, act(still.body.version));
  assert.is(appealed.body.lines[0].state, 'appealed');
  const given = await cashier.post(path, { action: 'write-off', reason: 'Appeal lost' }, act(appealed.body.version));
  assert.equal([given.status, given.body.workflow], [200, 'closed'], JSON.stringify(given.body));
  assert.is((await cashier.get(`/api/invoices/${invoice.id}`)).body.writtenOffMinor, 900);
});

test('a rejection is no denial: mended and sent again as it is; an answer that does not add up moves no money', async ({
  office,
}) => {
  const { cashier } = office;
  const invoice = await office.invoiced(await office.insured());
  const claim = await submitted(office, invoice.id);
  const unreadable = await answer(office, claim, { outcome: 'complete', lines: [{ sequence: 1, benefitMinor: 5 }] });
  assert.equal([unreadable.status, unreadable.body.type], [422, '/problems/claim-answer-unreadable']);
  const pended = await answer(office, claim, { outcome: 'queued', payerReference: 'P-5' });
  assert.is(pended.body.workflow, 'pended');
  const rejected = await answer(office, pended.body, { outcome: 'error', disposition: 'Member not found' });
  assert.equal([rejected.body.workflow, rejected.body.frequency], ['rejected', 1]);
  const sent = await cashier.post(`/api/claims/${claim.id}/submit`, {}, act(rejected.body.version));
  assert.is(sent.body.workflow, 'submitted', JSON.stringify(sent.body));
});

test('without a claim the patient owes it, and history from elsewhere makes no claim', async ({ office }) => {
  const { cashier } = office;
  const patientId = await office.insured();
  const invoice = await office.invoiced(patientId);
  const claim = await office.claimOf(invoice.id);
  const cancelled = await cashier.post(
    `/api/claims/${claim.id}/cancel`,
    { reason: 'Patient pays alone' },
    act(claim.version),
  );
  assert.is(cancelled.body.workflow, 'cancelled', JSON.stringify(cancelled.body));
  assert.equal((await cashier.get(`/api/invoices/${invoice.id}`)).body.openMinor, 10000);
  await office.db.transaction((tx) =>
    publish({ ...tx, origin: 'import' }, 'billing.invoice-issued', invoice.id, { patientId }),
  );
  await office.settle();
  assert.is((await cashier.get(`/api/claims?patientId=${patientId}`)).body.items.length, 1);
});

test('two invoices at once use a deductible once; a coverage that ended covers nothing', async ({ office }) => {
  const { admin, cashier, payerId } = office;
  const made = await admin.post('/api/insurance-plans', { payerId, name: 'Deductible', deductibleMinor: 15000 });
  const planId = made.body.plans.find((it: { name: string }) => it.name === 'Deductible').id;
  const patientId = await office.patient();
  const coverage = { patientId, planId, subscriberId: 'KV-999999', startsOn: '2026-01-01' };
  const { body } = await cashier.post('/api/coverages', coverage);
  const [one, two] = await Promise.all([office.invoiced(patientId), office.invoiced(patientId)]);
  assert.is(one.openMinor + two.openMinor, 15000);
  assert.is((await cashier.post('/api/coverages', coverage)).body.type, '/problems/coverage-one-in-force');
  await cashier.put(
    `/api/coverages/${body.id}`,
    { planId, subscriberId: 'KV-999999', startsOn: '2026-01-01', endsOn: '2026-03-01' },
    act(body.version),
  );
  assert.is((await office.invoiced(patientId)).payerMinor, 0);
});

test('permissions: reception sees and writes coverage, not claims; doctors neither', async ({ office }) => {
  const patientId = await office.insured();
  const invoice = await office.invoiced(patientId);
  const claim = await office.claimOf(invoice.id);
  const { clerk, doctor, admin, cashier } = office;
  assert.is((await clerk.get(`/api/coverages?patientId=${patientId}`)).body.items.length, 1);
  assert.is((await clerk.get(`/api/patients/${patientId}/record`)).body.coverages.items.length, 1);
  assert.is((await clerk.get(`/api/claims/${claim.id}`)).status, 403);
  assert.is((await doctor.get(`/api/coverages?patientId=${patientId}`)).status, 403);
  assert.is((await doctor.get(`/api/patients/${patientId}/record`)).body.coverages, undefined);
  assert.is((await admin.get(`/api/claims/${claim.id}`)).status, 200);
  assert.is((await cashier.post('/api/payers', { code: 'XX', name: 'X' })).status, 403);
  assert.is((await doctor.post(`/api/claims/${claim.id}/submit`, {}, act(claim.version))).status, 403);
});

test.run();
