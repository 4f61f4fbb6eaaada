import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { between, etag, startHospital, tuesday, type Hospital } from './hospital.ts';
import { broken } from './invariants.ts';

const test = suite<{ hms: Hospital }>('scheduling: booking');
test.before(async (at) => {
  at.hms = await startHospital();
});
test.after.each(async ({ hms }) => {
  assert.equal(await broken(hms), []);
});
test.after((at) => at.hms?.stop());

const wish = async (hms: Hospital, time: { startsAt: string; endsAt: string }, who = 0) => ({
  patientId: await hms.patient(),
  practitionerId: hms.practitioners[who]!,
  serviceId: hms.service,
  ...time,
});

test('books, in the room where the practitioner is', async ({ hms }) => {
  const wanted = await wish(hms, tuesday('09:00'));
  const booked = await hms.clerk.post('/api/appointments', { ...wanted, reason: 'Cough' });
  assert.is(booked.status, 201);
  assert.is(booked.headers.get('etag'), 'W/"1"');
  assert.is(booked.body.status, 'booked');
  assert.is(booked.body.startsAt, '2026-03-03T08:00:00Z');
  assert.is(booked.body.locationName, 'Room 1');
  assert.is(booked.body.practitionerName, 'Dr Marsh');
  assert.is(booked.body.patient.id, wanted.patientId);
  assert.equal((await hms.clerk.get(`/api/appointments/${booked.body.id}`)).body, booked.body);
});

test('refuses a second appointment that overlaps the first, by ranges and not by slots (S2), with three free times', async ({
  hms,
}) => {
  assert.is((await hms.clerk.post('/api/appointments', await wish(hms, tuesday('10:00', 60)))).status, 201);
  const second = await hms.clerk.post('/api/appointments', await wish(hms, tuesday('10:45')));
  assert.is(second.status, 409);
  assert.is(second.body.type, '/problems/occupancy-no-overlap');
  assert.equal(
    second.body.next.map((it: { start: string }) => it.start),
    ['2026-03-03T10:00:00Z', '2026-03-03T10:30:00Z', '2026-03-03T12:00:00Z'],
  );
  assert.is(second.body.next[0].end, '2026-03-03T10:30:00Z');
});

test('the end is not included: the next one may begin at that minute', async ({ hms }) => {
  assert.is((await hms.clerk.post('/api/appointments', await wish(hms, tuesday('13:00')))).status, 201);
  assert.is((await hms.clerk.post('/api/appointments', await wish(hms, tuesday('13:30')))).status, 201);
});

test('a patient is not at two practitioners at one time (S11)', async ({ hms }) => {
  const first = await wish(hms, tuesday('14:00'));
  assert.is((await hms.clerk.post('/api/appointments', first)).status, 201);
  const second = await hms.clerk.post('/api/appointments', {
    ...first,
    practitionerId: hms.practitioners[1],
    ...tuesday('14:15'),
  });
  assert.is(second.status, 409);
  // Free for the practitioner and for the patient.
  assert.is(second.body.next[0].start, '2026-03-03T13:30:00Z');
});

test('a room is not given twice', async ({ hms }) => {
  const first = await wish(hms, tuesday('15:00'));
  assert.is((await hms.clerk.post('/api/appointments', first)).status, 201);
  assert.is(
    (await hms.clerk.post('/api/appointments', { ...(await wish(hms, tuesday('15:00'), 1)), locationId: hms.rooms[0] }))
      .status,
    409,
  );
  assert.is((await hms.clerk.post('/api/appointments', await wish(hms, tuesday('15:00'), 1))).status, 201);
});

test('a pending request takes its time (S3)', async ({ hms }) => {
  const { id } = (await hms.clerk.post('/api/appointments', await wish(hms, tuesday('16:00')))).body;
  await hms.db.query(sql.unsafe`update scheduling.appointment set status = 'pending' where id = ${id}`);
  assert.is((await hms.clerk.post('/api/appointments', await wish(hms, tuesday('16:00')))).status, 409);
});

test('the past, unavailable times and unknown people are refused by name', async ({ hms }) => {
  const valid = await wish(hms, tuesday('11:30'));
  const refused = async (change: object, status: number, type: string) => {
    const answer = await hms.clerk.post('/api/appointments', { ...valid, ...change });
    assert.is(answer.status, status, JSON.stringify(answer.body));
    assert.is(answer.body.type, `/problems/${type}`);
  };
  const nobody = '01890000-0000-7000-8000-000000000000';
  await refused(between('2026-03-02T08:30:00+01:00', 30), 422, 'appointment-in-past');
  await refused(tuesday('12:15'), 422, 'appointment-outside-availability');
  await refused(tuesday('11:45'), 422, 'appointment-outside-availability');
  await refused(between('2026-03-07T10:00:00+01:00', 30), 422, 'appointment-outside-availability');
  await refused({ startsAt: valid.endsAt, endsAt: valid.startsAt }, 422, 'appointment-ends-after-start');
  await refused({ patientId: nobody }, 404, 'not-found');
  await refused({ practitionerId: nobody }, 422, 'practitioner-unknown');
  await refused({ serviceId: nobody }, 422, 'service-unknown');
  await refused({ startsAt: '2026-03-03T11:30:00' }, 400, 'invalid');
});

test('moves: same id and reason, next version, old time free again', async ({ hms }) => {
  const wanted = await wish(hms, between('2026-03-04T09:00:00+01:00', 30));
  const booked = (await hms.clerk.post('/api/appointments', { ...wanted, reason: 'Check' })).body;
  const path = `/api/appointments/${booked.id}`;
  const move = between('2026-03-04T09:15:00+01:00', 30); // overlaps itself only
  assert.is((await hms.clerk.post(`${path}/reschedule`, move)).status, 428);
  const moved = await hms.clerk.post(`${path}/reschedule`, move, etag(1));
  assert.is(moved.status, 200);
  assert.is(moved.body.id, booked.id);
  assert.is(moved.body.version, 2);
  assert.is(moved.body.reason, 'Check');
  assert.is(moved.body.startsAt, '2026-03-04T08:15:00Z');
  assert.is((await hms.clerk.post(`${path}/reschedule`, move, etag(1))).status, 412);
  assert.is(
    (await hms.clerk.post('/api/appointments', await wish(hms, between('2026-03-04T09:45:00+01:00', 30)))).status,
    201,
  );
  const onto = await hms.clerk.post(`${path}/reschedule`, between('2026-03-04T09:30:00+01:00', 30), etag(2));
  assert.is(onto.status, 409);
  assert.is(onto.body.next.length, 3);
  assert.is((await hms.clerk.get(path)).body.startsAt, '2026-03-04T08:15:00Z', 'a refused move changes nothing');
  const other = await hms.clerk.post(
    `${path}/reschedule`,
    { ...between('2026-03-04T09:45:00+01:00', 30), practitionerId: hms.practitioners[1] },
    etag(2),
  );
  assert.is(other.body.locationName, 'Room 2');
  const document = await hms.db.oneFirst(
    sql.unsafe`select document from core.history where relation = 'scheduling.appointment' and id = ${booked.id} and version = 1`,
  );
  assert.is((document as { starts_at: string }).starts_at.slice(0, 16), '2026-03-04T08:00');
});

test('cancelled time is free again; reinstating takes it back unless somebody else has it', async ({ hms }) => {
  const time = between('2026-03-05T09:00:00+01:00', 30);
  const { id } = (await hms.clerk.post('/api/appointments', await wish(hms, time))).body;
  const path = `/api/appointments/${id}`;
  assert.is((await hms.clerk.post(`${path}/cancel`, {}, etag(1))).status, 400, 'a reason is asked for');
  const cancelled = await hms.clerk.post(`${path}/cancel`, { reason: 'Patient is travelling' }, etag(1));
  assert.is(cancelled.body.status, 'cancelled');
  assert.is(cancelled.body.cancellationReason, 'Patient is travelling');
  assert.is((await hms.clerk.post(`${path}/check-in`, {}, etag(2))).body.type, '/problems/appointment-status');
  const back = await hms.clerk.post(`${path}/reinstate`, {}, etag(2));
  assert.is(back.body.status, 'booked');
  assert.is(back.body.cancellationReason, null);
  await hms.clerk.post(`${path}/cancel`, { reason: 'Again' }, etag(3));
  assert.is((await hms.clerk.post('/api/appointments', await wish(hms, time))).status, 201);
  const late = await hms.clerk.post(`${path}/reinstate`, {}, etag(4));
  assert.is(late.status, 409);
  assert.is(late.body.next.length, 3);
});

test('check-in and no-show, each heard by whoever listens', async ({ hms }) => {
  const here = (await hms.clerk.post('/api/appointments', await wish(hms, between('2026-03-05T10:00:00+01:00', 30))))
    .body;
  const arrived = await hms.clerk.post(`/api/appointments/${here.id}/check-in`, {}, etag(1));
  assert.is(arrived.body.status, 'checked-in');
  assert.is(arrived.body.checkedInAt, '2026-03-02T08:00:00Z');
  const gone = (await hms.clerk.post('/api/appointments', await wish(hms, between('2026-03-05T10:30:00+01:00', 30))))
    .body;
  const missed = await hms.clerk.post(`/api/appointments/${gone.id}/no-show`, {}, etag(1));
  assert.is(missed.body.status, 'noshow');
  assert.is((await hms.clerk.post(`/api/appointments/${gone.id}/reinstate`, {}, etag(2))).body.status, 'booked');
  const events = await hms.db.any(
    sql.unsafe`select name, facts from core.outbox where subject_id = ${here.id} order by id`,
  );
  assert.equal(
    events.map((it) => (it as { name: string }).name),
    ['scheduling.appointment-booked', 'scheduling.appointment-checked-in'],
  );
  const { facts } = events[1] as { facts: Record<string, unknown> };
  assert.is(facts.serviceCode, 'CONSULT');
  assert.is(facts.patientId, here.patientId);
  assert.is(facts.startsAt, '2026-03-05T09:00:00Z');
});

test('who may only read does not book; who may not read does not see', async ({ hms }) => {
  const wanted = await wish(hms, between('2026-03-05T11:00:00+01:00', 30));
  assert.is((await (await hms.as('nurse')).post('/api/appointments', wanted)).status, 403);
  assert.is((await (await hms.as('cashier')).get('/api/schedule/day?date=2026-03-03')).status, 403);
  assert.is((await (await hms.as('nurse')).get('/api/schedule/day?date=2026-03-03')).status, 200);
});

test('the same key books once', async ({ hms }) => {
  const wanted = await wish(hms, between('2026-03-05T11:30:00+01:00', 30));
  const key = { 'idempotency-key': 'booking-0001' };
  const first = await hms.clerk.post('/api/appointments', wanted, key);
  const again = await hms.clerk.post('/api/appointments', wanted, key);
  assert.is(first.status, 201);
  assert.equal(again.body, first.body);
});

test('a list continues, and the record says the same as the list', async ({ hms }) => {
  const patientId = await hms.patient();
  for (const at of ['09:00', '10:00', '11:00'])
    await hms.clerk.post('/api/appointments', {
      ...(await wish(hms, between(`2026-03-06T${at}:00+01:00`, 30))),
      patientId,
    });
  const one = (await hms.clerk.get(`/api/appointments?patientId=${patientId}&limit=2`)).body;
  const two = (await hms.clerk.get(`/api/appointments?patientId=${patientId}&limit=2&cursor=${one.next}`)).body;
  const listed = [...one.items, ...two.items];
  assert.equal(
    listed.map((it: { startsAt: string }) => it.startsAt.slice(11, 13)),
    ['10', '09', '08'],
  );
  const section = (await hms.clerk.get(`/api/patients/${patientId}/record`)).body.appointments;
  assert.is(section.total, 3);
  assert.is(section.next, null);
  assert.equal(
    section.items,
    listed.map(({ patient: _, ...it }: Record<string, unknown>) => it),
  );
});

test('whoever has died is neither taken in again nor confirmed', async ({ hms }) => {
  const patientId = await hms.patient('Gone');
  const wanted = { patientId, practitionerId: hms.practitioners[0], serviceId: hms.service };
  const at = (time: string) => between(`2026-03-06T${time}:00+01:00`, 30);
  const booked = (await hms.clerk.post('/api/appointments', { ...wanted, ...at('15:00') })).body;
  const { body: cancelled } = await hms.clerk.post(`/api/appointments/${booked.id}/cancel`, { reason: 'Ill' }, etag(1));
  const held = (await hms.clerk.post('/api/holds', { ...wanted, ...at('16:00') })).body;
  const { body: patient } = await hms.clerk.get(`/api/patients/${patientId}`);
  const dead = await hms.clerk.put(`/api/patients/${patientId}/deceased`, { deceased: true, at: null }, etag(patient.version)); // prettier-ignore
  assert.is(dead.status, 200, JSON.stringify(dead.body));
  for (const [it, verb] of [
    [cancelled, 'reinstate'],
    [held, 'confirm'],
  ] as const) {
    const { body: now } = await hms.clerk.get(`/api/appointments/${it.id}`);
    const { status, body } = await hms.clerk.post(`/api/appointments/${it.id}/${verb}`, {}, etag(now.version));
    assert.equal([verb, status, body.type], [verb, 422, '/problems/patient-deceased']);
  }
});

test.run();
