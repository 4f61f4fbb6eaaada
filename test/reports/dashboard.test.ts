import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { startHms, type Client, type TestHms } from '../hms.ts';
import { amend } from '../scheduling/hospital.ts';

const test = suite<{ hms: TestHms; admin: Client }>('reports: dashboard');
const Id = z.strictObject({ id: z.uuid() });
const key = () => ({ 'idempotency-key': randomUUID() });

test.before(async (at) => {
  at.hms = await startHms(['auth', 'facility', 'patients', 'scheduling', 'ehr', 'pharmacy', 'billing', 'reports'], {
    now: '2026-03-02T08:00:00Z',
  });
  at.admin = await at.hms.as('admin');
});
test.after(async ({ hms }) => hms?.stop());

const match = async (client: Client, path: string) => ({
  'if-match': (await client.get(path)).headers.get('etag') ?? '',
});

test('a walk-in is seen, gets the medicine, pays, and stands on the dashboard', async ({ hms, admin }) => {
  const [clerk, doctor, pharmacist, cashier] = await Promise.all(
    ['receptionist', 'doctor', 'pharmacist', 'cashier'].map((role) => hms.as(role)),
  );
  const department = (await admin.post('/api/departments', { name: 'Family medicine' })).body;
  const practitioner = (
    await admin.post('/api/practitioners', {
      familyName: 'Diallo',
      givenName: 'Amina',
      prefix: 'Dr',
      gender: 'female',
      departmentId: department.id,
      specialty: 'General practice',
    })
  ).body;
  await admin.put('/api/prices/VISIT-AMB', { display: 'Visit', unitPrice: '40', currency: 'EUR' });
  const medication = (await doctor!.get('/api/medications?text=amoxicillin&limit=1')).body.items[0];
  await admin.put(`/api/prices/${medication.code}`, {
    display: medication.display,
    unitPrice: '0.30',
    currency: 'EUR',
  });
  await pharmacist!.post(
    '/api/stock/receipts',
    { medicationId: medication.id, lotNumber: 'R1', expiresOn: '2026-04-30', quantity: 100, unitCost: '0.115' },
    key(),
  );

  const patient = (
    await clerk!.post('/api/patients', {
      familyName: 'Kowalska',
      givenName: 'Ewa',
      birthDate: '1980-02-03',
      gender: 'female',
      phone: '+49 30 5550101',
      city: 'Berlin',
    })
  ).body;
  const nurse = await hms.as('nurse');
  const arrived = await nurse.post('/api/encounters', { patientId: patient.id, practitionerId: practitioner.id });
  assert.is(arrived.status, 201);
  const encounterId: string = arrived.body.encounter?.id ?? arrived.body.id;
  const path = `/api/encounters/${encounterId}`;
  await hms.setClock('2026-03-02T08:12:00Z');
  assert.is((await doctor!.post(`${path}/start`, {}, await match(doctor!, path))).status, 200);
  const prescription = await doctor!.post('/api/medication-requests', {
    patientId: patient.id,
    encounterId,
    medicationId: medication.id,
    dosageText: '1 three times a day',
    quantity: 21,
  });
  assert.is(prescription.status, 201, JSON.stringify(prescription.body));
  assert.is((await doctor!.post(`${path}/finish`, {}, await match(doctor!, path))).status, 200);
  const [waiting] = (await pharmacist!.get('/api/dispense-queue')).body.items;
  assert.is(
    (
      await pharmacist!.post(
        '/api/medication-dispenses',
        { medicationRequestId: waiting.medicationRequest.id, quantity: 21 },
        key(),
      )
    ).status,
    201,
  );
  await hms.settle();
  const visit = (await doctor!.get(path)).body;
  assert.equal([visit.medicationRequests[0].dispensedQuantity, visit.medicationRequests[0].status], [21, 'completed']);

  const [owing] = (await cashier!.get('/api/till')).body.items;
  assert.is(owing.billableMinor, 4630);
  const invoice = await cashier!.post('/api/invoices', { patientId: patient.id, encounterId }, key());
  assert.is(invoice.status, 201);
  await cashier!.post('/api/payments', { invoiceId: invoice.body.id, method: 'card', amountMinor: 4000 }, key());

  const { status, body } = await admin.get('/api/dashboard?from=2026-03-01&to=2026-03-07');
  assert.is(status, 200);
  assert.equal(body.tiles, {
    visits: { value: 1, previous: 0 },
    noShows: { count: 0, rate: 0, previousRate: 0 },
    revenue: { minor: 4630, previousMinor: 0, openMinor: 630, currency: 'EUR' },
    stockAtRisk: { lots: 1, valueMinor: 909, currency: 'EUR', until: '2026-05-31' },
    waiting: { medianMinutes: 12, previousMinutes: null },
  });
  assert.equal(body.visitsByDay, [
    { date: '2026-03-02', departmentId: department.id, departmentName: 'Family medicine', count: 1 },
  ]);
  assert.equal(
    body.stockAtRisk.map((lot: { lotNumber: string; onHand: number }) => [lot.lotNumber, lot.onHand]),
    [['R1', 79]],
  );

  const own = (await admin.get(`/api/dashboard?from=2026-03-01&to=2026-03-07&departmentId=${department.id}`)).body;
  assert.equal(own.tiles, body.tiles);
  const other = (await admin.get(`/api/dashboard?from=2026-03-01&to=2026-03-07&departmentId=${randomUUID()}`)).body;
  assert.equal([other.tiles.visits.value, other.tiles.revenue.minor, other.tiles.revenue.openMinor], [0, 0, 0]);
  const next = (await admin.get('/api/dashboard?from=2026-03-08&to=2026-03-14')).body;
  assert.equal(
    [next.tiles.visits, next.tiles.revenue.previousMinor, next.tiles.waiting.previousMinutes],
    [{ value: 0, previous: 1 }, 4630, 12],
  );
});

test('days are those of the hospital, the default is the last thirty', async ({ hms, admin }) => {
  const patientId = await hms.db.oneFirst(
    sql.type(Id)`insert into patients.patient (family_name, given_name) values ('Late', 'Lea') returning id`,
  );
  await hms.db.query(sql.unsafe`
    insert into ehr.encounter (patient_id, status, arrived_at) values (${patientId}, 'arrived', '2026-02-10T23:30:00Z')
  `);
  await hms.db.query(sql.unsafe`insert into reports.stale values ('2026-02-10T23:30:00Z')`); // no event tells of such a row
  const { body } = await admin.get('/api/dashboard?from=2026-02-11&to=2026-02-11');
  assert.equal(
    body.visitsByDay.map((it: { date: string }) => it.date),
    ['2026-02-11'],
  );
  const usual = (await admin.get('/api/dashboard')).body;
  assert.equal([usual.from, usual.to], ['2026-02-01', '2026-03-02']);
  assert.is((await admin.get('/api/dashboard?from=2026-02-11&to=2026-02-10')).status, 422);
  assert.is((await (await hms.as('doctor')).get('/api/dashboard')).status, 403);
});

test('whatever happens, the counts are those of the rows', async ({ hms, admin }) => {
  const [clerk, doctor] = [await hms.as('receptionist'), await hms.as('doctor')];
  const [department] = (await admin.get('/api/departments')).body.items;
  const [practitioner] = (await admin.get('/api/practitioners')).body.items;
  const service = (
    await admin.post('/api/services', { name: 'Visit', departmentId: department.id, durationMinutes: 15 })
  ).body;
  await amend(admin, `/api/availability/${practitioner.id}`, {
    windows: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, startTime: '00:00', endTime: '24:00' })),
  });
  const [patient] = (await clerk.post('/api/patients/search', { text: 'kowalska' })).body.items;
  const verbs = fc.constantFrom('check-in', 'no-show', 'cancel', 'reinstate', 'reschedule', 'start', 'finish');
  let slot = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(verbs, { maxLength: 5 }), { minLength: 1, maxLength: 4 }), async (lives) => {
      for (const life of lives) {
        const startsAt = Temporal.Instant.from('2026-03-02T22:00:00Z').add({ minutes: 15 * slot++ });
        const time = { startsAt: startsAt.toString(), endsAt: startsAt.add({ minutes: 15 }).toString() };
        const made = await clerk.post('/api/appointments', {
          patientId: patient.id,
          practitionerId: practitioner.id,
          serviceId: service.id,
          ...time,
        });
        assert.is(made.status, 201, JSON.stringify(made.body));
        for (const verb of life) {
          const { body } = await clerk.get(`/api/appointments/${made.body.id}`);
          const to = startsAt.add({ hours: 24 * 21 });
          const payload = {
            cancel: { reason: 'Property' },
            reschedule: { startsAt: to.toString(), endsAt: to.add({ minutes: 15 }).toString() },
          }[verb as string];
          if (verb === 'start' || verb === 'finish') {
            await hms.settle();
            const path = `/api/encounters/${body.encounterId}`;
            if (body.encounterId) await doctor.post(`${path}/${verb}`, {}, await match(doctor, path));
          } else
            await clerk.post(`/api/appointments/${body.id}/${verb}`, payload ?? {}, {
              'if-match': `W/"${body.version}"`,
            });
        }
      }
      await hms.settle();
      const asked = '/api/dashboard?from=2026-03-01&to=2026-04-30';
      const caughtUp = (await admin.get(asked)).body;
      await hms.db.query(sql.unsafe`delete from reports.counted`);
      assert.equal((await admin.get(asked)).body, caughtUp);
    }),
    {
      numRuns: 8,
      seed: 20260302,
      examples: [[[['check-in'], ['check-in', 'start', 'finish'], ['check-in', 'reinstate']]]],
    },
  );
  const { body } = await admin.get('/api/dashboard?from=2026-03-01&to=2026-04-30');
  assert.ok(body.tiles.visits.value > 1 && body.tiles.noShows.count > 0, JSON.stringify(body.tiles));
});

test('a plugin that is off leaves its tile empty', async () => {
  const hms = await startHms(['auth', 'reports']);
  try {
    const { status, body } = await (await hms.as('admin')).get('/api/dashboard');
    assert.is(status, 200);
    assert.equal(body.tiles, { visits: null, noShows: null, revenue: null, stockAtRisk: null, waiting: null });
  } finally {
    await hms.stop();
  }
});

test.run();
