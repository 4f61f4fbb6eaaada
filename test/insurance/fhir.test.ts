import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { parseJson, type Json } from '../../fhir/json.ts';
import { lost } from '../fhir/lost.ts';
import { act, startOffice, type Office } from './office.ts';

const folder = join(import.meta.dirname, '../data/insurance');
const root = '/fhir/R4';

const test = suite<{ office: Office }>('insurance: FHIR');
test.before(async (at) => {
  at.office = await startOffice();
});
test.after(({ office }) => office?.stop());

/** References of the examples lead to other examples; the patient's is the only one that has to be here. */
const exampleOf = (name: string, patientId: string): Json => {
  const text = readFileSync(join(folder, name), 'utf8').replaceAll(/"Patient\/[^"]+"/g, `"Patient/${patientId}"`);
  return parseJson(text) as Json;
};

test('what another system sends comes back as it was sent, and makes no work', async ({ office }) => {
  const { cashier } = office;
  const patientId = await office.patient();
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  assert.is(names.length, 7);
  for (const name of names) {
    const sent = exampleOf(name, patientId);
    const type = String(sent.resourceType);
    const made = await cashier.fetch(`${root}/${type}`, {
      method: 'POST',
      body: JSON.stringify(sent),
      headers: { 'content-type': 'application/fhir+json' },
    });
    const text = await made.text();
    assert.is(made.status, 201, `${name}: ${text}`);
    const read = await cashier.fetch(`${root}/${type}/${(JSON.parse(text) as { id: string }).id}`);
    assert.equal(lost(sent, parseJson(await read.text()) as Json, new Map()), [], name);
  }
  await office.settle();
  assert.equal((await cashier.get('/api/claims')).body.items, []);
  assert.equal((await cashier.get(`/api/coverages?patientId=${patientId}`)).body.items, []);
  assert.equal((await cashier.get('/api/remittances')).body.items, []);
  await office.holds();
});

test('a claim of ours reads as FHIR, with its answer, its explanation and the payment', async ({ office }) => {
  const { cashier, payerId, clerk } = office;
  const patientId = await office.insured();
  const invoice = await office.invoiced(patientId);
  const claim = await office.claimOf(invoice.id);
  const sent = await cashier.post(`/api/claims/${claim.id}/submit`, {}, act(claim.version));
  const lines = [
    {
      sequence: 1,
      benefitMinor: 8000,
      copayMinor: 1000,
      coinsuranceMinor: 900,
      deniedMinor: 100,
      reason: 'information',
    },
  ];
  const answer = { outcome: 'partial', payerReference: 'P-9', lines };
  assert.is((await cashier.post(`/api/claims/${claim.id}/answers`, answer, act(sent.body.version))).status, 201);
  const remittance = {
    payerId,
    reference: 'R-9',
    paidOn: '2026-03-02',
    currency: 'EUR',
    lines: [{ claimReference: 'P-9', sequence: 1, amountMinor: 8000 }],
  };
  assert.is((await cashier.post('/api/remittances', remittance, { 'idempotency-key': 'fhir-remittance' })).status, 201);

  const { body } = await cashier.get(`${root}/Claim/${claim.id}`);
  assert.equal(body.identifier, [{ system: 'urn:openward:claim-number', value: claim.number }]);
  assert.equal([body.use, body.total, body.item[0].diagnosisSequence], ['claim', { value: 100, currency: 'EUR' }, [1]]);
  assert.is((await cashier.get(`${root}/Claim?identifier=${claim.number}`)).body.total, 1);
  const only = async (query: string) => {
    const { body: bundle } = await cashier.get(`${root}/${query}`);
    assert.is(bundle.total, 1, query);
    return bundle.entry[0].resource;
  };
  const response = await only(`ClaimResponse?request=Claim/${claim.id}`);
  assert.is(response.outcome, 'partial');
  const parts = (it: {
    item: { adjudication: { category: { coding: { code: string }[] }; amount: { value: number } }[] }[];
  }) =>
    Object.fromEntries(
      it.item[0]!.adjudication.map(({ category, amount }) => [category.coding[0]!.code, amount.value]),
    );
  const expected = { submitted: 100, copay: 10, unallocdeduct: 9, benefit: 80, noncovered: 1 };
  assert.equal(parts(response), expected);
  assert.equal(parts(await only(`ExplanationOfBenefit?claim=Claim/${claim.id}`)), expected);
  const paid = (await cashier.get(`${root}/PaymentReconciliation`)).body.entry.find(
    (it: { resource: { paymentIdentifier?: { value: string } } }) => it.resource.paymentIdentifier?.value === 'R-9',
  ).resource;
  assert.equal(paid.paymentAmount, { value: 80, currency: 'EUR' });
  const coverage = await only(`Coverage?patient=Patient/${patientId}`);
  assert.is(coverage.payor[0].display, 'Kasse Vier');
  // What was made here is changed here; who may not read claims reads none.
  const refused = await cashier.put(`${root}/Claim/${claim.id}`, body);
  assert.is(refused.status, 409, JSON.stringify(refused.body));
  assert.is((await clerk.get(`${root}/Claim/${claim.id}`)).status, 403);
  assert.is((await cashier.get(`${root}/Claim/${claim.id}/_history`)).status, 200);
});

test('eligibility is asked and answered as FHIR says it', async ({ office }) => {
  const { cashier } = office;
  const patientId = await office.insured();
  const [coverage] = (await cashier.get(`/api/coverages?patientId=${patientId}`)).body.items;
  const asked = await cashier.post(`/api/coverages/${coverage.id}/eligibility`, {});
  assert.equal([asked.status, asked.body.answeredAt], [202, null]);
  const { body } = await cashier.get(`${root}/CoverageEligibilityRequest/${asked.body.id}`);
  assert.equal(body.insurance[0].coverage.reference, `Coverage/${coverage.id}`);
  const events = await office.db.any(sql.type(z.object({ name: z.string() }))`
    select name from core.outbox where subject_id = ${asked.body.id}
  `);
  assert.equal(
    events.map(({ name }) => name),
    ['insurance.eligibility-asked'],
  );
});

test.run();
