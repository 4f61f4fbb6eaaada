import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import type { Client } from '../hms.ts';
import { between, etag, startHospital, tuesday, type Hospital } from './hospital.ts';
import { broken } from './invariants.ts';

const test = suite<{ hms: Hospital; doctor: Client }>('scheduling: leave');
test.before(async (at) => {
  at.hms = await startHospital();
  at.doctor = await at.hms.as('doctor');
  const user = await at.hms.db.oneFirst(
    sql.type(z.strictObject({ id: z.uuid() }))`select id from auth."user" where username = 'doctor'`,
  );
  await at.hms.db.query(sql.unsafe`
    update facility.practitioner set user_id = null where user_id = ${user}
  `);
  await at.hms.db.query(
    sql.unsafe`update facility.practitioner set user_id = ${user} where id = ${at.hms.practitioners[0]}`,
  );
});
test.after((at) => at.hms?.stop());

const book = async (hms: Hospital, at: string, who = 0) => {
  const { status, body } = await hms.clerk.post('/api/appointments', {
    patientId: await hms.patient(),
    practitionerId: hms.practitioners[who],
    serviceId: hms.service,
    ...tuesday(at),
  });
  assert.is(status, 201, JSON.stringify(body));
  return body as { id: string; version: number; startsAt: string; endsAt: string; patientId: string };
};
const on = (fromOn: string, toOn = fromOn) => ({ fromOn, toOn });
const outcome = ({ id: appointmentId, version }: { id: string; version: number }) => ({ appointmentId, version });
const eventsOf = async (hms: Hospital, id: string): Promise<readonly string[]> =>
  hms.db.anyFirst(
    sql.type(z.strictObject({ name: z.string() }))`select name from core.outbox where subject_id = ${id} order by id`,
  );

test('what falls into a leave is shown, each with its own proposals, and nothing is changed', async ({
  hms,
  doctor,
}) => {
  const [one, two] = [await book(hms, '09:00'), await book(hms, '09:30')];
  await book(hms, '09:00', 1); // a colleague's is no matter of this leave, and in the way of the proposals
  const { status, body } = await doctor.post('/api/availability/me/leave/impact', on('2026-03-03'));
  assert.is(status, 200, JSON.stringify(body));
  assert.equal(
    body.items.map((it: { appointment: { id: string } }) => it.appointment.id),
    [one.id, two.id],
  );
  const places = body.items.map(({ proposals }: { proposals: { practitionerId: string; start: string }[] }) =>
    proposals.map((it) => [it.practitionerId, it.start]),
  );
  const [own, colleague] = hms.practitioners;
  assert.equal(places, [
    [
      [own, '2026-03-04T08:00:00Z'],
      [colleague, '2026-03-03T08:30:00Z'],
    ],
    [
      [own, '2026-03-04T08:30:00Z'],
      [colleague, '2026-03-03T09:00:00Z'],
    ],
  ]);
  assert.equal((await doctor.get('/api/availability/me/leave')).body.items, []);
});

test('a leave is refused as long as one appointment has no outcome; then it and all of them are done at once (S12)', async ({
  hms,
  doctor,
}) => {
  const three = await book(hms, '10:00');
  const { body: impact } = await doctor.post('/api/availability/me/leave/impact', on('2026-03-03'));
  const [one, two] = impact.items;
  const leave = { ...on('2026-03-03'), kind: 'vacation', note: 'At last' };
  const to = ({
    practitionerId,
    start: startsAt,
    end: endsAt,
  }: {
    practitionerId: string;
    start: string;
    end: string;
  }) => ({
    practitionerId,
    startsAt,
    endsAt,
  });
  const outcomes = [
    { ...outcome(one.appointment), outcome: 'move', to: to(one.proposals[0]) },
    { ...outcome(two.appointment), outcome: 'move', to: to(two.proposals[1]) },
  ];
  const unsettled = await doctor.post('/api/availability/me/leave', { ...leave, outcomes });
  assert.equal(
    [unsettled.status, unsettled.body.type, unsettled.body.appointments],
    [422, '/problems/leave-without-outcome', [three.id]],
  );
  const last = { ...outcome(three), outcome: 'cancel', reason: 'The doctor is away' };
  const stale = await doctor.post('/api/availability/me/leave', {
    ...leave,
    outcomes: [...outcomes, { ...last, version: 7 }],
  });
  assert.is(stale.status, 412);
  const within = await doctor.post('/api/availability/me/leave', {
    ...leave,
    outcomes: [
      ...outcomes,
      { ...outcome(three), outcome: 'move', to: to({ ...two.proposals[1], practitionerId: hms.practitioners[0] }) },
    ],
  });
  assert.equal([within.status, within.body.type], [422, '/problems/appointment-outside-availability']);
  const before = (await hms.clerk.get(`/api/appointments/${one.appointment.id}`)).body;
  assert.equal([before.version, before.startsAt], [1, one.appointment.startsAt], 'nothing of it was kept');

  const taken = await doctor.post('/api/availability/me/leave', { ...leave, outcomes: [...outcomes, last] });
  assert.is(taken.status, 201, JSON.stringify(taken.body));
  assert.equal([taken.body.fromOn, taken.body.toOn, taken.body.fromTime], ['2026-03-03', '2026-03-03', null]);
  const after = async (id: string) => (await hms.clerk.get(`/api/appointments/${id}`)).body;
  assert.is((await after(one.appointment.id)).startsAt, one.proposals[0].start);
  assert.is((await after(two.appointment.id)).practitionerId, hms.practitioners[1]);
  assert.is((await after(three.id)).status, 'cancelled');
  assert.equal(await eventsOf(hms, one.appointment.id), [
    'scheduling.appointment-booked',
    'scheduling.appointment-rescheduled',
  ]);
  assert.equal(await eventsOf(hms, three.id), ['scheduling.appointment-booked', 'scheduling.appointment-cancelled']);
  const slots = await hms.clerk.get(
    `/api/slots?practitionerId=${hms.practitioners[0]}&serviceId=${hms.service}&from=2026-03-03T00:00:00Z&to=2026-03-04T00:00:00Z`,
  );
  assert.equal(slots.body.items, [], 'away');
  const again = await doctor.post('/api/availability/me/leave', { ...leave, ...on('2026-03-01', '2026-03-03') });
  assert.equal([again.status, again.body.type], [422, '/problems/leave-no-overlap']);
  assert.equal(await broken(hms), []);

  const back = async () => {
    const { version } = await after(three.id);
    return hms.clerk.post(`/api/appointments/${three.id}/reinstate`, {}, etag(version));
  };
  const refused = await back();
  assert.equal([refused.status, refused.body.type], [422, '/problems/appointment-outside-availability'], 'still away');

  const gone = await doctor.del(`/api/availability/me/leave/${taken.body.id}`, etag(taken.body.version));
  assert.is(gone.status, 204);
  assert.equal((await doctor.get('/api/availability/me/leave')).body.items, []);
  assert.is((await back()).body.status, 'booked');
});

test('an appointment is kept within a leave by whoever may override, with the reason', async ({ hms, doctor }) => {
  const one = await book(hms, '14:00');
  const leave = { ...on('2026-03-03'), fromTime: '13:30', toTime: '15:00', kind: 'training' };
  const keep = { ...outcome(one), outcome: 'keep', reason: 'She comes from far away' };
  const path = `/api/availability/${hms.practitioners[0]}/leave`;
  const desk = await hms.clerk.post(path, { ...leave, outcomes: [keep] });
  assert.equal([desk.status, desk.body.permission], [403, 'appointment:override']);
  const { status, body } = await doctor.post('/api/availability/me/leave', { ...leave, outcomes: [keep] });
  assert.is(status, 201, JSON.stringify(body));
  assert.equal([body.fromTime, body.toTime], ['13:30', '15:00']);
  assert.is((await hms.clerk.get(`/api/appointments/${one.id}`)).body.overrideReason, keep.reason);
  assert.is((await hms.clerk.get(path)).body.items.length, 1);
});

test('who is asked for besides and is away: whom the appointment is with stays, and both are there at the time proposed', async ({
  hms,
  doctor,
}) => {
  const [away, lead] = hms.practitioners;
  const { startsAt: start, endsAt: end } = between('2026-03-10T09:00:00+01:00', 30);
  const actors = [`Patient/${await hms.patient()}`, `Practitioner/${lead}`, `Practitioner/${away}`];
  const participant = actors.map((reference) => ({ actor: { reference }, status: 'accepted' }));
  const both = { resourceType: 'Appointment', status: 'booked', start, end, participant };
  const made = await hms.clerk.post('/fhir/R4/Appointment', both, { 'content-type': 'application/fhir+json' });
  assert.is(made.status, 201, JSON.stringify(made.body));
  const busy = { patientId: await hms.patient(), practitionerId: away, serviceId: hms.service };
  await hms.clerk.post('/api/appointments', { ...busy, ...between('2026-03-11T09:00:00+01:00', 30) });
  const { body } = await doctor.post('/api/availability/me/leave/impact', on('2026-03-10'));
  const [{ appointment, proposals }] = body.items;
  assert.is(appointment.practitionerId, lead);
  assert.equal(
    proposals.map((it: { practitionerId: string; start: string }) => [it.practitionerId, it.start]),
    [[lead, '2026-03-11T08:30:00Z']],
  );
});

test('whose leave it is: the desk takes it for others, doctors for themselves, backwards nobody', async ({
  hms,
  doctor,
}) => {
  const leave = { ...on('2026-04-07', '2026-04-10'), kind: 'sick' };
  const path = `/api/availability/${hms.practitioners[1]}/leave`;
  assert.is((await doctor.post(path, leave)).status, 403);
  assert.is((await hms.clerk.post(path, leave)).status, 201);
  assert.is((await hms.clerk.get('/api/availability/me/leave')).status, 403);
  const backwards = await doctor.post('/api/availability/me/leave', { ...leave, ...on('2026-05-02', '2026-05-01') });
  assert.equal([backwards.status, backwards.body.type], [422, '/problems/leave-ends-after-start']);
});

test('bookings that come while a leave is decided are in it or refused, never forgotten', async ({ hms, doctor }) => {
  const patients = await Promise.all(Array.from({ length: 12 }, () => hms.patient()));
  for (const [round, day] of ['2026-05-05', '2026-05-06', '2026-05-07'].entries()) {
    const bookings = patients.map((patientId, n) => {
      const startsAt = `${day}T${n < 6 ? '09' : '10'}:${String((n % 6) * 10).padStart(2, '0')}:00+02:00`;
      const endsAt = Temporal.Instant.from(startsAt).add({ minutes: 10 }).toString();
      return hms.clerk.post('/api/appointments', {
        patientId,
        practitionerId: hms.practitioners[0],
        serviceId: hms.service,
        startsAt,
        endsAt,
      });
    });
    if (round === 1) await bookings[0];
    const leave = await doctor.post('/api/availability/me/leave', { ...on(day), kind: 'sick' });
    const booked = (await Promise.all(bookings)).filter(({ status }) => status === 201);
    assert.ok([201, 422].includes(leave.status), JSON.stringify(leave.body));
    assert.ok(leave.status === 422 || booked.length === 0, `${booked.length} booked into the leave`);
  }
});
test.run();
