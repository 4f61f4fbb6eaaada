import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { sweepHolds } from '../../plugins/scheduling/holds/sweep.ts';
import { amend, between, etag, startHospital, tuesday, type Hospital } from './hospital.ts';
import { broken } from './invariants.ts';

const test = suite<{ hms: Hospital }>('scheduling: capacity, overrides and holds');
test.before(async (at) => {
  at.hms = await startHospital();
});
test.after((at) => at.hms?.stop());

const wish = async (hms: Hospital, time: object, more: object = {}) => ({
  patientId: await hms.patient(),
  practitionerId: hms.practitioners[0],
  serviceId: hms.service,
  ...time,
  ...more,
});
const serves = async (hms: Hospital, actorId: string, capacity: number) =>
  (await amend(hms.admin, `/api/capacities/${actorId}`, { capacity })).status;
const wednesday = (at: string, minutes = 30) => between(`2026-03-04T${at}:00+01:00`, minutes);
const count = (answers: { status: number }[], status: number) => answers.filter((it) => it.status === status).length;

test('capacity 3: of 50 bookings at once exactly 3 are taken (S10)', async ({ hms }) => {
  for (const actor of [hms.practitioners[0], hms.rooms[0]]) assert.is(await serves(hms, actor, 3), 200);
  // The patients one after the other: what comes at once is the bookings.
  const wishes = [];
  while (wishes.length < 50) wishes.push(await wish(hms, tuesday('09:00')));
  const answers = await Promise.all(wishes.map((it) => hms.clerk.post('/api/appointments', it)));
  assert.equal([count(answers, 201), count(answers, 409)], [3, 47], answers.map(({ status }) => status).join());
  const full = answers.find(({ status }) => status === 409)!;
  assert.is(full.body.next[0].start, '2026-03-03T08:30:00Z', 'full is not free');
  assert.equal(await broken(hms), []);
});

test('lanes that are taken crosswise are given out anew: what the depth allows is booked', async ({ hms }) => {
  const [, second] = hms.practitioners;
  for (const actor of [second, hms.rooms[1]]) assert.is(await serves(hms, actor, 2), 200);
  const book = async (at: string, minutes: number) =>
    (await hms.clerk.post('/api/appointments', await wish(hms, wednesday(at, minutes), { practitionerId: second })))
      .status;
  assert.is(await book('10:00', 60), 201, 'lane 1');
  assert.is(await book('09:00', 60), 201, 'lane 1 again');
  assert.is(await book('10:00', 30), 201, 'lane 2');
  assert.is(await book('09:00', 30), 201, 'lane 2 again');
  assert.is(await book('09:30', 60), 409, 'half past nine would do, half past ten too, ten would not');
  assert.is(await book('09:30', 30), 201);
  assert.is(await book('10:30', 30), 201);
  assert.is(await book('10:45', 15), 409);
  assert.equal(await broken(hms), []);
});

test('fewer at once than are booked is refused; when they are over it is not', async ({ hms }) => {
  const { body } = await amend(hms.admin, `/api/capacities/${hms.practitioners[0]}`, { capacity: 2 });
  assert.is(body.type, '/problems/capacity-in-use');
  const { body: all } = await hms.clerk.get('/api/capacities');
  assert.is(all.items.find((it: { actorId: string }) => it.actorId === hms.practitioners[0]).capacity, 3);
  assert.is((await hms.admin.put(`/api/capacities/${await hms.patient()}`, { capacity: 2 }, etag(0))).status, 404);
});

test('beyond the capacity only by override: with permission and a reason, seen on the calendar, ended by a move', async ({
  hms,
}) => {
  const doctor = await hms.as('doctor');
  const [, second] = hms.practitioners;
  for (const actor of [second, hms.rooms[1]]) assert.is(await serves(hms, actor, 2), 200);
  const time = wednesday('14:00');
  for (let n = 0; n < 2; n++)
    assert.is(
      (await hms.clerk.post('/api/appointments', await wish(hms, time, { practitionerId: second }))).status,
      201,
    );
  const overrideReason = 'An emergency';
  const more = await wish(hms, time, { practitionerId: second, overrideReason });
  const refused = await hms.clerk.post('/api/appointments', more);
  assert.equal([refused.status, refused.body.permission], [403, 'appointment:override']);
  const decided = await doctor.post('/api/appointments', more);
  assert.equal([decided.status, decided.body.overrideReason], [201, overrideReason], JSON.stringify(decided.body));
  const twice = await doctor.post('/api/appointments', { ...more, practitionerId: hms.practitioners[0] });
  assert.is(twice.status, 409, 'a patient is at one place, whoever decides');
  const day = (await hms.clerk.get('/api/schedule/day?date=2026-03-04')).body.appointments;
  assert.equal(
    day.filter((it: { overrideReason: string | null }) => it.overrideReason).map((it: { id: string }) => it.id),
    [decided.body.id],
  );
  const moved = await hms.clerk.post(
    `/api/appointments/${decided.body.id}/reschedule`,
    wednesday('15:00'),
    etag(decided.body.version),
  );
  assert.equal([moved.status, moved.body.overrideReason], [200, null]);
  const needless = await doctor.post(
    '/api/appointments',
    await wish(hms, wednesday('15:00'), { practitionerId: second, overrideReason }),
  );
  assert.equal([needless.status, needless.body.overrideReason], [201, null], 'there was room');
  assert.equal(await broken(hms), []);
});

test('a patient at two places at one time is refused, or by the rule of the house decided with a reason (S11)', async ({
  hms,
}) => {
  const doctor = await hms.as('doctor');
  const time = wednesday('10:00');
  const patientId = await hms.patient();
  const [first, second] = hms.practitioners;
  const one = await hms.clerk.post('/api/appointments', await wish(hms, time, { patientId, practitionerId: first }));
  assert.is(one.status, 201, JSON.stringify(one.body));
  const other = await wish(hms, time, { patientId, practitionerId: second });
  const decided = { ...other, overrideReason: 'Sees both at once' };
  assert.is((await doctor.post('/api/appointments', decided)).status, 409, 'the house does not have it');
  const { version, ...rules } = (await hms.admin.get('/api/scheduling-rules')).body;
  const set = await hms.admin.put('/api/scheduling-rules', { ...rules, patientOverlap: 'warn' }, etag(version));
  assert.is(set.status, 200, JSON.stringify(set.body));
  assert.equal(
    [
      (await hms.clerk.post('/api/appointments', other)).status,
      (await hms.clerk.post('/api/appointments', decided)).status,
    ],
    [409, 403],
    'not by chance, and not by everybody',
  );
  const both = await doctor.post('/api/appointments', decided);
  assert.equal([both.status, both.body.overrideReason], [201, decided.overrideReason], JSON.stringify(both.body));
  assert.equal(await broken(hms), []);
  assert.is((await hms.admin.put('/api/scheduling-rules', rules, etag(set.body.version))).status, 200);
  const third = { ...decided, ...wednesday('10:00'), practitionerId: second };
  assert.is((await doctor.post('/api/appointments', third)).status, 409);
  assert.equal(await broken(hms), []);
});

test('when who was there first cancels, the override moves down, and nobody gets the lane beneath it', async ({
  hms,
}) => {
  const doctor = await hms.as('doctor');
  const { body: made } = await hms.admin.post('/api/practitioners', {
    familyName: 'Solo',
    givenName: 'Sam',
    departmentId: hms.department,
  });
  await amend(hms.admin, `/api/availability/${made.id}`, {
    zone: 'Europe/Berlin',
    windows: [{ weekday: 3, startTime: '09:00', endTime: '17:00' }],
  });
  const solo = { practitionerId: made.id };
  const first = await hms.clerk.post('/api/appointments', await wish(hms, wednesday('09:00'), solo));
  const decided = await doctor.post(
    '/api/appointments',
    await wish(hms, wednesday('09:00'), { ...solo, overrideReason: 'Pain' }),
  );
  assert.is(decided.status, 201);
  const between_ = await hms.clerk.post('/api/appointments', await wish(hms, wednesday('09:15'), solo));
  assert.is(between_.status, 409);
  await hms.clerk.post(`/api/appointments/${first.body.id}/cancel`, { reason: 'Ill' }, etag(first.body.version));
  const third = await hms.clerk.post('/api/appointments', await wish(hms, wednesday('09:00'), solo));
  assert.is(third.status, 409, 'one at a time: the override is the one');
  const lanes = sql.unsafe`select lane from scheduling.occupancy where appointment_id = ${decided.body.id} and actor_id = ${made.id}`;
  assert.is(await hms.db.oneFirst(lanes), 1);
  assert.equal(await broken(hms), []);
});

test('a hold that is over is no obstacle: not to free times, not to a booking, and it is swept', async ({ hms }) => {
  const hold = async (at: string) => {
    const made = await hms.clerk.post('/api/appointments', await wish(hms, wednesday(at), { practitionerId: second }));
    assert.is(made.status, 201, JSON.stringify(made.body));
    await hms.db.query(sql.unsafe`
      update scheduling.appointment set status = 'pending', held_until = core.now() + interval '5 minutes' where id = ${made.body.id}
    `);
    return made.body.id as string;
  };
  const [, second] = hms.practitioners;
  for (const actor of [second, hms.rooms[1]]) assert.is(await serves(hms, actor, 2), 200);
  const [one, two] = [await hold('11:00'), await hold('11:00')];
  const first = async () =>
    (
      await hms.clerk.get(
        `/api/slots?practitionerId=${second}&serviceId=${hms.service}&from=2026-03-04T10:00:00Z&limit=1`,
      )
    ).body.items[0].start as string;
  assert.is(await first(), '2026-03-04T10:30:00Z', 'held');
  const rival = await wish(hms, wednesday('11:00'), { practitionerId: second });
  assert.is((await hms.clerk.post('/api/appointments', rival)).status, 409);
  await hms.db.query(
    sql.unsafe`update scheduling.appointment set held_until = core.now() - interval '1 second' where id in (${one}, ${two})`,
  );
  assert.is(await first(), '2026-03-04T10:00:00Z', 'over');
  assert.is((await hms.clerk.post('/api/appointments', rival)).status, 201);
  const status = async (id: string) => (await hms.clerk.get(`/api/appointments/${id}`)).body.status;
  assert.equal([await status(one), await status(two)], ['cancelled', 'cancelled']);
  const three = await hold('16:00');
  await sweepHolds(hms.db);
  assert.is(await status(three), 'pending', 'not yet');
  await hms.db.query(sql.unsafe`update scheduling.appointment set held_until = core.now() where id = ${three}`);
  await sweepHolds(hms.db);
  assert.is(await status(three), 'cancelled');
  assert.equal(await broken(hms), []);
});
test.run();
