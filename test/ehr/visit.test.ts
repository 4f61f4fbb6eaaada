import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { invariants } from '../../plugins/ehr/invariants.ts';
import { etag, first, startWard, type Ward } from './ward.ts';

const test = suite<{ hms: Ward }>('ehr: visits and notes');
test.before(async (at) => {
  at.hms = await startWard();
});
test.after((at) => at.hms?.stop());
test.after.each(async ({ hms }) => {
  for (const [rule, query] of Object.entries(invariants)) assert.equal(await hms.db.any(query), [], rule);
});

const Named = z.strictObject({ name: z.string(), facts: z.record(z.string(), z.unknown()) });
const eventsOf = (hms: Ward, subjectId: string) =>
  hms.db.any(sql.type(Named)`select name, facts from core.outbox where subject_id = ${subjectId} order by id`);

test('a visit goes from waiting to under way to finished, and each step is told once', async ({ hms }) => {
  const patientId = await hms.patient();
  const made = await hms.walkIn(patientId);
  assert.is(made.status, 201, JSON.stringify(made.body));
  const { id } = made.body;
  assert.equal(
    [
      made.body.status,
      made.body.class,
      made.body.practitionerName,
      made.body.departmentName,
      made.body.patient.id,
      made.body.patient.allergyState,
      made.body.arrivedAt,
    ],
    ['arrived', 'AMB', 'Dr Diallo', 'Cardiology', patientId, 'not-recorded', '2026-03-02T08:00:00Z'],
  );
  assert.is((await hms.doctor.post(`/api/encounters/${id}/start`)).status, 428);
  assert.is(
    (await hms.doctor.post(`/api/encounters/${id}/finish`, {}, etag(1))).body.type,
    '/problems/encounter-not-under-way',
  );
  const started = await hms.doctor.post(`/api/encounters/${id}/start`, {}, etag(1));
  assert.equal(
    [started.status, started.body.status, started.body.startedAt, started.headers.get('etag')],
    [200, 'in-progress', '2026-03-02T08:00:00Z', 'W/"2"'],
  );
  assert.is((await hms.nurse.post(`/api/encounters/${id}/start`, {}, etag(1))).status, 412);
  assert.is(
    (await hms.nurse.post(`/api/encounters/${id}/start`, {}, etag(2))).body.type,
    '/problems/encounter-not-waiting',
  );
  const finished = await hms.doctor.post(`/api/encounters/${id}/finish`, {}, etag(2));
  assert.equal([finished.status, finished.body.status, finished.body.version], [200, 'finished', 3]);

  const told = await eventsOf(hms, id);
  assert.equal(
    told.map(({ name }) => name),
    ['ehr.encounter-arrived', 'ehr.encounter-started', 'ehr.encounter-finished'],
  );
  assert.equal(told[2]!.facts, {
    patientId,
    practitionerId: hms.practitioner,
    departmentId: hms.department,
    serviceId: null,
    serviceCode: null,
    appointmentId: null,
    class: 'AMB',
    arrivedAt: '2026-03-02T08:00:00Z',
    startedAt: '2026-03-02T08:00:00Z',
    endedAt: '2026-03-02T08:00:00Z',
  });
});

test('whoever checks in has one visit, however often that is heard; finishing it fulfils the appointment', async ({
  hms,
}) => {
  const patientId = await hms.patient();
  const booked = await hms.clerk.post('/api/appointments', {
    patientId,
    practitionerId: hms.practitioner,
    serviceId: hms.service,
    startsAt: '2026-03-02T09:00:00+01:00',
    endsAt: '2026-03-02T09:30:00+01:00',
    reason: 'Chest pain',
  });
  assert.is(booked.status, 201, JSON.stringify(booked.body));
  const { id: appointmentId } = booked.body;
  assert.is(
    (await hms.clerk.post(`/api/appointments/${appointmentId}/check-in`, {}, etag(booked.body.version))).status,
    200,
  );
  await hms.settle();
  // The relay promises at least once: say it again.
  await hms.db.query(sql.unsafe`
    insert into core.outbox (name, subject_id, facts, actor_id) select name, subject_id, facts, actor_id from core.outbox
    where name = 'scheduling.appointment-checked-in' and subject_id = ${appointmentId}
  `);
  await hms.settle();
  const { body } = await hms.doctor.get(`/api/encounters?patientId=${patientId}`);
  assert.is(body.items.length, 1);
  const [visit] = body.items;
  assert.equal(
    [visit.status, visit.appointmentId, visit.reason, visit.serviceId, visit.departmentId],
    ['arrived', appointmentId, 'Chest pain', hms.service, hms.department],
  );
  assert.is((await hms.db.any(sql.unsafe`select from core.delivery where status <> 'done'`)).length, 0);

  const day = await hms.doctor.get(
    `/api/encounters?date=2026-03-02&practitionerId=${hms.practitioner}&status=arrived,in-progress`,
  );
  assert.ok(day.body.items.some((it: { id: string }) => it.id === visit.id));
  assert.is((await hms.doctor.get('/api/encounters?date=2026-03-01')).body.items.length, 0);

  const started = await hms.doctor.post(`/api/encounters/${visit.id}/start`, {}, etag(visit.version));
  await hms.doctor.post(`/api/encounters/${visit.id}/finish`, {}, etag(started.body.version));
  const after = await hms.clerk.get(`/api/appointments/${appointmentId}`);
  assert.equal([after.body.status, after.body.encounterId], ['fulfilled', visit.id]);
  const told = await eventsOf(hms, visit.id);
  assert.equal([told.at(-1)!.facts.appointmentId, told.at(-1)!.facts.serviceCode], [appointmentId, 'CONSULT']);
});

/** Checked in at that time of the test's Monday. */
const checkedIn = async (hms: Ward, at: string) => {
  const startsAt = Temporal.Instant.from(`2026-03-02T${at}:00+01:00`);
  const booked = await hms.clerk.post('/api/appointments', {
    patientId: await hms.patient(),
    practitionerId: hms.practitioner,
    serviceId: hms.service,
    startsAt: startsAt.toString(),
    endsAt: startsAt.add({ minutes: 30 }).toString(),
  });
  const here = await hms.clerk.post(`/api/appointments/${booked.body.id}/check-in`, {}, etag(booked.body.version));
  assert.is(here.status, 200, JSON.stringify(here.body));
  await hms.settle();
  return (await hms.clerk.get(`/api/appointments/${booked.body.id}`)).body;
};
const visitsOf = async (hms: Ward, { patientId }: { patientId: string }) =>
  (await hms.doctor.get(`/api/encounters?patientId=${patientId}`)).body.items;

test('a check-in by mistake is taken back: nobody waits, and the patient can be checked in again', async ({ hms }) => {
  const here = await checkedIn(hms, '10:00');
  assert.is(here.visitStartedAt, null);
  const back = await hms.clerk.post(`/api/appointments/${here.id}/reinstate`, {}, etag(here.version));
  assert.equal([back.body.status, back.body.checkedInAt, back.body.encounterId], ['booked', null, null]);
  await hms.settle();
  assert.equal(await visitsOf(hms, here), []);
  await hms.clerk.post(`/api/appointments/${here.id}/check-in`, {}, etag(back.body.version));
  await hms.settle();
  const visits = await visitsOf(hms, here);
  assert.equal([visits.length, visits[0].status], [1, 'arrived']);
});

test('a check-in that is taken back before anybody heard of it makes no visit', async ({ hms }) => {
  const here = await checkedIn(hms, '10:30');
  let { version } = (await hms.clerk.post(`/api/appointments/${here.id}/reinstate`, {}, etag(here.version))).body;
  for (const verb of ['check-in', 'reinstate'])
    ({ version } = (await hms.clerk.post(`/api/appointments/${here.id}/${verb}`, {}, etag(version))).body);
  await hms.settle();
  assert.equal(await visitsOf(hms, here), []);
});

test('a visit that has started stays, and the reception sees it', async ({ hms }) => {
  const here = await checkedIn(hms, '11:00');
  const [visit] = await visitsOf(hms, here);
  assert.is((await hms.doctor.post(`/api/encounters/${visit.id}/start`, {}, etag(visit.version))).status, 200);
  const seen = await hms.clerk.get(`/api/appointments/${here.id}`);
  assert.equal([seen.body.status, seen.body.visitStartedAt], ['checked-in', '2026-03-02T08:00:00Z']);
  assert.is((await eventsOf(hms, here.id)).at(-1)!.name, 'scheduling.visit-started', 'screens hear of it');
  const refused = await hms.clerk.post(`/api/appointments/${here.id}/reinstate`, {}, etag(here.version));
  assert.equal([refused.status, refused.body.type], [409, '/problems/visit-started']);
  assert.is((await hms.clerk.get(`/api/appointments/${here.id}`)).body.status, 'checked-in');
});

test('doctor and reception at the same moment: the visit starts or the check-in is taken back, never both', async ({
  hms,
}) => {
  for (const at of ['11:30', '12:00', '12:30', '13:00', '13:30', '14:00']) {
    const here = await checkedIn(hms, at);
    const [visit] = await visitsOf(hms, here);
    const [start, back] = await Promise.all([
      hms.doctor.post(`/api/encounters/${visit.id}/start`, {}, etag(visit.version)),
      hms.clerk.post(`/api/appointments/${here.id}/reinstate`, {}, etag(here.version)),
    ]);
    const [won, lost] = [start.status, back.status].sort();
    // 412 for a doctor to whom the visit had been taken away a moment before.
    assert.ok(won === 200 && (lost === 409 || lost === 412), `${JSON.stringify([start.body, back.body])}`);
    await hms.settle();
    const visits = await visitsOf(hms, here);
    assert.is(visits.length, start.status === 200 ? 1 : 0);
  }
});

test('imported history makes no visit', async ({ hms }) => {
  const patientId = await hms.patient();
  await hms.db.query(sql.unsafe`
    select core.publish('scheduling.appointment-checked-in', uuidv7(), jsonb_build_object('patientId', ${patientId}::text, 'practitionerId', null, 'serviceId', null), null, 'import')
  `);
  await hms.settle();
  assert.is((await hms.doctor.get(`/api/encounters?patientId=${patientId}`)).body.items.length, 0);
});

test('a draft is saved as it is typed, and a stale one never wins', async ({ hms }) => {
  const { body: visit } = await hms.walkIn(await hms.patient());
  const path = `/api/encounters/${visit.id}/note`;
  const text = { reason: 'Palpitations', findings: '', plan: '' };
  assert.is((await hms.doctor.put(path, text)).status, 428);
  const created = await hms.doctor.put(path, text, first);
  assert.equal(
    [created.status, created.body.status, created.body.version, created.body.authorName],
    [201, 'preliminary', 1, 'Dr Diallo'],
  );
  assert.is((await hms.doctor.put(path, text, first)).status, 412, 'somebody was first');
  const saved = await hms.doctor.put(path, { ...text, findings: 'Pulse regular' }, etag(1));
  assert.equal([saved.status, saved.body.version, saved.body.findings], [200, 2, 'Pulse regular']);
  const late = await hms.doctor.put(path, { ...text, plan: 'lost?' }, etag(1));
  assert.equal([late.status, late.body.type, late.body.version], [412, '/problems/version-stale', 2]);
  assert.is((await hms.doctor.get(path)).body.findings, 'Pulse regular');
  assert.is((await hms.nurse.put(path, text, etag(2))).status, 403);
  assert.is((await hms.nurse.post(`${path}/sign`, {}, etag(2))).status, 403);
});

test('what is signed is amended, not rewritten; the first text stays in history', async ({ hms }) => {
  const { body: visit } = await hms.walkIn(await hms.patient());
  const path = `/api/encounters/${visit.id}/note`;
  const empty = await hms.doctor.put(path, { reason: '', findings: ' ', plan: '' }, first);
  assert.is((await hms.doctor.post(`${path}/sign`, {}, etag(empty.body.version))).body.type, '/problems/note-empty');
  const text = { reason: 'Cough', findings: 'Chest clear', plan: 'Rest' };
  const draft = await hms.doctor.put(path, text, etag(1));
  assert.is(
    (await hms.doctor.post(`${path}/amend`, { text: 'x' }, etag(draft.body.version))).body.type,
    '/problems/note-not-signed',
  );
  const signed = await hms.doctor.post(`${path}/sign`, {}, etag(draft.body.version));
  assert.equal([signed.status, signed.body.status, signed.body.signedAt], [200, 'final', '2026-03-02T08:00:00Z']);

  const rewritten = await hms.doctor.put(path, { ...text, plan: 'Antibiotics' }, etag(signed.body.version));
  assert.equal(
    [rewritten.status, rewritten.body.type, rewritten.body.next],
    [409, '/problems/note-signed', `${path}/amend`],
  );
  assert.is((await hms.doctor.post(`${path}/sign`, {}, etag(signed.body.version))).status, 409);
  const amended = await hms.doctor.post(`${path}/amend`, { text: 'X-ray: clear as well.' }, etag(signed.body.version));
  assert.equal(
    [amended.body.status, amended.body.plan, amended.body.addenda],
    ['amended', 'Rest', [{ text: 'X-ray: clear as well.', authorName: 'Doctor', at: '2026-03-02T08:00:00Z' }]],
  );
  const refused = await hms.db
    .query(sql.unsafe`update ehr.composition set plan = 'forged' where encounter_id = ${visit.id}`)
    .then(
      () => '',
      (error: Error) => String(error.cause),
    );
  assert.match(refused, /a signed note is not rewritten/, 'also for whoever is past the front door');
  assert.equal(
    (await eventsOf(hms, signed.body.id)).map(({ name }) => name),
    ['ehr.note-signed', 'ehr.note-amended'],
  );
});

test('the visit shows all that was written during it; who may not read a part is told so', async ({ hms }) => {
  const patientId = await hms.patient();
  const { body: visit } = await hms.walkIn(patientId);
  await hms.doctor.put(`/api/encounters/${visit.id}/note`, { reason: 'a', findings: 'b', plan: 'c' }, first);
  await hms.doctor.post('/api/conditions', { patientId, encounterId: visit.id, code: 'I10' });
  await hms.nurse.post('/api/vitals', { patientId, encounterId: visit.id, systolic: 120, diastolic: 80, weight: 70.5 });
  const { body, headers } = await hms.doctor.get(`/api/encounters/${visit.id}`);
  assert.equal(
    [body.note.plan, body.conditions[0].code, body.vitals.length, body.medicationRequests, body.withheld],
    ['c', 'I10', 2, [], []],
  );
  assert.equal(body.encounter.diagnoses, [{ code: 'I10', display: 'Essential (primary) hypertension' }]);
  assert.is(headers.get('etag'), 'W/"1"');
  assert.is(headers.get('cache-control'), 'no-store');
  const cashier = await (await hms.as('cashier')).get(`/api/encounters/${visit.id}`);
  assert.equal(
    [
      cashier.status,
      cashier.body.note,
      cashier.body.conditions,
      cashier.body.vitals,
      cashier.body.encounter.patient.allergyState,
    ],
    [200, null, [], [], null],
  );
  assert.equal(cashier.body.withheld, ['note', 'conditions', 'vitals', 'medicationRequests']);
});

test('roles are refused what they may not do', async ({ hms }) => {
  const patientId = await hms.patient();
  const { body: visit } = await hms.walkIn(patientId);
  const [clerk, cashier, pharmacist, labtech] = await Promise.all(
    ['receptionist', 'cashier', 'pharmacist', 'labtech'].map((role) => hms.as(role)),
  );
  const answers = await Promise.all([
    clerk!.get(`/api/encounters/${visit.id}`),
    clerk!.post('/api/encounters', { patientId, practitionerId: hms.practitioner }),
    cashier!.post(`/api/encounters/${visit.id}/start`, {}, etag(1)),
    cashier!.get(`/api/encounters/${visit.id}/note`),
    pharmacist!.get(`/api/notes?patientId=${patientId}`),
    pharmacist!.post('/api/allergies', { patientId, noKnownAllergies: true }),
    labtech!.get('/api/codes/icd-10-cm?text=asthma'),
    hms.nurse.post('/api/conditions', { patientId, code: 'I10' }),
    hms.nurse.post('/api/medication-requests', { patientId, medicationId: hms.service, dosageText: 'x', quantity: 1 }),
  ]);
  assert.equal(
    answers.map(({ status }) => status),
    answers.map(() => 403),
  );
  assert.is(answers[0]!.body.permission, 'encounter:read');
  const ghost = '01900000-0000-7000-8000-000000000000';
  assert.is((await hms.doctor.get(`/api/encounters/${ghost}`)).status, 404);
  assert.is(
    (await hms.doctor.post('/api/encounters', { patientId: ghost, practitionerId: hms.practitioner })).status,
    404,
  );
  assert.is(
    (await hms.doctor.post('/api/conditions', { patientId: await hms.patient(), encounterId: visit.id, code: 'I10' }))
      .body.type,
    '/problems/encounter-of-other-patient',
  );
});

test.run();
