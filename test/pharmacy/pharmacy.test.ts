import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql, type Db } from '../../core/database.ts';
import { invariants } from '../../plugins/pharmacy/invariants.ts';
import { startHms, type Client, type TestHms } from '../hms.ts';

interface At {
  hms: TestHms;
  pharmacist: Client;
}
const test = suite<At>('pharmacy');
const now = '2026-03-02T08:00:00Z';

test.before(async (at) => {
  at.hms = await startHms(['auth', 'facility', 'patients', 'ehr', 'pharmacy'], { now });
  at.pharmacist = await at.hms.as('pharmacist');
});
test.after(async ({ hms }) => hms?.stop());
test.after.each(async ({ hms }) => {
  await hms.settle();
  for (const [rule, query] of Object.entries(invariants)) assert.equal(await hms.db.any(query), [], rule);
});

const key = () => ({ 'idempotency-key': randomUUID() });
const Id = z.strictObject({ id: z.uuid() });

let made = 0;
const newMedication = (db: Db): Promise<string> =>
  db.oneFirst(sql.type(Id)`
    insert into ehr.medication (code_system, code, display, unit, formulary)
    values ('http://www.nlm.nih.gov/research/umls/rxnorm', ${`T${(made += 1)}`}, ${`Testamine ${made}`}, 'tablet', true)
    returning id
  `);
const receive = (at: At, medicationId: string, lotNumber: string, expiresOn: string, quantity: number, more = {}) =>
  at.pharmacist.post('/api/stock/receipts', { medicationId, lotNumber, expiresOn, quantity, ...more }, key());

const newPatient = async ({ hms }: At): Promise<string> => {
  const clerk = await hms.as('receptionist');
  const { body } = await clerk.post('/api/patients', {
    familyName: `Taker${(made += 1)}`,
    givenName: 'Tim',
    birthDate: '1980-02-03',
    gender: 'male',
    phone: '+49 30 5550101',
    city: 'Berlin',
    notSameReason: 'Of a test',
  });
  return (body as { id: string }).id;
};
/** A visit with one prescription, as the clinical record keeps it. */
const prescribe = async (
  at: At,
  medicationId: string,
  quantity: number,
  { status = 'finished', minutesAgo = 30 } = {},
) => {
  const patientId = await newPatient(at);
  const encounterId = await at.hms.db.oneFirst(sql.type(Id)`
    insert into ehr.encounter (patient_id, status, arrived_at, started_at)
    values (${patientId}, ${status}, core.now() - interval '1 hour', core.now() - interval '50 minutes')
    returning id
  `);
  const requestId = await at.hms.db.oneFirst(sql.type(Id)`
    insert into ehr.medication_request (patient_id, encounter_id, medication_id, medication_display, dosage_text, quantity, unit, requester_name, authored_at)
    select ${patientId}, ${encounterId}, m.id, m.display, '1 tablet twice a day', ${quantity}, m.unit, 'Dr Test', core.now() - make_interval(mins => ${minutesAgo})
    from ehr.medication m where m.id = ${medicationId}
    returning id
  `);
  return { patientId, encounterId, requestId };
};
const handOut = (at: At, medicationRequestId: string, quantity: number, headers = key()) =>
  at.pharmacist.post('/api/medication-dispenses', { medicationRequestId, quantity }, headers);
const shelfOf = async (at: At, medicationId: string) => {
  const { body } = await at.pharmacist.get('/api/stock');
  return body.items.find((item: { medicationId: string }) => item.medicationId === medicationId);
};

test('a prescription is handed out from the lots that expire first', async (at) => {
  const medicationId = await newMedication(at.hms.db);
  await receive(at, medicationId, 'LATE', '2027-06-30', 100);
  await receive(at, medicationId, 'SOON', '2026-03-20', 8);
  const { requestId, patientId, encounterId } = await prescribe(at, medicationId, 20);

  const queue = await at.pharmacist.get('/api/dispense-queue');
  assert.is(queue.status, 200);
  const [waiting] = queue.body.items;
  assert.is(waiting.medicationRequest.id, requestId);
  assert.is(waiting.patient.id, patientId);
  assert.equal(waiting.patient.allergies, []);
  assert.is(waiting.patient.allergyState, 'not-recorded');
  assert.is(waiting.available, 108);
  assert.equal(
    waiting.lots.map((lot: { lotNumber: string }) => lot.lotNumber),
    ['SOON', 'LATE'],
  );

  const first = await handOut(at, requestId, 12);
  assert.is(first.status, 201);
  assert.is(first.body.status, 'completed');
  assert.equal(first.body.lots, [
    { lotNumber: 'SOON', expiresOn: '2026-03-20', quantity: 8 },
    { lotNumber: 'LATE', expiresOn: '2027-06-30', quantity: 4 },
  ]);
  const left = (await at.pharmacist.get('/api/dispense-queue')).body.items[0];
  assert.is(left.remaining, 8);
  assert.is(left.medicationRequest.dispensedQuantity, 12);

  const [event] = await at.hms.db.any(sql.type(z.object({ facts: z.record(z.string(), z.unknown()) }))`
    select facts from core.outbox where name = 'pharmacy.medication-dispensed' and subject_id = ${first.body.id}
  `);
  assert.equal(event?.facts, {
    patientId,
    encounterId,
    medicationRequestId: requestId,
    medicationId,
    medicationCode: 'T1',
    quantity: 12,
  });

  assert.is((await handOut(at, requestId, 8)).status, 201);
  assert.equal((await at.pharmacist.get('/api/dispense-queue')).body.items, []);
  assert.is((await shelfOf(at, medicationId)).onHand, 88);

  const record = await at.pharmacist.get(`/api/patients/${patientId}/record`);
  assert.is(record.body.dispenses.total, 2);
  const listed = await at.pharmacist.get(`/api/medication-dispenses?patientId=${patientId}`);
  assert.equal(record.body.dispenses.items, listed.body.items);
  assert.equal((await at.pharmacist.get(`/api/medication-dispenses/${first.body.id}`)).body, first.body);
});

test('no more is handed out than prescribed, at however many counters', async (at) => {
  const medicationId = await newMedication(at.hms.db);
  await receive(at, medicationId, 'A', '2027-01-31', 1000);
  const { requestId } = await prescribe(at, medicationId, 30);
  const refused = await handOut(at, requestId, 31);
  assert.is(refused.status, 409);
  assert.is(refused.body.type, '/problems/dispense-exceeds-prescribed');
  const counters = await Promise.all(Array.from({ length: 10 }, () => handOut(at, requestId, 7)));
  assert.is(counters.filter(({ status }) => status === 201).length, 4);
  for (const { status, body } of counters.filter((answer) => answer.status !== 201)) {
    assert.is(status, 409);
    assert.is(body.remaining, 2);
    assert.match(body.detail, /Only 2 of 30/);
  }
  await at.hms.settle();
  await handOut(at, requestId, 2);
  await at.hms.settle();
  assert.is((await handOut(at, requestId, 1)).body.type, '/problems/dispense-exceeds-prescribed');
});

test('K1: counted, ledger and balance agree after concurrent use, and nothing is ever below zero', async (at) => {
  const medicationId = await newMedication(at.hms.db);
  // Three lots with 90 together; forty counters want 1 to 5 each, more than there is.
  for (const [lot, expires, quantity] of [
    ['K-1', '2026-05-31', 13],
    ['K-2', '2026-06-30', 40],
    ['K-3', '2026-09-30', 37],
  ] as const)
    await receive(at, medicationId, lot, expires, quantity);
  const wishes: { requestId: string; quantity: number }[] = [];
  for (let n = 0; n < 40; n += 1) {
    const quantity = 1 + ((n * 7) % 5);
    wishes.push({ requestId: (await prescribe(at, medicationId, quantity)).requestId, quantity });
  }
  const wanted = wishes.reduce((sum, it) => sum + it.quantity, 0);
  assert.ok(wanted > 90);
  const answers = await Promise.all([
    ...wishes.map(({ requestId, quantity }) => handOut(at, requestId, quantity)),
    receive(at, medicationId, 'K-3', '2026-09-30', 5),
  ]);
  const given = wishes.reduce((sum, { quantity }, n) => sum + (answers[n]!.status === 201 ? quantity : 0), 0);
  for (const { status, body } of answers.slice(0, -1))
    assert.ok(status === 201 || body.type === '/problems/stock-insufficient', `${status} ${body.type}`);
  for (const { body } of answers)
    if (body.lots) assert.ok(body.lots.every((lot: { quantity?: number }) => (lot.quantity ?? 1) > 0));

  const shelf = await shelfOf(at, medicationId);
  assert.is(shelf.onHand, 95 - given, 'the shelf holds what was not handed out');
  assert.ok(shelf.onHand < 5, 'what could be given was given');
  const ledger = await at.hms.db.oneFirst(sql.type(z.strictObject({ sum: z.int() }))`
    select sum(m.quantity)::integer as sum from pharmacy.stock_movement m join pharmacy.lot on lot.id = m.lot_id where lot.medication_id = ${medicationId}
  `);
  assert.is(ledger, shelf.onHand);
  // First expired, first out: an earlier lot is empty while a later one still gives.
  assert.equal(
    shelf.lots.map((lot: { lotNumber: string }) => lot.lotNumber),
    shelf.onHand > 0 ? ['K-3'] : [],
  );
});

test('what is missing is said with what is there and what to do', async (at) => {
  const medicationId = await newMedication(at.hms.db);
  await receive(at, medicationId, 'FEW', '2026-12-31', 5);
  const { requestId } = await prescribe(at, medicationId, 20);
  const refused = await handOut(at, requestId, 20);
  assert.is(refused.status, 409);
  assert.is(refused.body.type, '/problems/stock-insufficient');
  assert.is(refused.body.available, 5);
  assert.is(refused.body.lots[0].lotNumber, 'FEW');
  assert.match(refused.body.detail, /Only 5 tablet of Testamine .* Dispense 5 now, or receive stock first/);
  assert.is((await handOut(at, requestId, 5)).status, 201, 'the refused attempt left nothing behind');
});

test('K2, K3: expired and held lots count as on hand, and are never handed out', async (at) => {
  const medicationId = await newMedication(at.hms.db);
  const late = await receive(at, medicationId, 'OLD', '2026-03-01', 10);
  assert.is(late.status, 422);
  assert.is(late.body.type, '/problems/lot-expired');
  const today = await receive(at, medicationId, 'TODAY', '2026-03-02', 10);
  assert.is(today.status, 201, 'a lot is usable on the day of its expiry date');
  const held = await receive(at, medicationId, 'HELD', '2026-12-31', 7);
  const lotId = held.body.lots.find((lot: { lotNumber: string }) => lot.lotNumber === 'HELD').id;
  const correct = (body: object, id = lotId) => at.pharmacist.post(`/api/stock/lots/${id}/corrections`, body, key());
  assert.is((await correct({ type: 'quarantine', reason: 'Package damaged' })).status, 201);
  let shelf = await shelfOf(at, medicationId);
  assert.equal([shelf.onHand, shelf.usable], [17, 10]);

  await at.hms.setClock('2026-03-02T23:30:00Z'); // 00:30 of the next day in the hospital's zone
  shelf = await shelfOf(at, medicationId);
  assert.equal([shelf.onHand, shelf.usable, shelf.available], [17, 0, 0]);
  const { requestId } = await prescribe(at, medicationId, 3);
  assert.is((await handOut(at, requestId, 3)).body.type, '/problems/stock-insufficient');
  await correct({ type: 'release', reason: 'Checked' });
  const given = await handOut(at, requestId, 3);
  assert.equal(
    given.body.lots.map((lot: { lotNumber: string }) => lot.lotNumber),
    ['HELD'],
  );

  const expired = shelf.lots.find((lot: { lotNumber: string }) => lot.lotNumber === 'TODAY').id;
  const direct = await at.hms.db
    .query(sql.unsafe`insert into pharmacy.stock_movement (lot_id, type, quantity) values (${expired}, 'issue', -1)`)
    .catch((error: Error) => error);
  assert.instance(direct, Error, 'not even by SQL');
  const disposed = await correct({ type: 'disposal', quantity: -10, reason: 'Expired' }, expired);
  assert.equal(
    disposed.body.lots.map((lot: { lotNumber: string; onHand: number }) => [lot.lotNumber, lot.onHand]),
    [['HELD', 4]],
  );
  const ledger = await at.pharmacist.get(`/api/stock/lots/${lotId}/movements`);
  assert.equal(
    ledger.body.items.map((it: { type: string; onHand: number }) => [it.type, it.onHand]),
    [
      ['dispense', 4],
      ['release', 7],
      ['quarantine', 7],
      ['receipt', 7],
    ],
  );
  await at.hms.setClock(now);
});

test('corrections name their reason and end at zero', async (at) => {
  const medicationId = await newMedication(at.hms.db);
  const { body } = await receive(at, medicationId, 'C', '2026-12-31', 10, { unitCost: '0.42' });
  const path = `/api/stock/lots/${body.lots[0].id}/corrections`;
  assert.is((await at.pharmacist.post(path, { type: 'adjustment', quantity: -3 }, key())).status, 400);
  assert.is(
    (await at.pharmacist.post(path, { type: 'disposal', quantity: 3, reason: 'wrong sign' }, key())).status,
    400,
  );
  const below = await at.pharmacist.post(path, { type: 'adjustment', quantity: -11, reason: 'Counted' }, key());
  assert.is(below.status, 409);
  assert.is(below.body.type, '/problems/stock-not-below-zero');
  assert.is(
    (await at.pharmacist.post(path, { type: 'adjustment', quantity: -3, reason: 'Counted' }, key())).body.onHand,
    7,
  );
  const other = await receive(at, medicationId, 'C', '2027-01-31', 1);
  assert.is(other.body.type, '/problems/lot-differs');
});

test('a repeated request hands out once, and a key is required', async (at) => {
  const medicationId = await newMedication(at.hms.db);
  await receive(at, medicationId, 'I', '2026-12-31', 100);
  const { requestId } = await prescribe(at, medicationId, 30);
  const once = key();
  const [first, again] = [await handOut(at, requestId, 10, once), await handOut(at, requestId, 10, once)];
  assert.equal(again.body, first.body);
  assert.is((await shelfOf(at, medicationId)).onHand, 90);
  assert.is((await handOut(at, requestId, 11, once)).status, 422);
  assert.is(
    (await at.pharmacist.post('/api/medication-dispenses', { medicationRequestId: requestId, quantity: 1 })).status,
    400,
  );
});

test('the queue waits for the visit, shows allergies, and forgets what was cancelled', async (at) => {
  const medicationId = await newMedication(at.hms.db);
  const planned = await prescribe(at, medicationId, 5, { status: 'arrived', minutesAgo: 90 });
  const later = await prescribe(at, medicationId, 5, { status: 'in-progress', minutesAgo: 60 });
  const cancelled = await prescribe(at, medicationId, 5, { minutesAgo: 80 });
  await at.hms.db.query(sql.unsafe`
    insert into ehr.allergy_intolerance (patient_id, display, criticality) values (${later.patientId}, 'Penicillin', 'high')
  `);
  await at.hms.db.query(
    sql.unsafe`update ehr.medication_request set status = 'cancelled' where id = ${cancelled.requestId}`,
  );
  const { body } = await at.pharmacist.get('/api/dispense-queue');
  const ids = body.items.map((it: { medicationRequest: { id: string } }) => it.medicationRequest.id);
  assert.not.ok(ids.includes(planned.requestId));
  assert.not.ok(ids.includes(cancelled.requestId));
  const mine = body.items[ids.indexOf(later.requestId)];
  assert.equal(mine.patient.allergies, [{ display: 'Penicillin', criticality: 'high' }]);
  assert.is(mine.available, 0);
  assert.equal(
    [...body.items].map((it) => it.waitingSince).sort(),
    body.items.map((it: { waitingSince: string }) => it.waitingSince),
  );
  assert.is((await handOut(at, cancelled.requestId, 1)).body.type, '/problems/request-not-dispensable');
  assert.is((await handOut(at, randomUUID(), 1)).status, 404);
});

test('FHIR: a dispense is read, searched, and written with its stock; history touches none', async (at) => {
  const medicationId = await newMedication(at.hms.db);
  await receive(at, medicationId, 'F', '2026-12-31', 50);
  const { requestId, patientId, encounterId } = await prescribe(at, medicationId, 30);
  const { body: given } = await handOut(at, requestId, 10);
  const read = await at.pharmacist.get(`/fhir/R4/MedicationDispense/${given.id}`);
  assert.is(read.status, 200);
  assert.is(read.body.medicationReference.reference, `Medication/${medicationId}`);
  assert.equal(read.body.authorizingPrescription, [{ reference: `MedicationRequest/${requestId}` }]);
  assert.equal(
    [read.body.subject.reference, read.body.context.reference, read.body.quantity.value],
    [`Patient/${patientId}`, `Encounter/${encounterId}`, 10],
  );
  const found = await at.pharmacist.get(`/fhir/R4/MedicationDispense?patient=${patientId}&status=completed`);
  assert.is(found.body.total, 1);

  const sent = {
    resourceType: 'MedicationDispense',
    status: 'completed',
    medicationReference: { reference: `Medication/${medicationId}` },
    subject: { reference: `Patient/${patientId}` },
    authorizingPrescription: [{ reference: `MedicationRequest/${requestId}` }],
    quantity: { value: 15 },
    daysSupply: { value: 5.0, unit: 'd' },
  };
  const made = await at.pharmacist.post('/fhir/R4/MedicationDispense', sent, {
    'content-type': 'application/fhir+json',
  });
  assert.is(made.status, 201, JSON.stringify(made.body));
  assert.is((await shelfOf(at, medicationId)).onHand, 25);
  const back = await at.pharmacist.get(
    `/fhir/R4/MedicationDispense/${made.headers.get('location')?.split('/MedicationDispense/')[1]?.split('/')[0]}`,
  );
  assert.equal(back.body.daysSupply, sent.daysSupply);
  const over = await at.pharmacist.post('/fhir/R4/MedicationDispense', sent, {
    'content-type': 'application/fhir+json',
  });
  assert.is(over.status, 409);
  assert.is(over.body.resourceType, 'OperationOutcome');

  const elsewhere = {
    ...sent,
    authorizingPrescription: undefined,
    medicationReference: undefined,
    medicationCodeableConcept: { text: 'Aspirin' },
    whenHandedOver: '2019-05',
  };
  const kept = await at.pharmacist.post('/fhir/R4/MedicationDispense', elsewhere, {
    'content-type': 'application/fhir+json',
  });
  assert.is(kept.status, 201);
  assert.is(kept.body.whenHandedOver, '2019-05');
  const contained = {
    ...elsewhere,
    medicationCodeableConcept: undefined,
    contained: [{ resourceType: 'Medication', id: 'med', code: { text: 'Aspirin' } }],
    medicationReference: { reference: '#med', display: 'Aspirin' },
  };
  const whole = await at.pharmacist.post('/fhir/R4/MedicationDispense', contained, {
    'content-type': 'application/fhir+json',
  });
  assert.equal(
    [whole.body.medicationReference, whole.body.medicationCodeableConcept],
    [contained.medicationReference, undefined],
  );
  assert.is((await shelfOf(at, medicationId)).onHand, 25);
});

test('who may not, does not', async (at) => {
  const nurse = await at.hms.as('nurse');
  assert.is((await nurse.get('/api/dispense-queue')).status, 403);
  assert.is((await nurse.post('/api/stock/receipts', {}, key())).status, 403);
  const admin = await at.hms.as('admin');
  assert.is((await admin.get('/api/stock')).status, 200);
  assert.is((await admin.post('/api/medication-dispenses', {}, key())).status, 403);
});

test.run();
