import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { askProvider } from '../../plugins/portal/jobs.ts';
import type { Payment } from '../../scripts/payment-simulator.ts';
import { key, startDesk, type Desk, type Portal } from './desk.ts';

const test = suite<{ desk: Desk }>('portal: payments');
test.before(async (at) => {
  at.desk = await startDesk();
});
test.after((at) => at.desk?.stop());
test.after.each(async ({ desk }) => {
  desk.provider.away(false);
  desk.provider.mute(false);
  await desk.holds();
});

const begun = async (desk: Desk) => {
  const person = await desk.enrolled();
  const bill = await desk.billed(person.patientId);
  const { status, body } = await person.post(`/api/portal/bills/${bill.id}/payments`);
  assert.is(status, 201, JSON.stringify(body));
  return { person, bill, payment: body as { id: string; url: string; amountMinor: number } };
};
/** At once: the job begins to ask after 20 seconds. */
const ask = async (desk: Desk) => {
  await desk.db.query(sql.unsafe`update portal.payment set asked_at = null`);
  await askProvider(desk.hms.db(service('portal')), desk.hms);
};
const stateOf = async (person: Portal, id: string) =>
  (await person.post(`/api/portal/payments/${id}/check`)).body.status;
const invoiceOf = async (desk: Desk, id: string) => (await desk.cashier.get(`/api/invoices/${id}`)).body;
const said = (payment: { id: string; amountMinor: number }, status: Payment['status'], more = {}) => ({
  id: payment.id,
  status,
  amountMinor: payment.amountMinor,
  currency: 'EUR',
  ...more,
});

test('what the provider reports pays the invoice once, with its receipt', async ({ desk }) => {
  const { person, bill, payment } = await begun(desk);
  assert.is(payment.amountMinor, 4550);
  assert.ok(payment.url.startsWith(desk.provider.url));
  assert.is(
    desk.provider.payments.get(payment.id)!.returnUrl,
    `${desk.url}/portal/bills/${bill.id}?payment=${payment.id}`,
  );
  await desk.provider.decide(payment.id, 'paid');
  assert.is(await stateOf(person, payment.id), 'paid');
  const invoice = await invoiceOf(desk, bill.id);
  assert.equal([invoice.status, invoice.payments.length, invoice.payments[0].method], ['balanced', 1, 'online']);
  const shown = (await person.get(`/api/portal/bills/${bill.id}`)).body;
  assert.equal([shown.openMinor, shown.payments[0].receiptNumber], [0, invoice.payments[0].receiptNumber]);
  assert.is((await person.post(`/api/portal/bills/${bill.id}/payments`)).status, 422);
});

test('reports in any order and number, returns and questions between them: paid once', async ({ desk }) => {
  const step = fc.constantFrom('report', 'check', 'ask', 'refused-before', 'twice');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
      desk.provider.mute(true);
      const { person, bill, payment } = await begun(desk);
      if (steps.includes('refused-before')) await desk.provider.report(said(payment, 'refused'));
      await desk.provider.decide(payment.id, 'paid');
      for (const it of steps) {
        if (it === 'report') assert.is(await desk.provider.report(said(payment, 'paid')), 204);
        if (it === 'check') await stateOf(person, payment.id);
        if (it === 'ask') await ask(desk);
        if (it === 'twice') await Promise.all([1, 2].map(() => desk.provider.report(said(payment, 'paid'))));
      }
      await desk.provider.report(said(payment, 'paid'));
      await desk.provider.report(said(payment, 'refused'));
      const invoice = await invoiceOf(desk, bill.id);
      assert.equal([invoice.status, invoice.payments.length, invoice.paidMinor], ['balanced', 1, 4550]);
    }),
    { numRuns: 6 },
  );
});

test('a report that never comes is asked for', async ({ desk }) => {
  desk.provider.mute(true);
  const { person, bill, payment } = await begun(desk);
  await desk.provider.decide(payment.id, 'paid');
  await ask(desk);
  assert.is((await invoiceOf(desk, bill.id)).status, 'balanced');
  assert.is(await stateOf(person, payment.id), 'paid');
});

test('a wrong signature, an old one or a foreign one changes nothing', async ({ desk }) => {
  const { bill, payment } = await begun(desk);
  const { report } = desk.provider;
  const old = Math.floor(Date.now() / 1000) - 3600;
  assert.is(await report(said(payment, 'paid'), { key: 'x'.repeat(40) }), 401);
  assert.is(await report(said(payment, 'paid'), { at: old }), 401);
  const plain = await desk.anonymous.post('/api/portal/payments/callback', said(payment, 'paid'));
  assert.is(plain.status, 401);
  assert.is((await invoiceOf(desk, bill.id)).status, 'issued');
  // Signed and about nothing of ours: taken, so that it is not sent for ever.
  assert.is(await report(said({ ...payment, id: crypto.randomUUID() }, 'paid')), 204);
  assert.is(await report({ hello: 'there' }), 204);
});

test('another amount is not taken and not forgotten', async ({ desk }) => {
  const { person, bill, payment } = await begun(desk);
  desk.provider.mute(true);
  await desk.provider.report(said(payment, 'paid', { amountMinor: 1 }));
  await desk.provider.report(said(payment, 'paid'));
  assert.is(await stateOf(person, payment.id), 'disputed');
  assert.is((await invoiceOf(desk, bill.id)).paidMinor, 0);
  const { portal } = (await desk.clerk.get(`/api/patients/${person.patientId}/record`)).body;
  assert.equal(
    portal.payments.map(({ status }: { status: string }) => status),
    ['disputed'],
  );
});

test('paid at the till meanwhile: all of it goes back, and the bill says so', async ({ desk }) => {
  const { person, bill, payment } = await begun(desk);
  const cash = { invoiceId: bill.id, method: 'cash', amountMinor: 2000 };
  assert.is((await desk.cashier.post('/api/payments', cash, key())).status, 201);
  await desk.provider.decide(payment.id, 'paid');
  assert.is(await stateOf(person, payment.id), 'refund-due');
  assert.equal((await person.get(`/api/portal/bills/${bill.id}`)).body.waiting, [
    { status: 'refund-due', amountMinor: 4550 },
  ]);
  await ask(desk);
  assert.is(await stateOf(person, payment.id), 'refunded');
  assert.is(desk.provider.payments.get(payment.id)!.status, 'refunded');
  const invoice = await invoiceOf(desk, bill.id);
  assert.equal([invoice.paidMinor, invoice.openMinor], [2000, 2550]);
  // What is open now is another payment.
  const rest = await person.post(`/api/portal/bills/${bill.id}/payments`);
  assert.is(rest.body.amountMinor, 2550);
});

test('till and provider at one moment: never more than the invoice', async ({ desk }) => {
  const { person, bill, payment } = await begun(desk);
  desk.provider.mute(true);
  await desk.provider.decide(payment.id, 'paid');
  const cash = { invoiceId: bill.id, method: 'cash', amountMinor: 4550 };
  await Promise.all([desk.cashier.post('/api/payments', cash, key()), desk.provider.report(said(payment, 'paid'))]);
  await ask(desk);
  const invoice = await invoiceOf(desk, bill.id);
  assert.equal([invoice.status, invoice.paidMinor, invoice.payments.length], ['balanced', 4550, 1]);
  assert.ok(['paid', 'refunded'].includes(await stateOf(person, payment.id)));
});

test('two taps are one payment; a refused card may be tried again', async ({ desk }) => {
  const { person, bill, payment } = await begun(desk);
  const again = await person.post(`/api/portal/bills/${bill.id}/payments`);
  assert.is(again.body.id, payment.id);
  await desk.provider.decide(payment.id, 'refused');
  assert.is(await stateOf(person, payment.id), 'refused');
  const next = await person.post(`/api/portal/bills/${bill.id}/payments`);
  assert.is.not(next.body.id, payment.id);
  await desk.provider.decide(next.body.id, 'paid');
  assert.is((await invoiceOf(desk, bill.id)).status, 'balanced');
});

test('while the provider is away nothing is paid and nothing is lost', async ({ desk }) => {
  const person = await desk.enrolled();
  const bill = await desk.billed(person.patientId);
  desk.provider.away(true);
  const refused = await person.post(`/api/portal/bills/${bill.id}/payments`);
  assert.equal([refused.status, refused.body.type], [503, '/problems/payment-provider-away']);
  await ask(desk);
  desk.provider.away(false);
  const begunAgain = await person.post(`/api/portal/bills/${bill.id}/payments`);
  assert.is(begunAgain.status, 201);
  await desk.provider.decide(begunAgain.body.id, 'paid');
  assert.is((await invoiceOf(desk, bill.id)).status, 'balanced');
});

test('nobody is there to pay: after a day it is over', async ({ desk }) => {
  const { person, payment } = await begun(desk);
  await desk.setClock('2026-03-04T09:00:00Z');
  await ask(desk);
  assert.is(await stateOf(person, payment.id), 'abandoned');
  await desk.setClock('2026-03-02T08:00:00Z');
});
test.run();
