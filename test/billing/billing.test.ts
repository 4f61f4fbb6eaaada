import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import { invariants } from '../../plugins/billing/invariants.ts';
import { startHms, type Client, type TestHms } from '../hms.ts';

interface At {
  hms: TestHms;
  cashier: Client;
  admin: Client;
}
const test = suite<At>('billing');
const now = '2026-03-02T08:00:00Z';

test.before(async (at) => {
  at.hms = await startHms(['auth', 'facility', 'patients', 'billing'], { now });
  at.cashier = await at.hms.as('cashier');
  at.admin = await at.hms.as('admin');
  for (const [code, display, unitPrice] of [
    ['CONSULT', 'Consultation', '45.50'],
    ['VISIT-AMB', 'Visit', '30'],
    ['AMOX', 'Amoxicillin', '0.125'],
  ])
    assert.is((await at.admin.put(`/api/prices/${code}`, { display, unitPrice, currency: 'EUR' })).status, 200);
});
test.after(async ({ hms }) => hms?.stop());
test.after.each(async ({ hms }) => {
  for (const [rule, query] of Object.entries(invariants)) assert.equal(await hms.db.any(query), [], rule);
});

const key = () => ({ 'idempotency-key': randomUUID() });
let registered = 0;
const newPatient = async ({ hms }: At): Promise<string> => {
  const clerk = await hms.as('receptionist');
  const { body } = await clerk.post('/api/patients', {
    familyName: `Payer${(registered += 1)}`,
    givenName: 'Pia',
    birthDate: '1980-02-03',
    gender: 'female',
    phone: '+49 30 5550101',
    city: 'Berlin',
    notSameReason: 'Of a test',
  });
  return (body as { id: string }).id;
};

/** As another plugin tells it; billing knows nothing else of a visit or a dispense. */
const tell = (
  hms: TestHms,
  name: string,
  subjectId: string,
  facts: Record<string, string | number | null>,
  origin: 'here' | 'import' = 'here',
) => hms.db.transaction((tx) => publish({ ...tx, origin }, name, subjectId, facts));
const finishVisit = async (
  { hms }: At,
  patientId: string,
  facts: Record<string, string | null> = {},
  origin: 'here' | 'import' = 'here',
) => {
  const encounterId = randomUUID();
  await tell(hms, 'ehr.encounter-finished', encounterId, { patientId, class: 'AMB', ...facts }, origin);
  await hms.settle();
  return encounterId;
};
const dispensed = async (
  { hms }: At,
  patientId: string,
  encounterId: string,
  quantity: number,
  medicationCode = 'AMOX',
) => {
  await tell(hms, 'pharmacy.medication-dispensed', randomUUID(), {
    patientId,
    encounterId,
    medicationRequestId: randomUUID(),
    medicationId: randomUUID(),
    medicationCode,
    quantity,
  });
  await hms.settle();
};

test('a finished visit becomes an invoice in one request, and is paid', async (at) => {
  const { cashier } = at;
  const patientId = await newPatient(at);
  const encounterId = await finishVisit(at, patientId);
  await dispensed(at, patientId, encounterId, 21);

  const till = await cashier.get('/api/till');
  const [entry] = till.body.items;
  assert.is(till.status, 200);
  assert.is(entry.patient.id, patientId);
  assert.is(entry.encounterId, encounterId);
  assert.is(entry.billableMinor, 3263, '30.00 and 21 × 0.125 = 2.625, rounded once, half up');

  const look = async (text: string) =>
    (await cashier.post('/api/till/search', { text })).body.items.map(
      (it: { patient: { id: string } }) => it.patient.id,
    );
  const { familyName, recordNumber } = entry.patient;
  assert.equal(await look(`${familyName.toUpperCase()}, pia`), [patientId]);
  assert.equal(await look(recordNumber), [patientId]);
  assert.equal(await look(`${familyName} nobody`), []);

  const issued = await cashier.post('/api/invoices', { patientId, encounterId }, key());
  assert.equal(await look(issued.body.number), [patientId]);
  assert.is(issued.status, 201);
  assert.is(issued.headers.get('etag'), 'W/"1"');
  const invoice = issued.body;
  assert.match(invoice.number, /^INV-\d{6}$/);
  assert.is(invoice.status, 'issued');
  assert.is(invoice.totalMinor, 3263);
  assert.is(invoice.openMinor, 3263);
  assert.equal(invoice.lines.map((line: { code: string }) => line.code).sort(), ['AMOX', 'VISIT-AMB']);
  assert.is(invoice.lines.find((line: { code: string }) => line.code === 'AMOX').unitPrice, '0.125');

  const part = await cashier.post('/api/payments', { invoiceId: invoice.id, method: 'card', amountMinor: 1263 }, key());
  assert.is(part.status, 201);
  assert.is(part.body.invoice.openMinor, 2000);
  const rest = await cashier.post(
    '/api/payments',
    { invoiceId: invoice.id, method: 'cash', amountMinor: 2000, tenderedMinor: 5000 },
    key(),
  );
  assert.is(rest.body.payment.changeMinor, 3000);
  assert.is(rest.body.invoice.status, 'balanced');
  assert.is(rest.body.invoice.version, 3);
  assert.is.not(rest.body.payment.receiptNumber, part.body.payment.receiptNumber);
  assert.is((await cashier.get('/api/till')).body.items.length, 0);

  const read = await cashier.get(`/api/invoices/${invoice.id}`);
  assert.equal(read.body, rest.body.invoice);
  assert.equal((await cashier.get(`/api/invoices?patientId=${patientId}`)).body.items, [read.body]);
  const record = await cashier.get(`/api/patients/${patientId}/record`);
  assert.equal(record.body.invoices, { items: [read.body], total: 1, next: null });
});

test('an event that arrives twice charges once, history from elsewhere never', async (at) => {
  const patientId = await newPatient(at);
  const encounterId = await finishVisit(at, patientId);
  await tell(at.hms, 'ehr.encounter-finished', encounterId, { patientId, class: 'AMB' });
  await at.hms.settle();
  await finishVisit(at, patientId, {}, 'import');
  const { body } = await at.cashier.get(`/api/charge-items?patientId=${patientId}`);
  assert.is(body.items.length, 1);
  assert.is(body.items[0].status, 'billable');
  assert.is((await at.cashier.get('/api/charge-items')).status, 400);
});

test('the service decides the price, the class only when the service has none', async (at) => {
  const patientId = await newPatient(at);
  await finishVisit(at, patientId, { serviceCode: 'CONSULT' });
  await finishVisit(at, patientId, { serviceCode: 'RARE' });
  const { body } = await at.cashier.get(`/api/charge-items?patientId=${patientId}`);
  assert.equal(body.items.map((it: { code: string; amountMinor: number }) => [it.code, it.amountMinor]).sort(), [
    ['CONSULT', 4550],
    ['VISIT-AMB', 3000],
  ]);
});

test('without a price the charge waits and is not billed; with one nothing was lost', async (at) => {
  const { cashier, admin } = at;
  const patientId = await newPatient(at);
  const encounterId = await finishVisit(at, patientId);
  await dispensed(at, patientId, encounterId, 10, 'NEWDRUG');
  const entry = (await cashier.get('/api/till')).body.items.find(
    (it: { patient: { id: string } }) => it.patient.id === patientId,
  );
  assert.is(entry.needsPrice, 1);
  assert.is(entry.billableMinor, 3000);
  const refused = await cashier.post('/api/invoices', { patientId }, key());
  assert.is(refused.status, 422);
  assert.is(refused.body.type, '/problems/charge-needs-price');
  assert.match(refused.body.detail, /NEWDRUG/);

  const other = await admin.put('/api/prices/NEWDRUG', { display: 'New drug', unitPrice: '2.5', currency: 'USD' });
  assert.is(other.body.type, '/problems/price-other-currency');
  await admin.put('/api/prices/NEWDRUG', { display: 'New drug', unitPrice: '2.5', currency: 'EUR' });
  const issued = await cashier.post('/api/invoices', { patientId }, key());
  assert.is(issued.status, 201);
  assert.is(issued.body.totalMinor, 5500);
});

test('a new price changes no old charge', async (at) => {
  const { cashier, admin } = at;
  const patientId = await newPatient(at);
  await admin.put('/api/prices/OLD', { display: 'Old', unitPrice: '1', currency: 'EUR' });
  await dispensed(at, patientId, randomUUID(), 2, 'OLD');
  await at.hms.setClock('2026-03-02T09:00:00Z');
  const changed = await admin.put('/api/prices/OLD', { display: 'Old', unitPrice: '9.99', currency: 'EUR' });
  assert.is(changed.body.unitPrice, '9.99');
  await dispensed(at, patientId, randomUUID(), 2, 'OLD');
  const { body } = await cashier.get(`/api/charge-items?patientId=${patientId}`);
  assert.equal(
    body.items.map((it: { amountMinor: number }) => it.amountMinor),
    [1998, 200],
  );
  const prices = await admin.get('/api/prices?text=old');
  assert.equal(
    prices.body.items.map((it: { unitPrice: string }) => it.unitPrice),
    ['9.99'],
  );
  await at.hms.setClock(now);
});

test('a double click and a second window make one invoice', async (at) => {
  const { cashier } = at;
  const patientId = await newPatient(at);
  await finishVisit(at, patientId);
  const once = key();
  const [first, again] = [
    await cashier.post('/api/invoices', { patientId }, once),
    await cashier.post('/api/invoices', { patientId }, once),
  ];
  assert.is(first.status, 201);
  assert.equal(again.body, first.body);
  assert.is((await cashier.post('/api/invoices', { patientId })).body.type, '/problems/idempotency-key-missing');

  await finishVisit(at, patientId);
  const windows = await Promise.all(
    Array.from({ length: 8 }, () => cashier.post('/api/invoices', { patientId }, key())),
  );
  assert.equal(windows.map(({ status }) => status).sort(), [201, ...Array<number>(7).fill(422)]);
  assert.is(windows.find(({ status }) => status === 422)?.body.type, '/problems/invoice-nothing-to-bill');
});

test('numbers are drawn once, without gaps, however many counters work', async (at) => {
  const patients = await Promise.all(Array.from({ length: 12 }, () => newPatient(at)));
  for (const patientId of patients) await finishVisit(at, patientId);
  const issued = await Promise.all(patients.map((patientId) => at.cashier.post('/api/invoices', { patientId }, key())));
  const numbers = issued.map(({ body }) => Number(body.number.slice(4))).sort((a, b) => a - b);
  assert.equal(
    numbers,
    numbers.map((_, n) => numbers[0]! + n),
  );
});

test('no more is paid than is open, at however many counters', async (at) => {
  const { cashier } = at;
  const patientId = await newPatient(at);
  await finishVisit(at, patientId);
  const { body: invoice } = await cashier.post('/api/invoices', { patientId }, key());
  const pay = (amountMinor: number, more = {}) =>
    cashier.post('/api/payments', { invoiceId: invoice.id, method: 'cash', amountMinor, ...more }, key());
  assert.is((await pay(100, { tenderedMinor: 50 })).body.type, '/problems/payment-tendered-short');
  assert.is(
    (await cashier.post('/api/payments', { invoiceId: invoice.id, amountMinor: 100 }, key())).status,
    400,
    'the method is mandatory',
  );
  const counters = await Promise.all(Array.from({ length: 10 }, () => pay(700)));
  assert.is(counters.filter(({ status }) => status === 201).length, 4);
  const refused = counters.find(({ status }) => status !== 201);
  assert.is(refused?.status, 422);
  assert.is(refused?.body.type, '/problems/payment-exceeds-open');
  assert.is((await cashier.get(`/api/invoices/${invoice.id}`)).body.openMinor, 200);
});

test('FHIR: charges and invoices are read; what another system billed is kept and owed nowhere', async (at) => {
  const { cashier } = at;
  const patientId = await newPatient(at);
  const encounterId = await finishVisit(at, patientId);
  await dispensed(at, patientId, encounterId, 3);
  const { body: issued } = await cashier.post('/api/invoices', { patientId }, key());
  const read = await cashier.get(`/fhir/R4/Invoice/${issued.id}`);
  assert.is(read.status, 200);
  assert.equal(read.body.identifier, [{ system: 'urn:openward:invoice-number', value: issued.number }]);
  assert.equal(read.body.totalGross, { value: 30.38, currency: 'EUR' });
  assert.is(read.body.lineItem.length, 2);
  const line = await cashier.get(`/fhir/R4/${read.body.lineItem[0].chargeItemReference.reference}`);
  assert.is(line.body.status, 'billed');
  assert.is((await cashier.get(`/fhir/R4/ChargeItem?patient=${patientId}`)).body.total, 2);
  assert.is(
    (await cashier.get(`/fhir/R4/Invoice?identifier=urn:openward:invoice-number|${issued.number}`)).body.total,
    1,
  );

  const type = { 'content-type': 'application/fhir+json' };
  const changed = await cashier.fetch(`/fhir/R4/Invoice/${issued.id}`, {
    method: 'PUT',
    headers: type,
    body: JSON.stringify({ ...read.body, status: 'cancelled' }),
  });
  assert.is(changed.status, 409);

  const subject = { reference: `Patient/${patientId}` };
  const other = {
    resourceType: 'Invoice',
    status: 'issued',
    subject,
    date: '2019-05',
    totalGross: { value: 1234.5, currency: 'USD' },
    note: [{ text: 'From before' }],
  };
  const kept = await cashier.post('/fhir/R4/Invoice', other, type);
  assert.is(kept.status, 201, JSON.stringify(kept.body));
  const back = await cashier.get(
    `/fhir/R4/Invoice/${kept.body.id ?? kept.headers.get('location')?.split('/Invoice/')[1]?.split('/')[0]}`,
  );
  assert.equal([back.body.date, back.body.totalGross, back.body.note], [other.date, other.totalGross, other.note]);
  const charge = {
    resourceType: 'ChargeItem',
    status: 'billable',
    subject,
    code: { text: 'Old charge' },
    quantity: { value: 2.5 },
  };
  assert.is((await cashier.post('/fhir/R4/ChargeItem', charge, type)).status, 201);
  assert.is((await cashier.post('/api/invoices', { patientId }, key())).body.type, '/problems/invoice-nothing-to-bill');
  assert.is((await cashier.get(`/api/invoices?patientId=${patientId}`)).body.items.length, 1);
});

test('who may not, does not; what is hidden is not there', async (at) => {
  const nurse = await at.hms.as('nurse');
  assert.is((await nurse.get('/api/till')).status, 403);
  assert.is(
    (await at.admin.post('/api/payments', { invoiceId: randomUUID(), method: 'cash', amountMinor: 1 }, key())).status,
    403,
  );
  assert.is((await at.cashier.get(`/api/invoices/${randomUUID()}`)).status, 404);
  assert.is((await at.cashier.post('/api/invoices', { patientId: randomUUID() }, key())).status, 404);
  assert.is(
    (await at.cashier.post('/api/payments', { invoiceId: randomUUID(), method: 'cash', amountMinor: 1 }, key())).status,
    404,
  );
});

test('the database alone refuses what the code would', async ({ hms }) => {
  const app = hms.hms.db();
  const changed = await app
    .query(sql.unsafe`update billing.posting set amount_minor = amount_minor + 1`)
    .catch((error: Error) => error);
  assert.instance(changed, Error);
  const overpaid = await hms.db
    .query(sql.unsafe`update billing.invoice set paid_minor = total_minor + 1`)
    .catch((error: { cause?: { constraint?: string } }) => error);
  assert.instance(overpaid, Error);
});

test.run();
